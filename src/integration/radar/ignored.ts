// What git ignores in a live worktree, asked for several paths at a time and remembered within bounds.
import { QuintetError } from '../../contract/errors.ts'
import { ignoredAmong } from '../../git/hunks.ts'

const MOST_IGNORED = 20_000

export interface Asker {
  /** The worktree. */
  readonly path: string
  /** Known answers. */
  readonly ignored: Map<string, boolean>
  /** Paths that git is being asked about. */
  readonly asking: Map<string, Promise<ReadonlyMap<string, boolean>>>
}

/** Asks git which of these are ignored, and keeps the answers; who wants to know one of them meanwhile waits for them. */
export async function askIgnored(
  { path: cwd, ignored, asking }: Asker,
  asked: readonly string[],
  path: string,
): Promise<ReadonlyMap<string, boolean>> {
  const answers = ignoredOf(cwd, asked, path)
  for (const one of asked) asking.set(one, answers)
  try {
    if (ignored.size + asked.length > MOST_IGNORED) ignored.clear()
    for (const [one, answer] of await answers) ignored.set(one, answer)
    return await answers
  } finally {
    for (const one of asked) asking.delete(one)
  }
}

/** What git ignores of all that is asked; of `path` alone where one of the others cannot be asked for, as what lies behind a
 *  link. */
async function ignoredOf(
  cwd: string,
  asked: readonly string[],
  path: string,
): Promise<ReadonlyMap<string, boolean>> {
  try {
    const found = await ignoredAmong(cwd, asked)
    return new Map(asked.map((one) => [one, found.has(one)]))
  } catch (error) {
    if (!(error instanceof QuintetError) || asked.length === 1) throw error
    return new Map([[path, (await ignoredAmong(cwd, [path])).has(path)]])
  }
}
