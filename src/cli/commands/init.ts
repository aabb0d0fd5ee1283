import { PRESETS } from '../../agents/presets.ts'
import { head } from '../../git/repository.ts'
import { discover, writeMissing } from '../../plan/discover.ts'
import { EXAMPLE_PLAN, initFiles, type Detected } from '../../plan/init.ts'
import { planNames } from '../../plan/load.ts'
import { repositoryOf } from '../access.ts'
import type { Invocation } from '../command.ts'

interface Written {
  readonly written: readonly string[]
  readonly kept: readonly string[]
}

/** Writes the configuration and a first plan where there are none; nothing that exists is changed. */
export async function run(invocation: Invocation): Promise<number> {
  const { output } = invocation
  const { root } = await repositoryOf(invocation)
  const plans = await planNames(root)
  const detected = await discover(root, { presets: PRESETS })
  const files = initFiles(detected).filter(({ path }) => path !== EXAMPLE_PLAN || plans.length === 0)
  const { written } = await writeMissing(root, files)
  const result = { written, kept: detected.existing }
  const plan = plans[0] ?? 'example'
  const { packageManager, tests, missing, agents, base } = detected
  const isDetached = base === null && (await head(root)).commit !== null
  output.answer({ ...result, detected: { packageManager, tests, missing, agents, base }, plan }, () => [
    ...baseLines(base, isDetached),
    ...foundLines(detected),
    ...writtenLines(result),
    `  → run: quintet plan check ${plan}`,
  ])
  return 0
}

function baseLines(base: string | null, isDetached: boolean): string[] {
  if (!isDetached) return [`Base branch: ${base ?? 'none yet'}.`]
  return [
    'Base branch: none is checked out. Plans land on one: check one out, or make it here.',
    '  → run: git switch -c <name>',
  ]
}

function foundLines({ packageManager, tests, missing, agents }: Detected): string[] {
  return [
    `Package manager: ${packageManager ?? 'none recognised'}.`,
    `Tests: ${tests.length === 0 ? 'no command recognised' : tests.map(({ run }) => run.join(' ')).join('; ')}.`,
    ...(missing.length === 0 ? [] : [`Not installed: ${missing.join(', ')}; the tests need it.`]),
    `Agents: ${agents.length === 0 ? 'none installed; quintet doctor tells how to install one' : agents.join(', ')}.`,
  ]
}

function writtenLines({ written, kept }: Written): string[] {
  return [
    ...written.map((path) => `Wrote ${path}.`),
    ...kept.map((path) => `Kept ${path}, which exists already.`),
  ]
}
