// Plans that an agent drafts, beside the mechanical ones: accepted when they are as good, else shown with their defects.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'smol-toml'
import { expect, test } from 'vitest'
import { type Home, Machine } from '../support/cli.ts'
import { expectRefusal } from '../support/refusal.ts'

const SCRIPTED = fileURLToPath(new URL('../../dist/agents/scripted/main.js', import.meta.url))

interface Suggested {
  readonly candidates: readonly { readonly plan: string; readonly cost: number }[]
  readonly draft?: {
    readonly accepted: boolean
    readonly plan: string | null
    readonly defects: readonly string[]
    readonly cost: number | null
  }
  readonly written: string | null
}

const MODULES = ['auth', 'billing', 'search']
const SOURCES = Object.fromEntries(
  MODULES.flatMap((name) =>
    ['a', 'b', 'c'].map((file) => [`src/${name}/${file}.ts`, `export const ${file} = 1\n`]),
  ),
)

/** What the agent is to say. */
async function say(machine: Machine, said: string): Promise<void> {
  const script = { schema: 1, name: 'planner', steps: [{ say: said }] }
  await writeFile(join(machine.path, 'script.json'), JSON.stringify(script))
}

const block = (plan: string): string => `\`\`\`toml\n${plan}\n\`\`\``

/** A repository whose modules change each by itself, with an agent that says this. */
async function repository(machine: Machine, said: string): Promise<Home> {
  const script = join(machine.path, 'script.json')
  const command = [process.execPath, SCRIPTED, '--script', script]
  const home = await machine.repository({
    ...SOURCES,
    '.quintet/config.toml': stringify({ agent: 'planner', agents: { planner: { command } } }),
  })
  await say(machine, said)
  for (let n = 2; n <= 9; n++) {
    for (const name of MODULES) {
      await home.commit({
        [`src/${name}/a.ts`]: `export const a = ${n}\n`,
        [`src/${name}/b.ts`]: `export const b = ${n}\n`,
      })
    }
  }
  return home
}

test('a draft that is as good as the best is accepted, and written', async () => {
  await using machine = await Machine.make()
  const first = await repository(machine, 'nothing yet')
  const { candidates } = await first.json<Suggested>('plan', 'suggest', 'Tidy src', '--paths', 'src')
  const best = candidates[0]?.plan ?? ''
  await say(machine, block(best))
  const again = await first.json<Suggested>(
    'plan',
    'suggest',
    'Tidy src',
    '--paths',
    'src',
    '--agent',
    'planner',
    '--write',
    'tidy',
  )
  expect(again.draft).toMatchObject({ accepted: true, defects: [], plan: best })
  expect(again.written).toBe('.quintet/plans/tidy.toml')
  expect(await first.read('.quintet/plans/tidy.toml')).toBe(best)
  expect(await first.quintet('plan', 'check', 'tidy')).toMatchObject({ code: 0 })
})

test('a draft that was accepted but not written is what is written later, without asking again', async () => {
  await using machine = await Machine.make()
  const home = await repository(machine, 'nothing yet')
  const { candidates } = await home.json<Suggested>('plan', 'suggest', 'Tidy src', '--paths', 'src')
  const plan = `# By hand.\n${candidates[0]?.plan ?? ''}`
  await say(machine, block(plan))
  const asked = ['plan', 'suggest', 'Tidy src', '--paths', 'src', '--agent', 'planner']
  expect((await home.json<Suggested>(...asked)).draft).toMatchObject({ accepted: true, plan })
  await say(machine, 'Something else.')
  await home.quintet('plan', 'suggest', '--write', 'tidy')
  expect(await home.read('.quintet/plans/tidy.toml')).toBe(plan)
})

test('what is no plan, overlaps or costs more is shown with its defects, and never written', async () => {
  await using machine = await Machine.make()
  const home = await repository(machine, 'I would rather not.')
  const ask = (...more: string[]): Promise<Suggested> =>
    home.json('plan', 'suggest', 'Tidy src', '--paths', 'src', '--agent', 'planner', ...more)
  const refused = await ask('--write', 'tidy')
  expect(refused.draft).toMatchObject({
    accepted: false,
    plan: null,
    defects: ['There is no plan in what the planner has said.'],
  })
  expect(await home.read('.quintet/plans/tidy.toml')).toBe(refused.candidates[0]?.plan)

  const piece = (id: string, ...include: string[]): object => ({
    id,
    title: id,
    brief: 'Do it.',
    scope: { include },
  })
  const draftOf = (...pieces: readonly object[]): string =>
    block(stringify({ goal: 'G', target: 'main', pieces }))
  await say(machine, draftOf(piece('one', '/src/'), piece('two', '/src/auth/')))
  expect((await ask()).draft?.defects[0]).toContain('/src/auth/')
  await say(
    machine,
    draftOf(piece('one', '/src/*/a.ts'), piece('two', '/src/*/b.ts'), piece('three', '/src/*/c.ts')),
  )
  const { draft } = await ask()
  expect(draft).toMatchObject({ accepted: false })
  expect(draft?.defects.join(' ')).toMatch(/Its cost is \d\.\d+/)
  const shown = await home.quintet('plan', 'suggest', 'Tidy src', '--paths', 'src', '--agent', 'planner')
  expect(shown).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('What planner drafted is no more than a draft:'),
  })
  expect(await home.git('status', '--porcelain')).toBe('?? .quintet/plans/')
})

test('an agent that is not known is refused, one that is not installed is told', async () => {
  await using machine = await Machine.make()
  const home = await repository(machine, '')
  await expectRefusal(home, ['plan', 'suggest', 'Tidy src', '--paths', 'src', '--agent', 'plannr'], {
    code: 'E_AGENT_UNKNOWN',
    kind: 'config',
    says: 'planner',
  })
  const gone = await home.json<Suggested>(
    'plan',
    'suggest',
    'Tidy src',
    '--paths',
    'src',
    '--agent',
    'gemini',
  )
  expect(gone.draft).toMatchObject({
    accepted: false,
    plan: null,
    defects: [expect.stringContaining('not found')],
  })
})
