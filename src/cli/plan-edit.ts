// A plan changed from the command line: the change is made in memory, the changed plan is checked, and only when nothing is
// wrong with it that was not wrong before is the file replaced.
import { relative } from 'node:path'
import { PRESETS } from '../agents/presets.ts'
import { QuintetError } from '../contract/errors.ts'
import { folderWithin, stateFolder } from '../git/repository.ts'
import { checkPlan, type PlanReport } from '../plan/check.ts'
import { loadConfig, type Config } from '../plan/config.ts'
import { unifiedDiff } from '../plan/edit/diff.ts'
import type { Edited, Ground } from '../plan/edit/ground.ts'
import { newFindings } from '../plan/edit/news.ts'
import { loadPlanText, savePlanText, type PlanText } from '../plan/edit/save.ts'
import type { PlanFacts } from '../plan/facts.ts'
import type { Finding } from '../plan/findings.ts'
import { loadPlanFacts } from '../plan/gather.ts'
import { parsePlan } from '../plan/load.ts'
import { foldersOf } from '../scope/patterns.ts'
import { toned } from '../tui/style.ts'
import { repositoryOf } from './access.ts'
import type { Invocation } from './command.ts'
import { planArgument } from './plan-report.ts'

interface Look {
  readonly facts: PlanFacts
  readonly report: PlanReport
}

/** Changes the plan that the first argument names, and shows what was changed. Throws `E_OVERLAP` or `E_PLAN_REFUSED`
 *  when the changed plan has an error that the plan had not, and what the change itself throws. */
export async function editPlan(invocation: Invocation, change: (ground: Ground) => Edited): Promise<number> {
  const { cwd, output, options, signal } = invocation
  const repo = await repositoryOf(invocation)
  const source = await loadPlanText(repo.root, await planArgument(cwd, invocation.arguments[0] ?? ''))
  const config = await loadConfig(repo.root, process.env)
  const look = (plan: PlanText['plan']): Promise<Look> =>
    lookAt({ root: repo.root, name: source.name, config, signal }, plan)
  const before = await look(source.plan)
  const edited = change({ ...groundOf(source, before.facts), from: await folderWithin(cwd) })
  const file = relative(repo.root, source.path)
  const isChanged = edited.text !== source.text
  const after = isChanged ? await look(parsePlan(edited.text, source.name)) : before
  const news = newFindings(before.report, after.report, edited.lineage)
  requireNoErrors(source.name, news)
  const isWritten = isChanged && !options.flag('dryRun')
  if (isWritten) await savePlanText(source, edited.text, { state: stateFolder(repo), signal })
  const diff = unifiedDiff(source.text, edited.text, file)
  const notes = [...edited.notes, ...news.map(({ message }) => message)]
  output.answer(
    {
      plan: source.name,
      file,
      changed: isChanged,
      written: isWritten,
      diff: diff.join('\n'),
      notes,
      findings: news,
    },
    () => (isChanged ? diff.map((line) => coloured(line, output.colour)) : ['Nothing to change.']),
  )
  for (const note of notes) output.narrate(note)
  return 0
}

interface Surroundings {
  readonly root: string
  readonly name: string
  readonly config: Config
  readonly signal: AbortSignal
}

async function lookAt({ root, name, config, signal }: Surroundings, plan: PlanText['plan']): Promise<Look> {
  const facts = await loadPlanFacts(root, { plan, config, presets: PRESETS, signal })
  return { facts, report: checkPlan({ name, plan }, facts) }
}

function groundOf(
  { name, text, plan }: PlanText,
  { files, links, submodules, ignoreCase }: PlanFacts,
): Ground {
  const apart = new Set(links.map(({ path }) => path))
  const tree = {
    files: files.filter((file) => !apart.has(file)),
    folders: [...foldersOf(files), ...apart, ...submodules],
  }
  return { name, text, plan, tree, ignoreCase }
}

function requireNoErrors(name: string, news: readonly Finding[]): void {
  const errors = news.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return
  const code = errors.some((error) => error.code === 'E_OVERLAP') ? 'E_OVERLAP' : 'E_PLAN_REFUSED'
  const list = errors.map(({ message }) => message).join(' ')
  throw new QuintetError(code, 'precondition', `The plan ${name} was not changed: ${list}`, {
    hints: errors.flatMap(({ hints }) => hints),
    details: { findings: errors },
  })
}

function coloured(line: string, colour: boolean): string {
  if (/^(?:---|\+\+\+|@@)/.test(line)) return toned(line, 'quiet', colour)
  if (line.startsWith('-')) return toned(line, 'bad', colour)
  return line.startsWith('+') ? toned(line, 'good', colour) : line
}
