// Edits that lead back: text put in, taken out and put in again; a worktree as it had been before; one file written
// anew over and over; own work thrown away.
import { stem } from './command.ts'
import type { Action } from './action.ts'
import type { Finding, Rule, Seen } from './rule.ts'
import { push, remember, seen } from './rule.ts'

/** Taking something back once is a correction; putting it in again is a loop. */
const REVERSALS = 2
const PAIRS = 64
const KEPT = 12
/** Whole rewrites of one file: more than a draft, its repair and two second thoughts. */
const REWRITES = 5
/** Fewer are enough when every run in between failed. */
const REWRITES_FAILING = 4
const REWRITE_WINDOW = 22
const TREES = 256
/** Two states, each come back to: A, B, A, B. */
const RETURNS = 2
const REVERTS = 3
const REVERT_WINDOW = 40

/** Bounded each; by place and text. */
interface EditMemory {
  readonly pairs: Map<string, Seen>
  readonly reversals: Map<string, Seen[]>
  readonly contents: Map<string, { readonly last: string; readonly seen: ReadonlyMap<string, Seen> }>
}

/** An edit and its reverse in one place, twice. */
export function editOscillation(): Rule {
  const memory: EditMemory = { pairs: new Map(), reversals: new Map(), contents: new Map() }
  const { pairs, reversals, contents } = memory
  const clear = (): void => {
    pairs.clear()
    reversals.clear()
    contents.clear()
  }
  return {
    name: 'editOscillation',
    family: 'edits',
    symptom: 'circular reasoning',
    action(action) {
      if (!action.changed || action.path === null) return null
      let finding: Finding | null = null
      for (const edit of action.edits) {
        const list = reversalsOf(memory, edit, action)
        if (list.length > REVERSALS) finding = back(list, action.path)
      }
      return finding
    },
    // What the operator has put back is no loop of the agent.
    user() {
      clear()
      return null
    },
    reset: clear,
    size: () => pairs.size + reversals.size + contents.size,
  }
}

/** The actions that led back and forth between the texts of this edit, this one included; none when it leads nowhere
 *  back. */
function reversalsOf(
  { pairs, reversals, contents }: EditMemory,
  edit: Action['edits'][number],
  action: Action,
): readonly Seen[] {
  if (edit.conflict || edit.old === edit.new) return []
  const place = `${action.path ?? ''} ${edit.spot ?? ''}`
  const earlier =
    edit.old === '' ? cameBack(contents, place, edit.new, action) : undone(pairs, place, edit, action)
  if (earlier === undefined || earlier.a === action.a) return []
  // One pair of texts: two different edits taken back are two corrections.
  const pair = `${place} ${edit.old === '' ? '' : [edit.old, edit.new].sort().join(' ')}`
  const list = reversals.get(pair) ?? [earlier]
  push(list, seen(action), KEPT)
  remember(reversals, pair, list, PAIRS)
  return list
}

function undone(
  pairs: Map<string, Seen>,
  place: string,
  edit: { readonly old: string; readonly new: string },
  action: Action,
): Seen | undefined {
  const earlier = pairs.get(`${place} ${edit.new} ${edit.old}`)
  remember(pairs, `${place} ${edit.old} ${edit.new}`, seen(action), PAIRS)
  return earlier
}

/** Where the text that is replaced is not known: the same text is put in one place again, after another one. */
function cameBack(
  contents: EditMemory['contents'],
  place: string,
  text: string,
  action: Action,
): Seen | undefined {
  const known = contents.get(place)
  const earlier = known === undefined || known.last === text ? undefined : known.seen.get(text)
  const entries = [...(known?.seen ?? []), [text, seen(action)] as const].slice(-8)
  remember(contents, place, { last: text, seen: new Map(entries) }, PAIRS)
  return earlier
}

