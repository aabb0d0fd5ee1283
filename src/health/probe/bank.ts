// The item bank: 8 to 12 questions made mechanically from what our own log knows, before a compaction or a reset can
// take it. Real sessions hold a median of one constraint sentence, so most constraint items come from scope, brief and
// decisions. Deterministic: order and choice follow from the content, never from chance. Pure.
import { posix } from 'node:path'
import type { Constraint } from '../../contract/handoff.ts'
import { compileScope } from '../../scope/patterns.ts'
import { fingerprint, shuffled } from '../fingerprint.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { contentWords } from '../words.ts'
import type { ItemClass, ProbeItem } from './item.ts'

const MOST_ITEMS = 12
const FILES_ASKED = 3

/** All that the bank is made from. Paths are relative to the repository root. */
export interface ProbeFacts {
  readonly edited: readonly string[]
  /** Further files of the repository: decoys and "may you edit". */
  readonly others: readonly string[]
  readonly ledger: Ledger
  readonly lastTest: {
    readonly command: string
    readonly failed: number | null
    readonly failing: readonly string[]
  } | null
  readonly port: number | null
  readonly branch: string | null
  readonly decisions: readonly string[]
  /** Approaches that failed, and some that worked, as short texts. */
  readonly deadEnds: readonly string[]
  readonly worked: readonly string[]
  readonly nextStep: string | null
}

type Draft = Omit<ProbeItem, 'id'>

/** How many of a class are asked when there are more than fit. */
const MOST: Readonly<Record<ItemClass, number>> = {
  files: 1,
  constraints: 5,
  state: 5,
  decision: 1,
  'dead ends': 1,
  'next step': 1,
}

/** At most 12 items; fewer than 8 when the log knows too little to ask for more. */
export function itemBank(facts: ProbeFacts): readonly ProbeItem[] {
  const seed = fingerprint(JSON.stringify([facts.edited, facts.ledger.map(({ id }) => id), facts.branch]))
  const drafts = [
    ...fileItems(facts, seed),
    ...constraintItems(facts, seed),
    ...stateItems(facts),
    ...decisionItems(facts, seed),
    ...deadEndItems(facts, seed),
    ...nextStepItems(facts),
  ]
  const counts = new Map<ItemClass, number>()
  const allowed = drafts.filter((draft) => {
    const count = (counts.get(draft.class) ?? 0) + 1
    counts.set(draft.class, count)
    return count <= MOST[draft.class]
  })
  return trimmed(allowed).map((draft, index) => ({ id: `q${index + 1}`, ...draft }))
}

/** Too many: the state is asked for less; constraints are never dropped for it. */
function trimmed(drafts: readonly Draft[]): readonly Draft[] {
  let surplus = drafts.length - MOST_ITEMS
  return [...drafts]
    .reverse()
    .filter((draft) => draft.class !== 'state' || surplus-- <= 0)
    .reverse()
    .slice(0, MOST_ITEMS)
}

function fileItems({ edited, others }: ProbeFacts, seed: string): readonly Draft[] {
  if (edited.length === 0) return []
  const values = shuffled([...new Set(edited)], seed).slice(0, FILES_ASKED)
  const options = shuffled([...values, ...decoys(values, edited, others)], `${seed} options`)
  if (options.length === values.length) return []
  const question = `Which of these files were modified in this session: ${options.join(', ')}? Answer with a list of paths.`
  return [
    {
      class: 'files',
      question,
      truth: { kind: 'set', values, options },
      fact: `Modified: ${values.join(', ')}`,
    },
  ]
}

/** As many files that were not edited, from the same folders where there are any: far ones are no test. */
function decoys(
  values: readonly string[],
  edited: readonly string[],
  others: readonly string[],
): readonly string[] {
  const touched = new Set(edited)
  const folders = new Set(values.map((path) => posix.dirname(path)))
  const kinds = new Set(values.map((path) => posix.extname(path)))
  const rank = (path: string): number =>
    (folders.has(posix.dirname(path)) ? 0 : 2) + (kinds.has(posix.extname(path)) ? 0 : 1)
  return shuffled(
    [...new Set(others)].filter((path) => !touched.has(path)),
    values.join('\n'),
  )
    .map((path) => ({ path, rank: rank(path) }))
    .sort((left, right) => left.rank - right.rank)
    .slice(0, values.length)
    .map(({ path }) => path)
}

