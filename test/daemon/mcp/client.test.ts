// The tools as an agent reaches them: the official client, over HTTP, against the services of a run.
import type { Server } from 'node:http'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AgentAnswer, AgentQuestion } from '../../../src/contract/agent.ts'
import { TOOL_LIST } from '../../../src/contract/tools.ts'
import { listen } from '../../../src/daemon/http/server.ts'
import { protocol } from '../../../src/daemon/mcp/protocol.ts'
import { mcpRoutes } from '../../../src/daemon/mcp/routes.ts'
import { SessionTokens } from '../../../src/daemon/mcp/tokens.ts'
import type { Services } from '../../../src/engine/services.ts'
import { callTool } from '../../../src/engine/session/tools.ts'
import { Conversations } from '../../../src/engine/session/turn/conversations.ts'
import { requestsOf } from '../../../src/engine/scope/log.ts'
import { grantScope, refuseScope } from '../../../src/engine/scope/move.ts'
import { piece, stage, type Stage } from '../../support/services.ts'

/** Puts questions to whoever the test says. */
class Answered extends Conversations {
  readonly questions: AgentQuestion[] = []
  reply: AgentAnswer = { kind: 'declined' }

  override ask(_session: string, question: AgentQuestion): Promise<AgentAnswer> {
    this.questions.push(question)
    return Promise.resolve(this.reply)
  }
}

const operator = new Answered()
const tokens = new SessionTokens()
const A = { run: 'work-1', piece: 'a' }
let here: Stage
let services: Services
let server: Server

beforeAll(async () => {
  here = await stage({ 'src/a/x.ts': '', 'src/b/y.ts': '' })
  await here.run({
    pieces: [piece('a'), piece('b')],
    shared: [{ path: 'package.json', policy: 'operator' }],
  })
  here.fact('work-1/session/b', 'status.read', {
    completed: [],
    inProgress: ['the parser'],
    blockedOn: [],
    verbatim: '',
  })
  const { repo, state, store, driver, config } = here.services
  const { engine, announce, reloadConfig } = here.services
  services = { repo, state, store, driver, config, conversations: operator, engine, announce, reloadConfig }
  const tools = protocol((session, call, signal) => callTool(services, session, call, signal), '1.2.3')
  const opened = await listen(mcpRoutes(tokens, tools), 'the-token-of-the-daemon')
  server = opened.server
  tokens.listening(opened.port)
})

afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await here[Symbol.asyncDispose]()
})

