// What the documentation tells people to type must be there: commands, options, npm scripts, links. What the first page
// says that Quintet does, it does.
import { existsSync } from 'node:fs'
import { glob, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { errorData } from '../../src/contract/errors.ts'
import type { RadarView } from '../../src/contract/radar.ts'
import type { Recovered, SavedThing } from '../../src/contract/recover.ts'
import { parseArguments } from '../../src/cli/program.ts'
import { answerOf, Machine, withoutBoxes } from '../support/cli.ts'
import { expectSaid } from '../support/first-page.ts'
import { ask, planFiles, prompts, work } from '../support/scenario.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** A placeholder is one word, however many are in it. */
const WORD = /"([^"]*)"|'([^']*)'|(<[\w -]+>|\S+)/g
/** What ends a command in a shell. */
const END = /^(?:[|;<>].*|&&|\|\||#.*|2>.*)$/

interface CheckedOwners {
  readonly owners: readonly { readonly files: number }[]
}

interface Explained {
  readonly owner: { readonly piece?: string }
}

interface Said {
  readonly file: string
  readonly command: string
}

function read(file: string): Promise<string> {
  return readFile(join(ROOT, file), 'utf8')
}

/** Everything in code blocks and code spans of a page that begins with `program`. */
function commandsIn(file: string, text: string, program: string): Said[] {
  const blocks = [...text.matchAll(/^```[^\n]*\n(.*?)^```/gms)].flatMap(([, body = '']) => body.split('\n'))
  const plain = text.replaceAll(/^```.*?^```/gms, '')
  const indented = [...plain.matchAll(/^ {4}(.+)$/gm)].map(([, code = '']) => code)
  const spans = [...plain.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
  return [...blocks, ...indented, ...spans]
    .flatMap((line) => line.trim().replace(/^\$ /, '').split(' && '))
    .filter((line) => line.startsWith(`${program} `))
    .map((command) => ({ file, command }))
}

/** The words after the program, up to where the shell takes over. */
function words(command: string): string[] {
  const all = [...command.matchAll(WORD)].map(([, double, single, plain]) => double ?? single ?? plain ?? '')
  const end = all.findIndex((word) => END.test(word) && !/^<[\w -]+>$/.test(word))
  return all.slice(1, end === -1 ? undefined : end)
}

/** Why the command line does not take the command; null when it does. */
function problem({ file, command }: Said): string | null {
  try {
    parseArguments(words(command), { version: '0', write: () => undefined })
    return null
  } catch (error) {
    return `${file}: ${command}: ${errorData(error).message}`
  }
}

async function pages(): Promise<readonly string[]> {
  return [
    'README.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'bench/README.md',
    'demo/README.md',
    'docs/agents.md',
    'docs/enforcement.md',
    'docs/guide.md',
    'docs/glossary.md',
    'docs/loss.md',
  ].filter((file) => existsSync(join(ROOT, file)))
}

test('every quintet command in the documentation is one that the command line takes', async () => {
  const said = (
    await Promise.all((await pages()).map(async (file) => commandsIn(file, await read(file), 'quintet')))
  ).flat()
  expect(said.filter(({ file }) => file === 'README.md').length).toBeGreaterThan(5)
  expect(said.map(({ command }) => command)).toContain(
    'quintet plan split auth login tokens src/auth/tokens/',
  )
  expect(said.map(problem).filter((text) => text !== null)).toEqual([])
  expect(problem({ file: 'x', command: 'quintet runn x' })).toContain('There is no command runn')
  expect(problem({ file: 'x', command: 'quintet run x --no-such-option' })).toContain('There is no option')
})

test('every command that an error or a need tells people to run is one that the command line takes', async () => {
  const said: Said[] = []
  for await (const file of glob('src/**/*.ts', { cwd: ROOT })) {
    for (const [, , text = ''] of (await read(file)).matchAll(/command: (['`])(quintet .*?)\1/g)) {
      const command = text.replaceAll(/\$\{[^}]*\}/g, 'x')
      // A template within a template cannot be told apart without parsing the language.
      if (!command.includes('${')) said.push({ file, command })
    }
  }
  expect(said.length).toBeGreaterThan(20)
  expect(said.map(problem).filter((text) => text !== null)).toEqual([])
})

test('every example of --help is one that the command line takes', async () => {
  await using machine = await Machine.make()
  const home = machine.home(machine.path)
  const help = await home.quintet('--help')
  const names = [...help.stdout.matchAll(/^ {2}([a-z]+(?: [a-z]+)?) .*/gm)].map(([, name = '']) => name)
  expect(names).toEqual(expect.arrayContaining(['plan check', 'run', 'session reset', 'completion']))
  const [, shown = ''] = /^Examples:\n(.*?)\n\n/ms.exec(help.stdout) ?? []
  const examples = [...shown.matchAll(/^ {2}(quintet .*)/gm)].map(([, command = '']) => ({
    file: '--help',
    command,
  }))
  expect(examples.length).toBeGreaterThan(3)
  expect(examples.map(problem).filter((text) => text !== null)).toEqual([])
  for (const code of [0, 1, 2, 3, 6, 130]) expect(help.stdout).toMatch(new RegExp(`^ {2}${code} +\\w`, 'm'))
})

test('every npm script in the documentation exists, the two commands of the first page among them', async () => {
  const manifest: { scripts: Record<string, string> } = JSON.parse(await read('package.json'))
  const said = (
    await Promise.all((await pages()).map(async (file) => commandsIn(file, await read(file), 'npm')))
  ).flat()
  const scripts = said.flatMap(({ file, command }) => {
    const [, script] = /^npm (?:run (?:-s )?)?(test|(?<=run )[\w:]+|(?<=run -s )[\w:]+)/.exec(command) ?? []
    return script === undefined ? [] : [{ file, script }]
  })
  expect(scripts.filter(({ script }) => !Object.hasOwn(manifest.scripts, script))).toEqual([])
  expect(scripts).toEqual(
    expect.arrayContaining([
      { file: 'README.md', script: 'demo' },
      { file: 'README.md', script: 'test' },
    ]),
  )
})

test('every link of the documentation leads to a file', async () => {
  const broken: string[] = []
  for (const file of await pages()) {
    for (const [, target = ''] of (await read(file)).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
      if (!existsSync(join(ROOT, dirname(file), target))) broken.push(`${file}: ${target}`)
    }
  }
  expect(broken).toEqual([])
})

describe('the first page says', () => {
  test('that the work on a goal is divided by history and imports, and each file it names has one owner', async () => {
    await expectSaid("divides the work by the repository's own history and imports, without a model")
    await expectSaid('says how many pieces pay and why')
    await expectSaid('a plan that passes the check and gives every file the goal names to one owner')
    await using machine = await Machine.make()
    const areas = ['auth', 'billing', 'search']
    const paths = (area: string): readonly string[] => [
      ...['a', 'b', 'c', 'd'].map((name) => `src/${area}/${name}.ts`),
      `test/${area}.test.ts`,
    ]
    const text = (area: string, round: number): Readonly<Record<string, string>> =>
      Object.fromEntries(paths(area).map((path) => [path, `export const round = ${round}\n`]))
    const home = await machine.repository({
      ...Object.assign({}, ...areas.map((area) => text(area, 0))),
      '.quintet/config.toml': 'agent = "own"\n[agents.own]\ncommand = ["node"]\n',
      'README.md': 'What it is.\n',
    })
    for (let round = 1; round <= 6; round++) for (const area of areas) await home.commit(text(area, round))

    const shown = await home.quintet(
      'plan',
      'suggest',
      'Give every error in src a code',
      '--paths',
      'src',
      'test',
    )
    expect(shown).toMatchObject({ code: 0, stderr: '' })
    expect(shown.stdout).toMatch(
      /^3 sessions recommended\. 3 sessions would take about \d+ % of the time of one/m,
    )
    expect(shown.stdout).toMatch(/^by +pieces +overlap/m)
    expect(await home.git('status', '--porcelain')).toBe('')

    await home.quintet('plan', 'suggest', '--write', 'codes')
    const checked = await home.json<CheckedOwners>('plan', 'check', 'codes')
    expect(checked.owners.map(({ files }) => files)).toEqual([5, 5, 5])
    const ownerOf = async (path: string): Promise<string | undefined> => {
      const [by] = await home.json<readonly Explained[]>('plan', 'explain', path)
      return by?.owner.piece
    }
    // What was changed together belongs together, tests included.
    for (const area of areas) {
      const owners = new Set(await Promise.all(paths(area).map(ownerOf)))
      expect([...owners]).toEqual([expect.any(String)])
    }
  })

  test('that a session in a loop is shown the evidence, begins anew from a handoff, and is not given up', async () => {
    await expectSaid('forgets what it was told is noticed while it works, without a model')
    await expectSaid(
      'shown the evidence, then begins anew from a handoff, and is given up only by the operator',
    )
    await expectSaid('`quintet diagnose <session>` says what went wrong and since when')
    await using machine = await Machine.make()
    const runs = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({
        call: {
          tool: 'Bash',
          kind: 'execute' as const,
          input: { command: `npm test -- --seed ${from + index}` },
          output: 'AssertionError: expected 401 to equal 200\n 1 failed, 3 passed',
          exit: 1,
        },
      }))
    const edit = (old: string, now: string) => ({
      call: {
        tool: 'Edit',
        kind: 'edit' as const,
        input: { file_path: 'src/a/main.txt' },
        edits: [{ path: 'src/a/main.txt', old, new: now }],
      },
    })
    const circle = runs(4, 14).flatMap((one, index) => [
      index % 2 === 0 ? edit('one', 'two') : edit('two', 'one'),
      one,
    ])
    const steps = [...runs(0, 4), ...circle, ask('Which way?', 'on'), ...work('a')]
    const home = await machine.repository(planFiles({ pieces: { a: { noted: true, steps } } }))
    const run = home.call(['run', 'work', '--json'])
    expect((await run.until('health.nudged')).text).toContain('expected # to equal #')
    expect(await run.until('health.reset')).toMatchObject({ attempt: 1, reason: 'stuck' })
    await run.until('turn.started', ({ attempt }) => attempt === 2)
    const handoff = async (): Promise<string | undefined> => {
      const words = 'An earlier conversation worked on this piece and was replaced'
      return (await prompts(home, 'a')).find((text) => text.includes(words))
    }
    await expect.poll(handoff).toContain('expected # to equal #')
    const { stdout } = await home.quintet('diagnose', 'a')
    expect(stdout).toMatch(/^1 {2}context: /m)
    expect(run.facts.filter(({ type }) => type === 'session.abandoned')).toEqual([])
    await home.quintet('session', 'abandon', 'a', 'Seen enough.')
    await run.ended
  })

  test('that a recorded session can be examined', async () => {
    await expectSaid(
      '`quintet health diagnose <file>` says it of any recorded session of Claude Code or Codex',
    )
    await using machine = await Machine.make()
    const line = (value: object): string =>
      `${JSON.stringify({ sessionId: 's', version: '2.1.0', ...value })}\n`
    const content = 'Exit code 1\nAssertionError: expected 401 to equal 200\n 1 failed'
    const turns = [0, 1, 2, 3].flatMap((n) => {
      const use = {
        type: 'tool_use',
        id: `t${n}`,
        name: 'Bash',
        input: { command: `npm test -- --seed ${n}` },
      }
      const usage = { input_tokens: 5_000 * (n + 1), output_tokens: 5 }
      const result = { type: 'tool_result', tool_use_id: `t${n}`, content, is_error: true }
      return [
        line({ type: 'assistant', message: { id: `m${n}`, model: 'm', content: [use], usage } }),
        line({ type: 'user', message: { role: 'user', content: [result] } }),
      ]
    })
    const first = line({ type: 'user', message: { role: 'user', content: 'Mend it.' } })
    const home = await machine.repository({ 'session.jsonl': [first, ...turns].join('') })
    const { code, stdout } = await home.quintet('health', 'diagnose', 'session.jsonl', '--window', '200000')
    expect(code).toBe(0)
    expect(stdout).toContain('context: 20,005 (10 %) at the end')
    expect(stdout).toMatch(/^action 3: repetitive errors /m)
  })

  test('which sessions will collide, and what one uses that another has removed', async () => {
    await expectSaid(
      'shows which sessions will collide, uncommitted work included, with the lines of both sides',
    )
    await expectSaid(
      'what one session has removed, renamed or changed and another uses, though the two merge',
    )
    await using machine = await Machine.make()
    const env = await withoutBoxes(machine)
    const [shared, lib] = ['src/a/hub.txt', 'src/a/lib.ts']
    const piece = (path: string, content: string, line: string) => ({
      steps: [
        { write: { path, content } },
        { commit: 'Committed' },
        { write: { path: shared, content: line } },
        ask('Go on?'),
      ],
    })
    const use = "import { total } from '../a/lib.ts'\n\nexport const sum = total([1, 2])\n"
    const home = await machine.repository({
      ...planFiles({
        pieces: { a: piece(lib, 'export {}\n', 'left\n'), b: piece('src/b/use.ts', use, 'right\n') },
      }),
      [shared]: 'middle\n',
      [lib]: 'export function total(list: number[]): number {\n  return list.length\n}\n',
    })
    const run = home.call(['run', 'work', '--json'], { env })
    await run.until('radar.conflict')
    for (const id of ['a', 'b']) await run.until('question.asked', (_, stream) => stream.endsWith(`/${id}`))
    const shown = await home.quintet('conflicts', '--json')
    expect(shown.code).toBe(6)
    const { pairs, semantic } = answerOf(shown).data as RadarView
    const place = { left: { lines: ['left'] }, right: { lines: ['right'] } }
    expect(pairs).toMatchObject([{ state: 'confirmed', files: [shared], places: [place] }])
    expect(pairs[0]?.advice.length).toBeGreaterThan(0)
    expect(semantic.warnings).toMatchObject([{ kind: 'api', change: 'removed', symbol: 'total', path: lib }])
    expect(semantic.warnings[0]?.uses.map(({ path }) => path)).toContain('src/b/use.ts')
  })

  test('that the branch which breaks the union is named and goes back, that the others land, and what proves it', async () => {
    await expectSaid(
      'the branch that breaks it is found and named, alone or together with others, and goes back',
    )
    await expectSaid('everything on it is shown to be in the target; `quintet log` says by what.')
    await using machine = await Machine.make()
    const right = (id: string): string =>
      `test('${id} is right', () => assert.ok(!readFileSync('src/${id}/main.txt', 'utf8').includes('broken')))\n`
    const imports = ['assert', 'test'].map((name) => `import ${name} from 'node:${name}'\n`).join('')
    const home = await machine.repository({
      ...planFiles({
        integration: { land: 'together', checks: [{ name: 'tests', run: [process.execPath, '--test'] }] },
        pieces: {
          a: { steps: work('a') },
          b: { steps: [...work('b', 'broken\n'), { endTurn: true }, ask('How?')] },
        },
      }),
      'test/all.test.mjs': `${imports}import { readFileSync } from 'node:fs'\n${right('a')}${right('b')}`,
    })
    const run = home.call(['run', 'work', '--no-wait', '--json'])
    const back = await run.until('integration.handed-back')
    expect(back).toMatchObject({ piece: 'b', reason: expect.stringContaining('b is right') })
    await run.until('turn.started', ({ turn }, stream) => turn === 2 && stream.endsWith('/b'))
    expect((await run.ended).code).toBe(6)
    const log = (await home.quintet('log')).stdout
    expect(log).toContain('culprit b alone: b is right')
    expect(log).toMatch(/ a: landed as [0-9a-f]{10}, proven: all its commits are there$/m)
    expect(log).not.toMatch(/ b: landed/)
    expect(await home.git('show', 'main:src/a/main.txt')).toBe('a 2')
    expect(await home.git('show', 'main:src/b/main.txt')).toBe('b 1')
  })

  test('that what has not landed is saved before it is taken away, and can be brought back', async () => {
    await expectSaid('has not landed is saved first, and `quintet recover` brings it back.')
    await using machine = await Machine.make()
    const draft = { write: { path: 'src/a/draft.txt', content: 'draft\n' } }
    const home = await machine.repository(planFiles({ pieces: { a: { steps: [draft, ask('Go on?')] } } }))
    expect((await home.quintet('run', 'work', '--no-wait')).code).toBe(6)
    await home.quintet('stop', '--run', 'work-1')
    await home.quintet('run', '--watch', 'work-1')
    expect(await home.json('clean')).toMatchObject([
      { what: 'session work-1/a', outcome: 'removed', backup: 'refs/quintet/backup/work-1/a/1' },
    ])
    expect((await home.json<SavedThing[]>('recover')).map(({ name }) => name)).toEqual(['work-1/a/1'])
    const back = await home.json<Recovered>('recover', 'work-1/a/1')
    expect(back).toEqual({ name: 'work-1/a/1', branch: 'recovered/work-1/a/1' })
    expect(await home.git('show', 'recovered/work-1/a/1:src/a/draft.txt')).toBe('draft')
  })
})
