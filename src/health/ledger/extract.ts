// Constraint sentences of an English text. Conservative: a sentence counts only when it is a demand by its grammar (an
// imperative, or a strong modal verb), not because a strong word stands somewhere in it. Of what operators write to
// agents most sentences with "only" or "never" describe the program and demand nothing. Pure.

const MIN_CHARS = 8
const MAX_CHARS = 300

/** Of a longer text (a pasted log) only the beginning is read. */
const TEXT_CHARS = 50_000

/** What may come before an imperative. */
const LEAD =
  /^(?:(?:and|but|so|then|also|ok|okay|yes|no|please|again|note|important|remember|just)\b[,:!]?\s*(?:that\s+)?)+/i

const DEMANDS: readonly RegExp[] = [
  /^(?:do not|don't|never|always)\s+[a-z]/i,
  /^(?:use|run|prefer|call|write|import)\s+.+?\s+(?:instead of|rather than|and not|never)\s+\S/i,
  /^(?:use|run|prefer|call|write|import)\s+[^,]+,\s+not\s+\S/i,
  /^only\s+(?:ever\s+)?(?:use|edit|change|modify|touch|write|run|add|commit|call|import|work)\b/i,
  /^(?:use|edit|change|modify|touch|write|run|work)\s+only\b/i,
  /^no (?:new|additional|further|extra|other|external)\s+[a-z]/i,
  /^(?:avoid|refrain from)\s+[a-z]/i,
  /^stop\s+\w+ing\b/i,
  /^(?:stay|keep) (?:on|within|inside)\b/i,
  /^instead of\s+[^,]+,\s+(?:use|run|call|write)\b/i,
]

const MODALS =
  /\b(?:must|must not|mustn't|must never|must always|shall not|should never|should always|may not|is not allowed to|are not allowed to|is forbidden|are forbidden)\s+(?:not |never |always |only )?[a-z]/i

/** Begins like a demand and is none. */
const IDIOMS =
  /^(?:don't|do not|never)\s+(?:worry|know|mind|think|see|have|get|understand|forget|hesitate|want|need|we|you|they|i)\b|\bmust\s+(?:have|be (?:a|an|the|some|something|because|due|wrong))\b|\bmay not (?:be|have|work|need|exist)\b/i

const CODE =
  /[{};=]\s*$|=>|^\s*(?:\/\/|[|$>+]|import |func |const |def |class |at )|^\d{4}-\d\d-\d\d|\w+\.go:\d/

/** The sentences of a text that demand something, as written, each once. */
export function constraintSentences(text: string): readonly string[] {
  const found = new Set<string>()
  for (const sentence of sentencesOf(text)) if (isDemand(sentence)) found.add(sentence)
  return [...found]
}

/** The sentences and list items of a text, without code blocks, quotations, tables and pasted output. */
export function sentencesOf(text: string): readonly string[] {
  const prose = text
    .slice(0, TEXT_CHARS)
    .replace(/[’‘]/g, "'")
    .replace(/```[\s\S]*?(?:```|$)/g, '\n')
    .replace(/<([a-z-]+)>[\s\S]*?<\/\1>/g, '\n')
  return prose.split(/\r?\n/).flatMap((line) => {
    if (CODE.test(line)) return []
    const bare = line.replace(/^\s*(?:[-*•]|\d+[.)]|#+)\s+/, '').replace(/^\[[ x]\]\s+/i, '')
    return splitSentences(bare).map((sentence) => sentence.trim())
  })
}

/** A full stop ends a sentence before a space and a capital, a quotation or a mark; so `a.ts` and `e.g. x` hold together. */
function splitSentences(line: string): readonly string[] {
  return line.split(/(?<=[^.\s]{2}[.!?]["')`]?)\s+(?=["'`([*A-Z])|(?<=[!?])\s+/)
}

function isDemand(sentence: string): boolean {
  if (sentence.length < MIN_CHARS || sentence.length > MAX_CHARS || /\?["')*]*$/.test(sentence)) return false
  const plain = sentence.replace(/\*\*|__/g, '')
  if (
    MODALS.test(plain) &&
    !IDIOMS.test(plain) &&
    !/^(?:if|i|we|it|maybe|perhaps)\s+(?:think|guess|wonder)/i.test(plain)
  ) {
    return true
  }
  return clauses(plain).some((clause) => {
    const bare = clause.replace(LEAD, '')
    return DEMANDS.some((pattern) => pattern.test(clause) || pattern.test(bare)) && !IDIOMS.test(bare)
  })
}

/** The sentence, and what follows each comma, colon, dash or parenthesis: an imperative may stand behind a condition. */
function clauses(sentence: string): readonly string[] {
  const later = [...sentence.matchAll(/([,;:(—–]|\s-\s)\s*/g)]
    .map((mark) => sentence.slice(mark.index + mark[0].length))
    // "… collapses everything — always session 0's" demands nothing.
    .filter((clause) => !/^always\b/i.test(clause) || /^if\b/i.test(sentence))
  return [sentence, ...later]
}
