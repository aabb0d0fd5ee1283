import { open, rm, type FileHandle } from 'node:fs/promises'
import { resolve } from 'node:path'
import { errnoOf, QuintetError } from '../../contract/errors.ts'
import { traceLine } from '../../health/trace/format.ts'
import { openTrace } from '../../health/trace/open.ts'
import { TraceSurvey } from '../../health/trace/survey.ts'
import { renderSkipped, renderTrace } from '../../tui/trace.ts'
import type { Invocation } from '../command.ts'
import { traceArgument, windowOption } from '../trace-argument.ts'

type Opened = Awaited<ReturnType<typeof openTrace>>

const BATCH = 256 * 1024

/** Turns a recorded session into a trace: on standard output, or in a new file, and then what it amounts to. */
export async function run(invocation: Invocation): Promise<number> {
  const { output, signal, options, cwd } = invocation
  const survey = new TraceSurvey(windowOption(invocation))
  const opened = await openTrace(traceArgument(invocation), signal)
  const out = options.text('out')
  const drawing = { width: output.width, colour: output.colour, now: Date.now() }
  if (out === undefined) {
    for await (const event of opened.events) {
      signal.throwIfAborted()
      output.stdout.write(traceLine(event))
      await output.drained()
    }
    for (const line of renderSkipped(opened.tally, drawing)) output.narrate(line)
    return 0
  }
  const path = resolve(cwd, out)
  await writeNew(path, opened, { survey, signal })
  const { tally } = opened
  output.answer({ out: path, format: tally.format, skipped: skipped(tally), report: survey.report }, () => [
    ...renderTrace(survey.report, drawing),
    ...renderSkipped(tally, drawing),
    `The trace is in ${path}.`,
  ])
  return 0
}

function skipped({ long, broken, unknown, later, sidechain }: Opened['tally']): object {
  return { long, broken, unknown, later, sidechain }
}

/** What is begun and not finished does not stay. */
async function writeNew(
  path: string,
  { events }: Opened,
  { survey, signal }: { readonly survey: TraceSurvey; readonly signal: AbortSignal },
): Promise<void> {
  const file = await create(path)
  try {
    let lines = ''
    for await (const event of events) {
      signal.throwIfAborted()
      survey.note(event)
      lines += traceLine(event)
      if (lines.length < BATCH) continue
      await file.appendFile(lines)
      lines = ''
    }
    await file.appendFile(lines)
    await file.close()
  } catch (error) {
    await file.close()
    await rm(path, { force: true })
    throw error
  }
}

async function create(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    const why = code === 'EEXIST' ? 'there is something of that name' : code
    throw new QuintetError('E_TRACE_FILE', 'usage', `${path} cannot be written: ${why}.`, {
      hints: [
        {
          text: 'Nothing is overwritten; name a new file:',
          command: 'quintet health import <file> --out <new file>',
        },
      ],
    })
  }
}
