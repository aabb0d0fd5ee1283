// What clean-up has saved, as `quintet recover` lists it.

export interface SavedThing {
  /** As `quintet recover <name>` takes it. */
  readonly name: string
  /** `state`: what a worktree held that git could see. `files`: what it could not see. `trash`: not emptied yet. */
  readonly kind: 'state' | 'files' | 'trash'
  /** Milliseconds since the epoch. */
  readonly at: number
  /** What it is, in a line. */
  readonly text: string
  /** The reference or folder that holds it. */
  readonly place: string
}

/** Where something was brought back to. */
export type Recovered =
  | { readonly name: string; readonly branch: string }
  | { readonly name: string; readonly folder: string }
