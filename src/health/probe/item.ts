// Questions whose answers are known, because they come from our own log. Types alone.

export const ITEM_CLASSES = ['files', 'constraints', 'state', 'decision', 'dead ends', 'next step'] as const
export type ItemClass = (typeof ITEM_CLASSES)[number]

/** What counts as right, decided without a model. */
export type Truth =
  /** All and only these, among the options; scored by F1. */
  | { readonly kind: 'set'; readonly values: readonly string[]; readonly options: readonly string[] }
  /** One of these, up to case and white space. */
  | { readonly kind: 'exact'; readonly accepted: readonly string[] }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** Any one of these words within the answer. */
  | { readonly kind: 'keywords'; readonly any: readonly string[] }

export interface ProbeItem {
  /** `q1`, `q2` …: its key in the answer. */
  readonly id: string
  readonly class: ItemClass
  readonly question: string
  readonly truth: Truth
  /** What is lost when it is not known, for the operator and the re-statement; word for word. */
  readonly fact: string
}
