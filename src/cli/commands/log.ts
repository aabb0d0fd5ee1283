import type { StreamMessage } from '../../contract/api.ts'
import { parseFact } from '../../contract/facts.ts'
import type { LoggedEvent } from '../../daemon/projection/fold.ts'
import { readLog } from '../../daemon/projection/read.ts'
import type { Repository } from '../../git/repository.ts'
import { clock } from '../../tui/duration.ts'
import { factSubject, factText } from '../../tui/fact.ts'
import { repositoryOf, requireView } from '../access.ts'
import type { Invocation } from '../command.ts'
import { usageError } from '../failure.ts'
import { factMessage, follow } from '../follow.ts'
import type { Output } from '../output.ts'
import { loadSession } from '../session-argument.ts'

interface Subject {
  readonly run: string
  /** Null: the whole run. */
  readonly stream: string | null
}

/** Prints the facts of a run or of one session, and goes on with those to come when it is to follow. */
export async function run(invocation: Invocation): Promise<number> {
  const { output, options, signal } = invocation
  const last = countOf(options.text('last'))
  const repo = await repositoryOf(invocation)
  const subject = await subjectOf(repo, invocation)
  const seen = await printStored(repo, { subject, last, output })
  const following = options.flag('follow') && !seen.ended
  const { seq, ended } = following ? await printComing(repo, { subject, seen, output, signal }) : seen
  output.answer({ run: subject.run, seq, ended }, () => [])
  if (following && !ended) signal.throwIfAborted()
  return 0
}

/** Prints what comes until the run has ended or the signal aborts. */
async function printComing(
  repo: Repository,
  {
    subject,
    seen,
    output,
    signal,
  }: Pick<Printing, 'subject' | 'output'> & { readonly seen: Seen; readonly signal: AbortSignal },
): Promise<Seen> {
  let { seq } = seen
  const notice = (text: string): void => output.narrate(text)
  const options = { repo, run: subject.run, after: seq, start: false, signal, notice }
  for await (const message of follow(options)) {
    if (message.kind !== 'fact') continue
    seq = message.seq
    if (isAbout(subject, message)) print(output, message)
    if (message.type === 'run.ended') return { seq, ended: true }
  }
  return { seq, ended: false }
}

async function subjectOf(repo: Repository, invocation: Invocation): Promise<Subject> {
  const wanted = invocation.arguments[0]
  if (wanted === undefined) {
    return { run: (await requireView(repo, invocation.options.text('run'))).run, stream: null }
  }
  const run = invocation.options.text('run')
  const { view, session } = await loadSession(repo, run === undefined ? wanted : `${run}/${wanted}`)
  return { run: view.run, stream: `${view.run}/session/${session.piece}` }
}

interface Printing {
  readonly subject: Subject
  readonly last: number | null
  readonly output: Output
}

/** How far the log of the run was read. */
interface Seen {
  readonly seq: number
  readonly ended: boolean
}

/** Holds no more entries than it was asked for. */
async function printStored(repo: Repository, { subject, last, output }: Printing): Promise<Seen> {
  const kept: LoggedEvent[] = []
  let seq = 0
  let ended = false
  for (const entry of readLog(repo, { run: subject.run })) {
    seq = entry.seq
    ended ||= entry.type === 'run.ended'
    if (!isAbout(subject, entry)) continue
    if (last === null) {
      print(output, factMessage(entry))
      await output.drained()
    } else {
      kept.push(entry)
      if (kept.length > last) kept.shift()
    }
  }
  for (const entry of kept) print(output, factMessage(entry))
  return { seq, ended }
}

function isAbout({ stream }: Subject, entry: { readonly stream: string }): boolean {
  return stream === null || entry.stream === stream
}

function print(output: Output, message: StreamMessage): void {
  if (message.kind !== 'fact') return
  if (output.json) {
    output.record(message)
    return
  }
  const fact = parseFact(message.type, message.data)
  if (fact === null) return
  output.lines([`${clock(message.at)} ${factSubject(message.stream)}: ${factText(fact)}`])
}

function countOf(text: string | undefined): number | null {
  if (text === undefined) return null
  const count = Number(text)
  if (Number.isInteger(count) && count > 0) return count
  throw usageError(`The count ${text} is not a whole number above 0.`, [
    { text: 'For example:', command: 'quintet log --last 20' },
  ])
}