function back(actions: readonly Seen[], path: string): Finding {
  const name = path.replace(/^.*\//, '')
  return {
    signature: name,
    actions,
    text: `${actions.length} edits of ${name} undo one another`,
    strength: 'strong',
  }
}

/** The worktree is as it had been before, more than once, and not because git was told to move it. */
export function treeSeen(): Rule {
  const known = new Map<string, number>()
  const returns = new Map<string, Seen>()
  let last: string | null = null
  let index = 0
  const clear = (): void => {
    known.clear()
    returns.clear()
  }
  return {
    name: 'treeSeen',
    family: 'edits',
    symptom: 'circular reasoning',
    tree({ hash, seen: at, moved }) {
      if (hash === last) return null
      last = hash
      index++
      if (moved) clear()
      const before = known.has(hash)
      remember(known, hash, index, TREES)
      if (!before) return null
      remember(returns, hash, at, TREES)
      if (returns.size < RETURNS) return null
      return {
        signature: null,
        actions: [...returns.values()].slice(-8),
        text: `${returns.size} states of the files had been there before`,
        strength: 'strong',
      }
    },
    user() {
      clear()
      return null
    },
    reset: clear,
    size: () => known.size + returns.size,
  }
}

interface Rewrite extends Seen {
  readonly name: string
}

/** One file, or versions of it, is written anew at least five times with runs in between that bring nothing. */
export function rewriteChurn(): Rule {
  const writes: Rewrite[] = []
  const runs: { readonly a: number; readonly failed: boolean }[] = []
  return {
    name: 'rewriteChurn',
    family: 'edits',
    symptom: 'circular reasoning',
    action(action) {
      while ((writes[0]?.a ?? action.a) < action.a - REWRITE_WINDOW) writes.shift()
      while ((runs[0]?.a ?? action.a) < action.a - REWRITE_WINDOW) runs.shift()
      if (action.whole && action.path !== null) return rewritten(writes, runs, action)
      if (action.command !== null && !action.looks && !action.poll) {
        push(runs, { a: action.a, failed: action.state === 'failed' }, REWRITE_WINDOW)
      }
      return null
    },
    user() {
      writes.length = 0
      return null
    },
    reset() {
      writes.length = 0
    },
    size: () => writes.length + runs.length,
  }
}

function rewritten(
  writes: Rewrite[],
  runs: readonly { readonly a: number; readonly failed: boolean }[],
  action: Action,
): Finding | null {
  const name = stem(action.path ?? '')
  if (!action.changed || name.length < 2) return null
  push(writes, { ...seen(action), name }, REWRITE_WINDOW)
  const same = writes.filter((write) => write.name === name)
  const between = runs.filter(({ a }) => a > (same[0]?.a ?? 0))
  const failed = between.filter((run) => run.failed).length
  if (failed < 2 || between.length < same.length - 1) return null
  if (same.length < (failed >= same.length - 1 ? REWRITES_FAILING : REWRITES)) return null
  return {
    signature: name,
    actions: same,
    text: `${same.length} full rewrites of ${name}, ${failed} failing runs in between`,
    strength: 'strong',
  }
}

/** The agent throws its own work away again and again, without being told to. */
export function revertedOwn(): Rule {
  const reverts: Seen[] = []
  let edited = false
  const clear = (): void => {
    reverts.length = 0
  }
  return {
    name: 'revertedOwn',
    family: 'reverts',
    symptom: 'inconsistent behaviour',
    action(action) {
      if (action.changed) edited = true
      if (!edited || action.state !== 'ok' || action.command?.reverts !== true) return null
      edited = false
      while ((reverts[0]?.a ?? action.a) < action.a - REVERT_WINDOW) reverts.shift()
      push(reverts, seen(action), REVERTS)
      if (reverts.length < REVERTS) return null
      return {
        signature: null,
        actions: [...reverts],
        text: `${reverts.length} times own edits were thrown away`,
        strength: 'strong',
      }
    },
    user() {
      clear()
      return null
    },
    reset: clear,
    size: () => reverts.length,
  }
}
