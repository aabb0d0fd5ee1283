// The same failure again, whatever was tried in between: the loop of today's agents, who never repeat a call exactly.
import type { Action } from './action.ts'
import type { Finding, Rule, Seen, Slack } from './rule.ts'
import { isAsLong, push, seen, votes } from './rule.ts'

/** Actions back that count. Trying something takes an edit and a run, often a look as well: four tries fit. */
const WINDOW = 14
/** Two tries are how one works; the third with the same error has learned nothing from the second. */
const TRIES = 3
/** A check is run to see red: once before the work, once after a slip. One more is needed. */
const RUNS = 4
/** Looking for something in the wrong place is how one finds one's way. */
const LOOKS = 5

/** Share by which tracebacks and tails of one failure differ in length. */
const LOOSELY = 0.2

interface Failure extends Seen {
  readonly batch: number
  readonly signatures: readonly string[]
  readonly scope: string
  readonly verify: boolean
  readonly looks: boolean
  /** Changes of files before it. */
  readonly changes: number
  readonly chars: number
}

/** At least three failing actions (four checks) among the last fourteen share an error line; one vote for a batch. */
export function errorRecurs(): Rule {
  const recent: Failure[] = []
  let changes = 0
  const clear = (): void => {
    recent.length = 0
  }
  return {
    name: 'errorRecurs',
    family: 'failure',
    symptom: 'repetitive errors',
    action(action, _step, slack) {
      if (action.changed) changes++
      while ((recent[0]?.a ?? action.a) < action.a - WINDOW) recent.shift()
      if (action.state === 'ok') forgive(recent, action)
      if (action.state !== 'failed' || action.poll || action.signatures.length === 0) return null
      const failure: Failure = {
        ...seen(action),
        batch: action.batch,
        signatures: action.signatures,
        scope: scopeOf(action),
        verify: action.verify,
        looks: action.looks || (action.absent && action.kind === 'read'),
        changes,
        chars: action.chars,
      }
      push(recent, failure, WINDOW + 1)
      return recurrence(recent, failure, slack)
    },
    reset: clear,
    size: () => recent.length,
  }
}

/** What worked is not what one is stuck at. */
function forgive(recent: Failure[], action: Action): void {
  if (action.looks || action.verify) return
  const scope = scopeOf(action)
  if (!recent.some((failure) => failure.scope === scope)) return
  const kept = recent.filter((failure) => failure.scope !== scope)
  recent.splice(0, recent.length, ...kept)
}

function scopeOf({ family, path }: Action): string {
  return path === null ? family : `${family} ${path}`
}

function recurrence(recent: readonly Failure[], last: Failure, slack: Slack): Finding | null {
  const reasons = last.verify ? last.signatures.filter((line) => !NAME.test(line)) : last.signatures
  for (const signature of reasons.length > 0 ? reasons : last.signatures) {
    const same = recent.filter((failure) => failure.signatures.includes(signature))
    const count = votes(same)
    if (count < TRIES || count < needed(last, same, slack)) continue
    const what = last.verify ? 'runs' : 'failures'
    return {
      signature,
      actions: same,
      text: `${count} ${what}, same failure: ${signature}`,
      strength: 'strong',
    }
  }
  return null
}

function needed(last: Failure, same: readonly Failure[], slack: Slack): number {
  if (last.looks) return LOOKS - slack
  return last.verify && !isUnmoved(same) ? RUNS - slack : TRIES
}

/** A test by its name: red for another reason it is another failure, if the reason is told. */
const NAME = /^(?:--- fail:|(?:fail|failed|error):? \S+::|fail: \w+ \(|[●✗✘×✖] |not ok #)/

/**
 * Every run says all of what the others say, and no more, and files were changed before each: not even a slip shows. An
 * output of another length says something else besides: whoever puts in prints looks into it.
 */
function isUnmoved(same: readonly Failure[]): boolean {
  const [first] = same
  const wanted = first?.signatures.join('\n')
  const tries = new Set(same.map(({ changes }) => changes))
  return (
    tries.size >= TRIES &&
    same.every(
      ({ signatures, chars }) =>
        signatures.join('\n') === wanted && isAsLong(first?.chars ?? 0, chars, LOOSELY),
    )
  )
}
