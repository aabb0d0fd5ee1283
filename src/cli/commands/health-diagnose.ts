import { QuintetError } from '../../contract/errors.ts'
import type { Alarm } from '../../contract/health.ts'
import { Detector } from '../../health/detector.ts'
import { openTrace } from '../../health/trace/open.ts'
import { TraceSurvey } from '../../health/trace/survey.ts'
import { renderAlarms, renderSkipped, renderTrace } from '../../tui/trace.ts'
import type { Invocation } from '../command.ts'
import { traceArgument, windowOption } from '../trace-argument.ts'

/** Examines a recorded session and prints what it amounts to and every alarm; 0 whether there are alarms or not. */
export async function run(invocation: Invocation): Promise<number> {
  const { output, signal } = invocation
  const survey = new TraceSurvey(windowOption(invocation))
  const detector = new Detector()
  const alarms: Alarm[] = []
  const { events, tally } = await openTrace(traceArgument(invocation), signal)
  try {
    for await (const event of events) {
      signal.throwIfAborted()
      survey.note(event)
      alarms.push(...detector.note(event))
    }
  } catch (error) {
    // Of an empty file there is nothing to say, and that is an answer.
    if (!(error instanceof QuintetError) || error.code !== 'E_TRACE_FORMAT' || tally.text) throw error
  }
  const { report } = survey
  const pollutedSince = detector.pollutedSince()
  const { format, long, broken, unknown, later, sidechain } = tally
  const data = {
    format,
    report,
    activity: detector.activity,
    best: detector.best,
    pollutedSince,
    alarms,
    skipped: { long, broken, unknown, later, sidechain },
  }
  const drawing = { width: output.width, colour: output.colour, now: Date.now() }
  output.answer(data, () => [
    ...renderTrace(report, drawing),
    ...renderAlarms({ alarms, pollutedSince }, drawing),
    ...renderSkipped(tally, drawing),
  ])
  return 0
}
