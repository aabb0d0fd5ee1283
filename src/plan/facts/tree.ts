// The files of a commit with their sizes, and which of their contents are here. Looks only.
import { runGit } from '../../git/run.ts'
import { NO_FETCH, NulRecords, streamGit } from '../../git/stream.ts'
import { decode } from '../../git/text.ts'
import { LINK, SUBMODULE } from '../../scope/judge.ts'

export interface TreeFile {
  readonly path: string
  readonly blob: string
  /** 0 where the content is not here. */
  readonly bytes: number
  readonly executable: boolean
  /** A symbolic link: its content is a path. */
  readonly link: boolean
  /** Its content is in the repository; not of a partial clone that has not fetched it. */
  readonly present: boolean
}

export interface FactsTree {
  /** Sorted by path; submodules left out. */
  readonly files: readonly TreeFile[]
  /** Some contents are not here. */
  readonly partial: boolean
}

const EXECUTABLE = '100755'
const LISTING_BYTES = 1024 * 1024 * 1024

/** Lists the files of a tree or commit. */
export async function loadTree(cwd: string, tree: string, signal?: AbortSignal): Promise<FactsTree> {
  const isPartial = await isPartialClone(cwd)
  const missing = isPartial ? await missingObjects(cwd, tree, signal) : new Set<string>()
  const files: TreeFile[] = []
  const records = new NulRecords((record) => {
    const file = parseEntry(record, missing)
    if (file !== null) files.push(file)
  })
  const args = ['ls-tree', '-r', '-z', '--full-tree', ...(isPartial ? [] : ['-l']), tree]
  await streamGit(args, { cwd, op: 'list the files', env: NO_FETCH, signal }, (chunk) => records.add(chunk))
  files.sort((a, b) => (a.path < b.path ? -1 : 1))
  if (!isPartial) return { files, partial: false }
  return { files: await withSizes(cwd, files, signal), partial: missing.size > 0 }
}

/** `<mode> <type> <hash>[ <size>]<tab><path>`. */
function parseEntry(record: Buffer, missing: ReadonlySet<string>): TreeFile | null {
  const tab = record.indexOf(9)
  const [mode = '', , blob = '', size = ''] = record.toString('latin1', 0, tab).split(/ +/)
  if (mode === SUBMODULE) return null
  return {
    path: decode(record.subarray(tab + 1)),
    blob,
    bytes: Number.parseInt(size, 10) || 0,
    executable: mode === EXECUTABLE,
    link: mode === LINK,
    present: !missing.has(blob),
  }
}

async function isPartialClone(cwd: string): Promise<boolean> {
  const { stdout } = await runGit(
    ['config', '--get-regexp', String.raw`^(extensions\.partialclone|remote\..*\.promisor)$`],
    {
      cwd,
      op: 'read the configuration',
      ok: [0, 1],
    },
  )
  return stdout !== ''
}

/** Objects of a tree that would have to be fetched. */
async function missingObjects(
  cwd: string,
  tree: string,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  const { stdout } = await runGit(
    ['rev-list', '--objects', '--no-object-names', '--missing=print', '--no-walk', `${tree}^{tree}`],
    {
      cwd,
      op: 'tell which files are here',
      env: NO_FETCH,
      maxBytes: LISTING_BYTES,
      ...(signal === undefined ? {} : { signal }),
    },
  )
  return new Set(stdout.split('\n').flatMap((line) => (line.startsWith('?') ? [line.slice(1)] : [])))
}

async function withSizes(
  cwd: string,
  files: readonly TreeFile[],
  signal: AbortSignal | undefined,
): Promise<readonly TreeFile[]> {
  const here = [...new Set(files.filter(({ present }) => present).map(({ blob }) => blob))]
  if (here.length === 0) return files
  const { stdout } = await runGit(['cat-file', '--batch-check=%(objectname) %(objectsize)', '--buffer'], {
    cwd,
    op: 'look at the files',
    env: NO_FETCH,
    input: here.map((blob) => `${blob}\n`).join(''),
    maxBytes: LISTING_BYTES,
    ...(signal === undefined ? {} : { signal }),
  })
  const sizes = new Map(
    stdout.split('\n').map((line) => {
      const [blob = '', size] = line.split(' ')
      return [blob, Number(size) || 0] as const
    }),
  )
  return files.map((file) => ({ ...file, bytes: sizes.get(file.blob) ?? 0 }))
}

/** The tree of a commit. Reads the commit alone. Throws `E_GIT`. */
export async function treeHash(cwd: string, commit: string): Promise<string> {
  const { stdout } = await runGit(['log', '-1', '--no-patch', '--format=%T', '--end-of-options', commit], {
    cwd,
    op: 'find the tree',
    env: NO_FETCH,
  })
  return stdout.trim()
}
