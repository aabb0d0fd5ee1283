// What becomes of a session whose agent is in trouble that is not the work's: a login that is refused, a process that is
// killed and leaves another behind, a conversation that cannot be continued.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { answerOf, factsIn, factsOf, Machine, type Home } from '../support/cli.ts'
import { planFiles, work } from '../support/scenario.ts'

const AGENT = fileURLToPath(new URL('../fixtures/e2e/troubled-agent.mjs', import.meta.url))

/** The one whose login is refused by code has the name of an agent that Quintet knows. */
const nameOf = (piece: string, way: string): string => (way === 'code' ? 'codex' : `troubled-${piece}`)

function troubled(ways: Readonly<Record<string, string>>): Record<string, string> {
  const agents = Object.entries(ways).map(([piece, way]) => [
    nameOf(piece, way),
    { command: [process.execPath, AGENT, piece, way] },
  ])
  const pieces = Object.keys(ways).map((piece) => [
    piece,
    { steps: work(piece), noted: true, agent: nameOf(piece, ways[piece] ?? '') },
  ])
  return planFiles(
    { pieces: Object.fromEntries(pieces) },
    {
      config: {
        home_writes: ['trouble/', '.quintet-scripted/'],
        agents: Object.fromEntries(agents),
      },
    },
  )
}

const OPENING: ReadonlySet<string> = new Set(['session/new', 'session/resume', 'session/load'])
/** What copies of a conversation are asked. */
const ASIDE = /^(?:This conversation ends here|Answer from memory, without tools)/

/** The operator's home folder. */
const homeOf = ({ machine }: Home): string => machine.env['HOME'] ?? ''

/** What the agent of a piece has written down, by what it is about. */
async function noted(home: Home, piece: string, key: string): Promise<unknown[]> {
  const text = await readFile(join(homeOf(home), 'trouble', `${piece}.ndjson`), 'utf8')
  const lines: Record<string, unknown>[] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  return lines.flatMap((line) => (key in line && !ASIDE.test(String(line[key])) ? [line[key]] : []))
}

test('a refused login stops a session at its first prompt; after the login the same prompt goes again', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(troubled({ a: 'code', b: 'internal', c: 'message' }))
  const stuck = await home.quintet('run', 'work', '--no-wait', '--json')
  expect(factsOf(factsIn(stuck.stdout), 'session.failed').map(({ data }) => data.error?.code)).toEqual([
    'E_AGENT_AUTH',
    'E_AGENT_AUTH',
    'E_AGENT_AUTH',
  ])
  const asked = answerOf(stuck)
  expect(JSON.stringify(asked)).toContain('is not logged in')
  for (const piece of ['a', 'b', 'c']) {
    const prompts = await noted(home, piece, 'text')
    expect(prompts).toHaveLength(1)
    expect((await home.quintet('session', 'show', piece)).stdout).toContain('is not logged in')
  }

  expect((await home.quintet('blocked')).stdout).toContain('Log in with: codex login')

  await mkdir(join(homeOf(home), 'trouble'), { recursive: true })
  await writeFile(join(homeOf(home), 'trouble', 'login'), '')
  for (const piece of ['a', 'b', 'c'])
    expect(await home.quintet('session', 'retry', piece)).toMatchObject({ code: 0 })
  expect(await home.quintet('run', 'work')).toMatchObject({ code: 0 })
  for (const piece of ['a', 'b', 'c']) {
    const [first, second, ...more] = await noted(home, piece, 'text')
    expect(more).toEqual([])
    expect(second).toContain(`Do the ${piece} part.`)
    expect(first).toContain(`Do the ${piece} part.`)
  }
})

test.each([
  ['killed', 'resumed', [1, 1], ['session/new', 'session/resume']],
  ['forgets', 'new', [1, 2], ['session/new', 'session/resume', 'session/load', 'session/new']],
])(
  'an agent that was killed (%s) goes on only when nothing of its process tree is alive: %s',
  async (way, how, attempts, opened) => {
    await using machine = await Machine.make()
    const home = await machine.repository(troubled({ a: way }))
    const run = await home.quintet('run', 'work', '--json')
    expect(run.code).toBe(0)
    const started = factsOf(factsIn(run.stdout), 'attempt.started').map(({ data }) => data)
    expect(started.map(({ attempt }) => attempt)).toEqual(attempts)
    expect(started.at(-1)?.how).toBe(how)
    const beats = await noted(home, 'a', 'beats')
    expect(beats.length).toBeGreaterThan(0)
    expect(new Set(beats)).toEqual(new Set([false]))
    const methods = await noted(home, 'a', 'method')
    expect(methods.filter((method) => OPENING.has(String(method)))).toEqual(opened)
    expect(await noted(home, 'a', 'text')).toHaveLength(2)
  },
)

test('the attempt after a conversation that is gone begins with a handoff', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(troubled({ a: 'forgets' }))
  expect(await home.quintet('run', 'work')).toMatchObject({ code: 0 })
  const [, second] = await noted(home, 'a', 'text')
  expect(second).toMatch(/handoff/i)
  expect(second).toContain('Do the a part.')
})
