// Corrections by the operator. Only strict words count; loose ones ("actually", "instead", "hmm") gave 12 alarms in a
// sample of which at most 2 were plausible. Two corrections are the same one from a word overlap of 0.4 on. Pure.

/** Share of common words from which two corrections count as one said twice. */
export const REPEAT_OVERLAP = 0.4

/** Longer messages are specifications or pasted text; what corrects stands at their beginning. */
const HEAD_CHARS = 240

const STRICT: readonly RegExp[] = [
  /^(?:no|nope|wrong|stop)(?:[,.!:;]|\s+(?:that|this|you|don't|do not|not)\b)/i,
  /\b(?:that|this)(?:'s| is) (?:wrong|not right|not correct|incorrect|not what i\b)/i,
  /\bi (?:already )?(?:said|told you|asked you|asked for)\b(?! if\b)/i,
  /\bas i (?:already )?said\b/i,
  /\byou (?:forgot|ignored|broke|keep|misunderstood|still (?:have not|haven't|did not|didn't|do not|don't))\b/i,
  /\byou (?:were|are) (?:not )?(?:supposed|told|asked) to\b/i,
  /^(?:please )?(?:revert|undo) (?:that|this|it|your|the last)\b/i,
  /^(?:please )?stop \w+ing\b/i,
  /\bwhy (?:did|do|are) you (?:still|again|change|delet|remov|edit|touch|ignor|keep)/i,
  /^(?:again|once more)[,:]/i,
]

/** Whether the operator corrects the agent, by strict words alone. */
export function isCorrection(text: string): boolean {
  const head = text.trim().replace(/[’‘]/g, "'").slice(0, HEAD_CHARS)
  return STRICT.some((pattern) => pattern.test(head))
}