function constraintItems({ ledger, edited, others }: ProbeFacts, seed: string): readonly Draft[] {
  const spoken = ledger.filter(({ source }) => source !== 'scope' && source !== 'decision')
  const order = (source: Constraint['source']): number => (source === 'correction' ? 0 : 1)
  const cloze = [...spoken]
    .sort((left, right) => order(left.source) - order(right.source))
    .flatMap((entry) => clozeItem(entry.text, 'constraints'))
  const may = ledger.flatMap((entry) => mayEdit(entry, [...edited, ...others], seed))
  return [...cloze.slice(0, 3), ...may.slice(0, 2), ...cloze.slice(3)]
}

/** Two paths for a constraint on paths: one that may be written, one that may not. */
function mayEdit(entry: Constraint, paths: readonly string[], seed: string): readonly Draft[] {
  const { checker } = entry
  if (checker?.kind !== 'paths' && checker?.kind !== 'only-paths') return []
  const scope = compileScope(checker.kind === 'paths' ? { include: checker.patterns } : checker)
  const mayWrite = (path: string): boolean => scope.matches(path) === (checker.kind === 'only-paths')
  const candidates = shuffled([...new Set(paths)], seed + entry.id)
  const no = candidates.find((path) => !mayWrite(path))
  const yes = checker.kind === 'only-paths' ? candidates.find(mayWrite) : undefined
  return [no, yes].flatMap((path) => {
    if (path === undefined) return []
    const question = `May you edit \`${path}\` in this session? Answer true or false.`
    return [
      { class: 'constraints', question, truth: { kind: 'boolean', value: path === yes }, fact: entry.text },
    ]
  })
}

/** The sentence with its most telling words left out: what stands in backticks, else after "use", else the longest word. */
export function clozeItem(text: string, kind: 'constraints' | 'decision'): readonly Draft[] {
  const gap = gapOf(text)
  if (gap === null) return []
  const asked = text.slice(0, gap.at) + '____' + text.slice(gap.at + gap.length)
  const what = kind === 'constraints' ? 'a rule of this session' : 'a decision of the operator'
  const question = `Fill the gap in ${what}: "${asked.trim()}"`
  return [{ class: kind, question, truth: { kind: 'keywords', any: [gap.word] }, fact: text }]
}

