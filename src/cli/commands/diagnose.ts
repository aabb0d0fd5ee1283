import { renderExamination } from '../../tui/diagnosis.ts'
import { terminalLines } from '../../tui/terminals.ts'
import { oneLine } from '../../tui/text.ts'
import { daemonOf, repositoryOf } from '../access.ts'
import type { Invocation } from '../command.ts'
import { loadSession } from '../session-argument.ts'

/** Examines a session step by step: its context, its last turns, and, where that is asked for, what it still knows. */
export async function run(invocation: Invocation): Promise<number> {
  const { output, options, signal } = invocation
  const repo = await repositoryOf(invocation)
  const { view, session } = await loadSession(repo, invocation.arguments[0] ?? '')
  const { readDiagnosis } = await import('../../daemon/projection/diagnosis.ts')
  const diagnosis = await readDiagnosis(repo, { run: view.run, piece: session.piece })
  const restore = options.flag('restore')
  // What was found before stays in view until it is asked for again.
  const earlier = options.flag('fresh') ? null : (session.health?.fresh ?? null)
  const fresh = options.flag('fresh')
    ? await (await daemonOf(repo, signal)).fresh(session.id)
    : (earlier?.result ?? null)
  const probe = options.flag('probe')
    ? await (await daemonOf(repo, signal)).probe(session.id)
    : (session.health?.probe ?? null)
  const restored = restore ? (await (await daemonOf(repo, signal)).restore(session.id)).restored : null
  const { terminals = [] } = session
  const found = { diagnosis, fresh, probe, restored }
  const drawing = { width: output.width, colour: output.colour, now: Date.now(), earlier }
  const data = terminals.length === 0 ? found : { ...found, terminals }
  output.answer(data, () => [
    ...renderExamination(session.id, found, drawing),
    ...terminalLines([session]).map((line) => oneLine(line)),
  ])
  return 0
}
