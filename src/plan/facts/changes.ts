// What a commit changed, read from raw differences: its paths, and which of them are old files under new names. Pure.

export interface CommitChanges {
  readonly commit: string
  /** Seconds since 1970. */
  readonly time: number
  /** Files that it touched, under the names they have behind it; of wide commits none. */
  readonly paths: readonly string[]
  /** How many there are. */
  readonly width: number
  readonly renames: readonly (readonly [from: string, to: string])[]
}

/** Paths of wider commits are not kept: they are moves and formatting. */
const WIDEST_KEPT = 400
const BEGIN = '\u0001'
const EMPTY_BLOBS: ReadonlySet<string> = new Set([
  'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391',
  '473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813',
])

interface Entry {
  readonly status: string
  readonly from: string
  readonly to: string
  readonly path: string
}

/** Reads the records of `git diff-tree --stdin -z --raw --no-renames` with a line `\x01<hash> <time>` before each commit. */
export class ChangeReader {
  readonly #each: (changes: CommitChanges) => void
  #header: string | null = null
  #meta: string | null = null
  #entries: Entry[] = []

  constructor(each: (changes: CommitChanges) => void) {
    this.#each = each
  }

  /** One record, without its NUL. */
  add(record: string): void {
    const text = record.startsWith('\n') ? record.slice(1) : record
    if (this.#meta !== null) {
      const [, , from = '', to = '', status = ''] = this.#meta.split(' ')
      this.#entries.push({ status, from, to, path: record })
      this.#meta = null
    } else if (text.startsWith(BEGIN)) {
      this.end()
      this.#header = text.slice(1)
    } else if (text.startsWith(':')) this.#meta = text
  }

  /** The last commit has come whole. */
  end(): void {
    if (this.#header === null) return
    const [commit = '', time = ''] = this.#header.trim().split(' ')
    this.#each(changesOf(this.#entries, commit, Number(time)))
    this.#header = null
    this.#entries = []
  }
}

function changesOf(entries: readonly Entry[], commit: string, time: number): CommitChanges {
  const renames = renamesAmong(entries)
  const moved = new Set(renames.map(([from]) => from))
  const paths = entries.map(({ path }) => path).filter((path) => !moved.has(path))
  return { commit, time, paths: paths.length > WIDEST_KEPT ? [] : paths, width: paths.length, renames }
}

/** A file that went and one that came are one file: with the same content; else with the same name in another folder, or
 *  in the same folder with another ending, where there is just one of each. */
function renamesAmong(entries: readonly Entry[]): readonly (readonly [string, string])[] {
  const gone = entries.filter(({ status, from }) => status === 'D' && !EMPTY_BLOBS.has(from))
  const come = entries.filter(({ status, to }) => status === 'A' && !EMPTY_BLOBS.has(to))
  if (gone.length === 0 || come.length === 0) return []
  const found: (readonly [string, string])[] = []
  const keys: ((entry: Entry) => string)[] = [
    ({ status, from, to, path }) => `${status === 'D' ? from : to} ${nameOf(path)}`,
    ({ status, from, to }) => (status === 'D' ? from : to),
    ({ path }) => path.slice(0, path.length - endOf(path).length),
    ({ path }) => nameOf(path),
  ]
  let left = { gone, come }
  for (const key of keys) {
    const pairs = paired(left.gone, left.come, key)
    found.push(...pairs)
    const taken = new Set(pairs.flat())
    left = {
      gone: left.gone.filter(({ path }) => !taken.has(path)),
      come: left.come.filter(({ path }) => !taken.has(path)),
    }
    if (left.gone.length === 0 || left.come.length === 0) break
  }
  return found
}

function paired(
  gone: readonly Entry[],
  come: readonly Entry[],
  key: (entry: Entry) => string,
): readonly (readonly [string, string])[] {
  const before = grouped(gone, key)
  const after = grouped(come, key)
  return [...before].flatMap(([name, [from, ...others]]): (readonly [string, string])[] => {
    const [to, ...more] = after.get(name) ?? []
    if (from === undefined || to === undefined || others.length > 0 || more.length > 0) return []
    return [[from.path, to.path]]
  })
}

function grouped(
  entries: readonly Entry[],
  key: (entry: Entry) => string,
): ReadonlyMap<string, readonly Entry[]> {
  const groups = new Map<string, Entry[]>()
  for (const entry of entries) {
    const name = key(entry)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [entry])
    else group.push(entry)
  }
  return groups
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function endOf(path: string): string {
  const name = nameOf(path)
  const dot = name.lastIndexOf('.')
  return dot <= 0 ? '' : name.slice(dot)
}