async function connected(url: string, token: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' })
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` }
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }))
  return client
}

/** What the model reads, with a mark where the call failed. */
async function told(name: string, given: Record<string, unknown> = {}, session = A): Promise<string> {
  const { url, token } = tokens.open(session)
  const client = await connected(url, token)
  try {
    const { content, isError } = await client.callTool({ name, arguments: given })
    const text = content.map((part) => (part.type === 'text' ? part.text : part.type)).join('\n')
    return isError === true ? `! ${text}` : text
  } finally {
    await client.close()
  }
}

test('an agent is offered five tools, each in full and to be loaded at once', async () => {
  const { url, token } = tokens.open(A)
  const client = await connected(url, token)
  expect(client.getServerVersion()).toMatchObject({ name: 'quintet', version: '1.2.3' })
  const { tools } = await client.listTools()
  expect(tools.map(({ name }) => name)).toEqual([
    'scope_request',
    'whose_file',
    'decisions',
    'report_status',
    'ask_operator',
  ])
  expect(tools.map(({ _meta }) => _meta)).toEqual(TOOL_LIST.map(() => ({ 'anthropic/alwaysLoad': true })))
  expect(tools.map(({ description }) => description)).toEqual(TOOL_LIST.map(({ description }) => description))
  await client.close()
})

test('nobody comes in without the token of that very session', async () => {
  const { url, token } = tokens.open(A)
  const { token: other } = tokens.open({ run: 'work-1', piece: 'b' })
  for (const wrong of ['', other, 'the-token-of-the-daemon', `${token}x`]) {
    await expect(connected(url, wrong)).rejects.toThrow()
  }
  await (await connected(url, token)).close()
})

test('whose a file is', async () => {
  const paths = ['src/a/x.ts', '/src/b/y.ts', 'notes.md', 'package.json', '.git/config', 'src/b']
  expect((await told('whose_file', { paths })).split('\n')).toEqual([
    'src/a/x.ts: this session may write it.',
    'src/b/y.ts: owned by b (The b part), which works on: the parser. Ask for it with scope_request.',
    'notes.md: owned by no session; this session may not write it either. Ask for it with scope_request.',
    'package.json: a shared file of the operator. Ask for it with scope_request.',
    '.git/config: nobody may write it. The folder .git belongs to git.',
    'src/b/: owned by b (The b part), which works on: the parser. Ask for it with scope_request.',
  ])
})

test('a request: granted, left open, refused, answered the same when it is put again, told when it was decided', async () => {
  const ask = (path: string, session = A): Promise<string> =>
    told('scope_request', { paths: [path], reason: 'It is needed.' }, session)
  expect(await ask('docs/new.md')).toBe(
    'docs/new.md: granted (request 1). This session may write it now, and nobody else.',
  )
  expect(await ask('docs/new.md')).toBe('docs/new.md: this session may write it already.')
  expect(await ask('docs/new.md', { run: 'work-1', piece: 'b' })).toMatch(
    /^docs\/new\.md: not granted yet \(request 2\)\. It belongs to a\. The operator has been asked;/,
  )
  expect(await ask('src/b/y.ts')).toMatch(/^src\/b\/y\.ts: not granted yet \(request 3\)/)
  expect(await ask('src/b/y.ts')).toMatch(/^src\/b\/y\.ts: not granted yet \(request 3\)/)
  expect(await ask('.git/hooks/x')).toMatch(
    /^\.git\/hooks\/x: refused \(request 4\)\. The folder \.git belongs to git\. Do without it/,
  )
  expect(await ask('src/b/*.ts')).toMatch(/: refused \(request 5\)\. It is a pattern/)
  refuseScope(services, A, { paths: ['src/b/y.ts'], reason: 'Use what it exports.' })
  expect(await ask('src/b/y.ts')).toMatch(
    /^src\/b\/y\.ts: refused \(request 3\)\. Use what it exports\. Do without it, and do not work around it\.$/,
  )
  await grantScope(services, A, { paths: ['src/b/y.ts'], reason: 'After all.' })
  expect(await ask('src/b/y.ts')).toBe('src/b/y.ts: this session may write it already.')
  expect(await told('whose_file', { paths: ['src/b/y.ts'] }, { run: 'work-1', piece: 'b' })).toMatch(
    /owned by a/,
  )
  expect(
    requestsOf(services.store, 'work-1').map(({ n, piece: by, state, via }) => [n, by, state, via]),
  ).toEqual([
    [1, 'a', 'granted', 'mcp'],
    [2, 'b', 'open', 'mcp'],
    [3, 'a', 'refused', 'mcp'],
    [4, 'a', 'refused', 'mcp'],
    [5, 'a', 'refused', 'mcp'],
    [6, 'a', 'granted', 'operator'],
  ])
})

test('the decisions, and where every path is by now', async () => {
  here.fact('work-1/run', 'decision.made', { n: 1, text: 'Amounts are integers.' })
  const text = await told('decisions')
  expect(text).toContain('Amounts are integers.')
  expect(text).toContain('- docs/new.md: now of a\n- src/b/y.ts: now of a')
})

test('a report, with the requests that are in it', async () => {
  const lists = { completed: ['x'], in_progress: [], blocked_on: ['scope: `package.json` — a dependency'] }
  expect(await told('report_status', lists)).toBe('Reported.')
  const [report] = [...services.store.events({ stream: 'work-1/session/a', types: ['status.read'] })]
  expect(report?.data).toMatchObject({
    completed: ['x'],
    blockedOn: ['scope: `package.json` — a dependency'],
  })
  expect(requestsOf(services.store, 'work-1').at(-1)).toMatchObject({
    paths: ['package.json'],
    owner: 'operator',
    reason: 'a dependency',
    via: 'status',
    state: 'open',
  })
  expect(await told('report_status')).toBe('Reported.')
})

test('a question to the operator', async () => {
  operator.reply = { kind: 'option', id: 'left' }
  expect(await told('ask_operator', { question: 'Which way?', options: ['left', 'right'] })).toBe('left')
  operator.reply = { kind: 'text', text: 'Straight on.' }
  expect(await told('ask_operator', { question: 'Which way?' })).toBe('Straight on.')
  operator.reply = { kind: 'declined' }
  expect(await told('ask_operator', { question: 'Which way?' })).toMatch(/^The operator does not answer/)
  expect(operator.questions.map(({ kind, options }) => [kind, options.length])).toEqual([
    ['question', 2],
    ['question', 0],
    ['question', 0],
  ])
})

test.each([
  ['scope_request', {}, 'paths'],
  ['scope_request', { paths: [], reason: 'x' }, 'paths'],
  ['scope_request', { paths: 'src', reason: 'x' }, 'paths'],
  ['scope_request', { paths: ['src/b'] }, 'reason'],
  ['scope_request', { paths: ['x'.repeat(1_001)], reason: 'x' }, 'paths.0'],
  ['scope_request', { paths: ['a'], reason: ' ' }, 'reason'],
  ['whose_file', { paths: Array.from({ length: 51 }, String) }, 'paths'],
  ['whose_file', { paths: [1] }, 'paths.0'],
  ['report_status', { completed: 'all' }, 'completed'],
  ['ask_operator', { question: '' }, 'question'],
  ['ask_operator', { question: 'x', options: Array.from({ length: 11 }, String) }, 'options'],
])('%s says what is wrong with %j', async (name, given, where) => {
  const before = requestsOf(services.store, 'work-1').length
  expect(await told(name, given)).toMatch(`! The arguments of ${name} are not valid: ${where}: `)
  expect(requestsOf(services.store, 'work-1')).toHaveLength(before)
})

test('a tool that there is not, a path that is none, and too many requests at once', async () => {
  expect(await told('rm')).toBe('! There is no tool rm.')
  expect(await told('scope_request', { paths: ['/'], reason: 'x' })).toMatch(
    /refused \(request \d+\)\. The path is absolute/,
  )
  const b = { run: 'work-1', piece: 'b' }
  for (let n = 0; n < 19; n++) {
    expect(await told('scope_request', { paths: [`src/a/f${n}.ts`], reason: 'x' }, b)).toMatch(
      /not granted yet/,
    )
  }
  expect(await told('scope_request', { paths: ['src/a/more.ts'], reason: 'x' }, b)).toBe(
    '! 20 requests of this session are open already.',
  )
})