function gapOf(text: string): { at: number; length: number; word: string } | null {
  const named = /`([^`]+)`/.exec(text)
  if (named !== null) return hidden(text, named.index, named[0].length, named[1] ?? '')
  const used = /\b(?:use|uses|run|prefer|returned as|named|called)\s+([\w./@-]*\w)(?=[\s.,;!]|$)/i.exec(text)
  const object = used?.[1]
  if (used !== null && object !== undefined && contentWords(object).size > 0) {
    return hidden(text, used.index + used[0].length - object.length, object.length, object)
  }
  const longest = [...contentWords(text)]
    .filter((word) => word.length >= 5 && !COMMON.test(word))
    .sort((left, right) => right.length - left.length)[0]
  if (longest === undefined) return null
  const at = text.toLowerCase().indexOf(longest)
  return at === -1 ? null : hidden(text, at, longest.length, longest)
}

const COMMON = /^(?:never|always|should|instead|without|before|after|anything|change|changes|files?|write)$/

/** Null when the rest of the sentence still gives the answer away. */
function hidden(text: string, at: number, length: number, word: string): ReturnType<typeof gapOf> {
  const rest = (text.slice(0, at) + text.slice(at + length)).toLowerCase()
  return word.trim() === '' || rest.includes(word.toLowerCase()) ? null : { at, length, word }
}

function stateItems({ lastTest, port, branch }: ProbeFacts): readonly Draft[] {
  const items: Draft[] = []
  const state = (question: string, truth: Draft['truth'], fact: string): void => {
    items.push({ class: 'state', question, truth, fact })
  }
  if (lastTest !== null) {
    const { command, failed, failing } = lastTest
    const exact = { kind: 'exact', accepted: [command] } as const
    state(
      'Which test command was run last? Answer with the command alone.',
      exact,
      `Last test command: ${command}`,
    )
    if (failed !== null) {
      const fact = `Failing at the last run: ${failed}`
      state(
        'How many tests failed at the last run? Answer with a number.',
        { kind: 'number', value: failed },
        fact,
      )
    }
    if (failing.length > 0) {
      const fact = `Failing tests: ${failing.slice(0, 5).join('; ')}`
      state('Name one test that failed at the last run.', { kind: 'exact', accepted: failing }, fact)
    }
  }
  if (branch !== null) {
    state('On which branch is the work?', { kind: 'exact', accepted: [branch] }, `Branch: ${branch}`)
  }
  if (port !== null) {
    state(
      'Which port was assigned to this session? Answer with a number.',
      { kind: 'number', value: port },
      `Port: ${port}`,
    )
  }
  return items
}

const CHOICE =
  /(`[^`]+`|[\w./@-]*\w)\s*,?\s+(?:instead of|rather than|and not|not|over)\s+(`[^`]+`|[\w./@-]*\w)/i

function decisionItems({ decisions }: ProbeFacts, seed: string): readonly Draft[] {
  return [...decisions].reverse().flatMap((text) => {
    const choice = CHOICE.exec(text)
    const chosen = choice?.[1]?.replaceAll('`', '')
    const refused = choice?.[2]?.replaceAll('`', '')
    if (chosen === undefined || refused === undefined) return clozeItem(text, 'decision')
    const [first, second] = shuffled([chosen, refused], seed + text)
    const question = `Which one was decided on: ${first ?? ''} or ${second ?? ''}? Answer with its name alone.`
    return [{ class: 'decision', question, truth: { kind: 'exact', accepted: [chosen] }, fact: text }]
  })
}

function deadEndItems({ deadEnds, worked }: ProbeFacts, seed: string): readonly Draft[] {
  const values = shuffled([...new Set(deadEnds)], seed).slice(0, FILES_ASKED)
  const decoys = shuffled(
    [...new Set(worked)].filter((text) => !deadEnds.includes(text)),
    seed,
  ).slice(0, FILES_ASKED)
  const fact = `Tried and failed: ${values.join('; ')}`
  if (values.length === 0) return []
  if (decoys.length > 0) {
    const options = shuffled([...values, ...decoys], `${seed} ends`)
    const question = `Which of these were tried and failed: ${options.map((text) => `"${text}"`).join(', ')}? Answer with a list.`
    return [{ class: 'dead ends', question, truth: { kind: 'set', values, options }, fact }]
  }
  const any = [...new Set(values.flatMap(telling))]
  if (any.length === 0) return []
  return [
    {
      class: 'dead ends',
      question: 'Name one approach that was tried and failed.',
      truth: { kind: 'keywords', any },
      fact,
    },
  ]
}

function nextStepItems({ nextStep }: ProbeFacts): readonly Draft[] {
  const any = nextStep === null ? [] : telling(nextStep)
  if (nextStep === null || any.length === 0) return []
  const fact = `Next step: ${nextStep}`
  return [{ class: 'next step', question: 'What is the next step?', truth: { kind: 'keywords', any }, fact }]
}

/** Words by which a free text can be recognised: names with a path, a digit or a capital first, else the three longest. */
function telling(text: string): readonly string[] {
  const words = [...contentWords(text)].filter((word) => word.length >= 4)
  const names = words.filter((word) => /[./_\d@-]/.test(word))
  if (names.length > 0) return names
  return words.sort((left, right) => right.length - left.length).slice(0, 3)
}
