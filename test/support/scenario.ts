// Plans with scripted pieces, as the files of a repository. A piece `x` owns `src/x/**` and plays the steps it is given.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'smol-toml'
import type { InferInput } from 'valibot'
import type { ConfigFile } from '../../src/contract/config.ts'
import type { PlanFile } from '../../src/contract/plan.ts'
import type { ScriptStep } from '../../src/contract/script.ts'
import type { Home } from './cli.ts'

type Step = InferInput<typeof ScriptStep>
type PlanInput = InferInput<typeof PlanFile>

/** A piece; what is left out is filled in. */
type PieceScenario = Partial<Omit<PlanInput['pieces'][number], 'id' | 'scope'>> & {
  /** Played by the scripted agent; absent: the piece has an agent of its own. */
  readonly steps?: readonly Step[]
  /** What forks of it answer to questions that hold `about`. */
  readonly recalls?: readonly { readonly about: string; readonly answer: unknown }[]
  /** The prompts that the agent is given can be read with `prompts`. */
  readonly noted?: boolean
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
}

/** A plan by the ids of its pieces. */
export type PlanScenario = Partial<Omit<PlanInput, 'pieces'>> & {
  readonly pieces: Readonly<Record<string, PieceScenario>>
}

interface Naming {
  readonly name?: string
  readonly config?: InferInput<typeof ConfigFile>
}

const NOTING_AGENT = fileURLToPath(new URL('../fixtures/e2e/noting-agent.mjs', import.meta.url))

/** What it writes in the operator's home, where its prompts can be read afterwards. */
const NOTING_WRITES = ['prompts/', '.quintet-scripted/']

/** A check that is always green. */
export const GREEN = { name: 'green', run: ['git', '--version'] }

/** The files of a plan, its scripts, its configuration, and one file in the scope of every piece: `src/<id>/main.txt`. */
export function planFiles(
  plan: PlanScenario,
  { name = 'work', config = {} }: Naming = {},
): Record<string, string> {
  const { pieces, ...rest } = plan
  const entries = Object.entries(pieces)
  const noted = entries.filter(([, piece]) => piece.noted === true)
  const agents = Object.fromEntries(
    noted.map(([id]) => [`noting-${id}`, { command: [process.execPath, NOTING_AGENT, id] }]),
  )
  const scripts = entries.flatMap(([id, { steps, recalls }]) =>
    steps === undefined ? [] : [[scriptPath(id), script(id, steps, recalls)]],
  )
  return {
    '.quintet/config.toml': stringify({
      ...config,
      ...(noted.length === 0 ? {} : { home_writes: [...(config.home_writes ?? []), ...NOTING_WRITES] }),
      agents: { ...config.agents, ...agents },
    }),
    [`.quintet/plans/${name}.toml`]: stringify({
      goal: `Do ${name}.`,
      target: 'main',
      integration: { checks: [GREEN] },
      ...rest,
      pieces: entries.map(([id, piece]) => pieceInput(id, piece)),
    }),
    ...Object.fromEntries(entries.map(([id]) => [`src/${id}/main.txt`, `${id} 1\n`])),
    ...Object.fromEntries(scripts),
  }
}

/** What copies of a conversation are asked; the conversation itself never hears it. */
const ASIDE = /^(?:This conversation ends here|Answer from memory, without tools)/

/** The prompts that a noted piece was given so far. */
export async function prompts(home: Home, piece: string): Promise<string[]> {
  const text = await home.machine
    .home(join(home.machine.env['HOME'] ?? '', 'prompts'))
    .read(`${piece}.ndjson`)
  return text
    .trimEnd()
    .split('\n')
    .map((line) => String(JSON.parse(line)))
    .filter((prompt) => !ASIDE.test(prompt))
}

const scriptPath = (id: string): string => `.quintet/scripts/${id}.json`

function pieceInput(id: string, piece: PieceScenario): object {
  const { steps, recalls: _recalls, noted, include = [`src/${id}/**`], exclude = [], ...rest } = piece
  const scripted = steps === undefined ? {} : { agent: 'scripted', script: scriptPath(id) }
  return {
    id,
    title: `The ${id} part`,
    brief: `Do the ${id} part.`,
    scope: { include, exclude },
    ...(noted === true ? { agent: `noting-${id}` } : scripted),
    ...rest,
  }
}

function script(name: string, steps: readonly Step[], recalls?: PieceScenario['recalls']): string {
  return JSON.stringify({ schema: 1, name, steps, recalls }, null, 1)
}

/** A whole piece of work: `src/<id>/main.txt` is changed and committed. */
export function work(id: string, content = `${id} 2\n`): Step[] {
  return [{ write: { path: `src/${id}/main.txt`, content } }, { commit: `Change ${id}` }]
}

/** A question that waits for the operator. */
export function ask(question: string, ...options: string[]): Step {
  return { ask: { name: 'answer', question, options } }
}
