// Times several sides of a comparison in turns, A B A B …, in this one process tree: what the machine does meanwhile
// falls on all of them alike.

export interface Side {
  readonly name: string
  /** Not timed; before each run. */
  readonly before?: () => Promise<void>
  readonly run: () => Promise<void>
  /** Not timed; after each run. */
  readonly after?: () => Promise<void>
}

export interface Rounds {
  readonly rounds: number
  /** Rounds that are played first and not counted; default 1. */
  readonly warmUps?: number
  readonly signal: AbortSignal
  /** Told of every counted run. */
  readonly onRun?: (side: string, round: number, milliseconds: number) => void
}

/** Milliseconds of every counted run, by the side's name. */
export async function interleaved(
  sides: readonly Side[],
  { rounds, warmUps = 1, signal, onRun }: Rounds,
): Promise<(side: string) => readonly number[]> {
  const times = new Map<string, number[]>(sides.map(({ name }) => [name, []]))
  for (let round = 1 - warmUps; round <= rounds; round += 1) {
    for (const side of sides) {
      signal.throwIfAborted()
      const milliseconds = await timed(side)
      if (round < 1) continue
      times.get(side.name)?.push(milliseconds)
      onRun?.(side.name, round, milliseconds)
    }
  }
  return (side) => times.get(side) ?? []
}

async function timed({ before, run, after }: Side): Promise<number> {
  await before?.()
  const started = performance.now()
  try {
    await run()
    return performance.now() - started
  } finally {
    await after?.()
  }
}
