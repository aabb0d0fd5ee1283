// One turn of the scripted agent: steps from where it is until the turn ends, saving its progress after each.
import type { ScriptStep } from '../../contract/script.ts'
import type { Progress } from './progress.ts'
import {
  applyStep,
  callStep,
  commitStep,
  compactStep,
  deleteStep,
  editStep,
  mcpStep,
  readStep,
  runStep,
  statusStep,
  waitForStep,
  waitStep,
  writeStep,
  type Stage,
} from './steps.ts'
import { substitute } from './substitute.ts'

/** How a turn of a script ended. */
export type ScriptedEnd =
  | { readonly kind: 'ended' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'error'; readonly message: string }

/** What became of one step: how the progress changed, and whether the turn is over. */
interface Outcome {
  readonly progress?: Partial<Progress>
  readonly end?: ScriptedEnd
}

/** Where the progress of the conversation is kept between steps. */
export interface ProgressKeeper {
  current: Progress
  save(progress: Progress): Promise<void>
}

const ENDED: ScriptedEnd = { kind: 'ended' }
const CANCELLED: ScriptedEnd = { kind: 'cancelled' }
const GO_ON: Outcome = {}

/** Plays until the script says that the turn ends, has no more steps, or the turn is cancelled. */
export async function playTurn(stage: Stage, keeper: ProgressKeeper): Promise<ScriptedEnd> {
  const { steps } = stage.script
  if (keeper.current.cursor >= steps.length) await stage.voice.say('The script has no more steps.')
  for (;;) {
    const step = steps[keeper.current.cursor]
    if (step === undefined) return ENDED
    if (stage.signal.aborted) return CANCELLED
    // A fault happens once: whoever resumes the conversation finds it behind them.
    if (isFault(step)) await advance(keeper)
    const { progress, end } = await playStep(stage, keeper, step)
    if (end === CANCELLED) return end
    if (!isFault(step)) await advance(keeper, progress)
    if (end !== undefined) return end
  }
}

function isFault(step: ScriptStep): boolean {
  return 'fail' in step || 'die' in step || 'hang' in step || 'garbage' in step
}

function advance(keeper: ProgressKeeper, changes: Partial<Progress> = {}): Promise<void> {
  return keeper.save({ ...keeper.current, ...changes, cursor: keeper.current.cursor + 1, begun: null })
}

async function playStep(stage: Stage, keeper: ProgressKeeper, step: ScriptStep): Promise<Outcome> {
  try {
    return await perform(stage, keeper, step)
  } catch (error) {
    if (stage.signal.aborted) return { end: CANCELLED }
    throw error
  }
}

async function perform(stage: Stage, keeper: ProgressKeeper, step: ScriptStep): Promise<Outcome> {
  const progress = keeper.current
  if ('read' in step) await readStep(stage, step, progress)
  else if ('write' in step) await writeStep(stage, step, progress)
  else if ('edit' in step) await editStep(stage, step, progress)
  else if ('delete' in step) await deleteStep(stage, step, progress)
  else if ('call' in step) await callStep(stage, step, progress)
  else if ('commit' in step) await commitStep(stage, step, progress)
  else if ('apply' in step) await applyStep(stage, step, progress)
  else if ('status' in step) await statusStep(stage, step, progress)
  else if ('wait' in step) await waitStep(stage, step)
  else if ('waitFor' in step) await waitForStep(stage, step)
  else if ('run' in step) {
    const broken = await runStep(stage, step, progress)
    if (broken !== null) return { end: { kind: 'error', message: broken } }
  } else return converse(stage, keeper, step)
  return GO_ON
}

async function converse(stage: Stage, keeper: ProgressKeeper, step: ScriptStep): Promise<Outcome> {
  const { voice, script } = stage
  const progress = keeper.current
  if ('say' in step) await voice.say(substitute(step.say, progress.answers))
  else if ('think' in step) await voice.think(substitute(step.think, progress.answers))
  else if ('permission' in step) return askPermission(stage, progress, step.permission)
  else if ('ask' in step) return ask(stage, progress, step.ask)
  else if ('mcp' in step) {
    const { into } = step.mcp
    const answer = await mcpStep(stage, step, progress)
    return into === undefined ? GO_ON : { progress: { answers: { ...progress.answers, [into]: answer } } }
  } else if ('usage' in step) {
    await voice.usage(step.usage, script.window, step.cost)
    voice.output += step.output ?? 0
    voice.total += step.usage
    return { progress: { used: step.usage } }
  } else if ('compact' in step) return { progress: { used: await compactStep(stage, step, progress) } }
  else if ('endTurn' in step) return { end: ENDED }
  else return misbehave(step)
  return GO_ON
}

async function askPermission(
  stage: Stage,
  progress: Progress,
  { title, path }: { readonly title: string; readonly path: string },
): Promise<Outcome> {
  if (!stage.asks) return GO_ON
  const permission = await stage.voice.permission(progress.cursor, title, `${stage.cwd}/${path}`)
  if (permission === 'cancelled') return { end: CANCELLED }
  const others = progress.refused.filter((refused) => refused !== path)
  return { progress: { refused: permission === 'allowed' ? others : [...others, path] } }
}

async function ask(
  stage: Stage,
  progress: Progress,
  question: { readonly name: string; readonly question: string; readonly options: readonly string[] },
): Promise<Outcome> {
  const text = substitute(question.question, progress.answers)
  const answer = await stage.voice.ask(progress.cursor, question.name, text, question.options)
  if (answer === null) return { end: CANCELLED }
  return { progress: { answers: { ...progress.answers, [question.name]: answer } } }
}

async function misbehave(step: ScriptStep): Promise<Outcome> {
  if ('fail' in step) return { end: { kind: 'error', message: step.fail } }
  if ('die' in step) process.exit(step.die)
  if ('hang' in step) return new Promise(() => undefined)
  if ('garbage' in step)
    await new Promise<void>((resolve) => process.stdout.write(step.garbage, () => resolve()))
  return GO_ON
}
