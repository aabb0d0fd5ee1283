// What the benchmark and the radar in its own process say to each other.

/** What a path of a session is to become: a blob, `deleted`, or `base` again; of the path `HEAD` a commit. */
export interface Expected {
  readonly label: string
  readonly path: string
  readonly result: string
}

export type Asked =
  | ({ readonly ask: 'await'; readonly id: number } & Expected)
  /** An agent has said that it wrote these; relative to its worktree. */
  | { readonly ask: 'hear'; readonly path: string; readonly paths: readonly string[] }
  /** From now on nothing is found by chance. */
  | { readonly ask: 'no rounds' }
  | { readonly ask: 'known'; readonly results: readonly Expected[] }

export type Told =
  | { readonly told: 'ready' }
  | { readonly told: 'waiting'; readonly id: number }
  /** `at`: milliseconds of the clock that all processes of the machine share. */
  | { readonly told: 'noticed'; readonly id: number; readonly at: number }
  | { readonly told: 'known'; readonly missing: number; readonly overflows: number }
