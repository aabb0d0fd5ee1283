// The demo's stand-in for the operator, and a demo that is left in the middle.
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { StreamMessage } from '../../src/contract/api.ts'
import type { RunView } from '../../src/contract/view.ts'
import { DemoOperator } from '../../src/cli/demo/operator.ts'
import type { Display } from '../../src/cli/display.ts'
import { createToken, setDaemonFile } from '../../src/daemon/announce.ts'
import { listen, STREAMED, type Request, type Route } from '../../src/daemon/http/server.ts'
import { RunProjection } from '../../src/daemon/projection/fold.ts'
import { readLog } from '../../src/daemon/projection/read.ts'
import { packageVersion } from '../../src/daemon/version.ts'
import { openRepository } from '../../src/git/repository.ts'
import { identify } from '../../src/process/identity.ts'
import { temporaryFolder, temporaryRepository } from '../support/repository.ts'
import { quintet } from './process.ts'
import { RecordedRun } from './recorded.ts'

const DECISION = 'Login sessions last 7 days; a shorter life costs less than a stolen token.'

class Notices implements Display {
  readonly texts: string[] = []
  past(): void {}
  begin(): void {}
  message(_message: StreamMessage): void {}
  notice(text: string): void {
    this.texts.push(text)
  }
  [Symbol.dispose](): void {}
}

test('a question is answered once, after one decision, however often the daemon breaks off', async () => {
  await using repository = await temporaryRepository()
  using recorded = await RecordedRun.in(repository)
  recorded.fact('session/auth', 'question.asked', {
    question: 'q2',
    kind: 'question',
    text: 'How long does a login session last?',
    options: [{ id: 'week', label: '7 days', effect: 'answer' }],
    paths: [],
  })
  const repo = await openRepository(repository.path)
  const view = (): RunView => {
    const projection = new RunProjection('auth-1')
    for (const entry of readLog(repo, { run: 'auth-1' })) projection.apply(entry)
    const folded = projection.view()
    if (folded === null) throw new Error('There is no run.')
    return folded
  }
  const decided: unknown[] = []
  const answers: unknown[] = []
  const brokenOff = ({ response }: Request): Promise<typeof STREAMED> => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('{', () => response.destroy())
    return Promise.resolve(STREAMED)
  }
  const routes: Route[] = [
    { method: 'GET', path: '/v1/runs/:run', handle: () => Promise.resolve(view()) },
    {
      method: 'POST',
      path: '/v1/runs/:run/decisions',
      handle: (request) => {
        decided.push(request.body)
        recorded.fact('run', 'decision.made', { n: 1, text: DECISION })
        return brokenOff(request)
      },
    },
    {
      method: 'POST',
      path: '/v1/sessions/:run/:piece/answer',
      handle: (request) => {
        answers.push([request.params['piece'], request.body])
        if (answers.length === 1) return brokenOff(request)
        const given = request.params['piece'] === 'auth' ? 'q2' : 'q1'
        recorded.fact(`session/${request.params['piece'] ?? ''}`, 'question.answered', {
          question: given,
          by: 'operator',
          answer: 'week',
        })
        return Promise.resolve({ question: given })
      },
    },
  ]
  const { server, port } = await listen(routes, await createToken(repo))
  const { startTime } = (await identify(process.pid)) ?? { startTime: '' }
  const version = packageVersion()
  await setDaemonFile(repo, { pid: process.pid, startTime, port, version, startedAt: Date.now() })
  try {
    const notices = new Notices()
    using operator = new DemoOperator(repo, notices, new AbortController().signal)
    operator.begin(view())
    await operator.settled()
    expect(decided).toEqual([{ text: DECISION }])
    const ofAuth = ['auth', { question: 'q2', answer: 'week' }]
    const ofData = ['data', { question: 'q1', answer: 'allow' }]
    expect(answers).toEqual([ofData, ofAuth, ofData])
    expect(view().sessions.map(({ question }) => question)).toEqual([null, null, null])
    expect(notices.texts.filter((text) => text.startsWith('The answer was not taken'))).toHaveLength(2)
  } finally {
    server.close()
    server.closeAllConnections()
  }
})

test('an interrupt, also one that comes twice, ends the demo with its daemon and says how to go on', async () => {
  await using folder = await temporaryFolder()
  const env = { TMPDIR: folder.path, XDG_STATE_HOME: folder.path, XDG_CONFIG_HOME: folder.path }
  let interrupts = 0
  const left = await quintet(['demo'], {
    env,
    onOutput: (text) => (text.includes('working') && interrupts++ < 2 ? 'SIGINT' : undefined),
  })
  expect(left.code).toBe(130)
  const way = /The service is in (.+)\/accounts\.\n  → run: quintet demo --dir (.+)\n/.exec(left.stderr)
  expect(way?.[1]).toContain('quintet-demo-')
  expect(way?.[2]).toBe(way?.[1])
  await expect(readFile(`${way?.[1] ?? ''}/accounts/.git/quintet/daemon.json`)).rejects.toThrow('ENOENT')
}, 60_000)
