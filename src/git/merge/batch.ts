// Many merges in one process, each over the merge base of its two commits, as merge.ts makes one.
import { mergeSettings, type TreeMerge } from './merge.ts'
import { records, runGit } from '../run.ts'

export interface MergeBatchOptions {
  readonly cwd: string
  /** Where objects are written, when not to the repository. */
  readonly env?: Readonly<Record<string, string>>
  /** From `mergeSettings`, where they were asked for already. */
  readonly settings?: readonly string[]
  readonly signal?: AbortSignal
}

const MAX_BYTES = 512 * 1024 * 1024

/** Merges pairs of commits; the results in their order. Commits without common history are merged over nothing. */
export async function mergePairs(
  pairs: readonly (readonly [ours: string, theirs: string])[],
  { cwd, env, settings, signal }: MergeBatchOptions,
): Promise<readonly TreeMerge[]> {
  if (pairs.length === 0) return []
  const pinned = settings ?? (await mergeSettings(cwd))
  const flags = ['--stdin', '--name-only', '--no-messages', '--allow-unrelated-histories']
  const { stdout } = await runGit([...pinned, 'merge-tree', ...flags], {
    cwd,
    op: 'merge pairs of commits',
    input: pairs.map(([ours, theirs]) => `${ours} ${theirs}\n`).join(''),
    maxBytes: MAX_BYTES,
    writes: 'store',
    ...(env === undefined ? {} : { env }),
    ...(signal === undefined ? {} : { signal }),
  })
  return parseMerges(stdout)
}

/** Parses `merge-tree --stdin`: per merge `1` or `0`, the tree, the conflicting files, and an empty record. */
function parseMerges(output: string): readonly TreeMerge[] {
  const merges: TreeMerge[] = []
  const fields = records(output)
  for (let at = 0; at < fields.length;) {
    const end = fields.indexOf('', at)
    const [clean = '', tree = '', ...files] = fields.slice(at, end === -1 ? undefined : end)
    merges.push(
      clean === '1' ? { kind: 'clean', tree } : { kind: 'conflict', tree, files: [...new Set(files)] },
    )
    at = end === -1 ? fields.length : end + 1
  }
  return merges
}
