// Lines in info/exclude: git overlooks what is Quintet's own in a worktree. What was added is written down first, so that
// it can be taken out again to the byte, and nothing else is.
import { appendFile, mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { errnoOf, ignoring, NOT_READABLE } from '../contract/errors.ts'
import { stateFolder, type Repository } from './repository.ts'
import { withRegistry } from './worktree.ts'

const Added = v.object({
  lines: v.array(v.string()),
  /** There was no such file before. */
  made: v.boolean(),
  /** The last line before them had no end. */
  open: v.boolean(),
})
type Added = v.InferOutput<typeof Added>

/** Makes git overlook untracked files that match `patterns`, in all worktrees; lines that are there already stay single. */
export async function excludeFromStatus(repo: Repository, patterns: readonly string[]): Promise<void> {
  const file = excludeFile(repo)
  await withRegistry(repo, async () => {
    const found = await textOf(file)
    const text = found ?? ''
    const present = new Set(text.split(/\r?\n/))
    const missing = [...new Set(patterns.map(bytesOf))].filter((pattern) => !present.has(pattern))
    if (missing.length === 0) return
    const open = text !== '' && !text.endsWith('\n')
    await noteAdded(repo, { lines: missing, made: found === undefined, open }, present)
    await mkdir(dirname(file), { recursive: true })
    // Appended in one write, so that the file, which may be a link, keeps its place, mode and content.
    await appendFile(file, `${open ? '\n' : ''}${missing.join('\n')}\n`, 'latin1')
  })
}

/** Writes down what is about to be added; `present`: the lines that are there. Where that cannot be, the lines are added all
 *  the same, and stay. */
async function noteAdded(repo: Repository, added: Added, present: ReadonlySet<string>): Promise<void> {
  const before = await loadAdded(repo)
  if (before === 'unreadable') {
    const lines = added.lines.join(', ')
    process.emitWarning(`${addedFile(repo)} cannot be read: ${excludeFile(repo)} keeps ${lines} for good.`)
    return
  }
  const continued = before?.lines.some((line) => present.has(line)) === true
  await writeAdded(repo, {
    ...(continued ? before : added),
    lines: [...new Set([...(before?.lines ?? []), ...added.lines])],
  })
}

/** Takes out what `excludeFromStatus` has added, and nothing that was there before. Under the registry's lock. */
export async function removeExcluded(repo: Repository): Promise<void> {
  const added = await loadAdded(repo)
  if (added === null || added === 'unreadable') return
  const file = excludeFile(repo)
  const text = await textOf(file)
  const left = text === undefined ? undefined : withoutAdded(text, added)
  if (left === '' && added.made) await rm(await resolved(file), { force: true })
  else if (left !== undefined && left !== text) await replace(await resolved(file), left)
  await rm(addedFile(repo), { force: true })
}

function withoutAdded(text: string, { lines, open }: Added): string {
  const kept = text.split('\n')
  let atEnd = true
  for (const line of lines.toReversed()) {
    const at = kept.lastIndexOf(line)
    if (at === -1) continue
    atEnd &&= at === kept.length - 2 && kept.at(-1) === ''
    kept.splice(at, 1)
  }
  const left = kept.join('\n')
  return open && atEnd && left.length < text.length ? left.replace(/\n$/, '') : left
}

const excludeFile = ({ commonDir }: Repository): string => join(commonDir, 'info', 'exclude')
const addedFile = (repo: Repository): string => join(stateFolder(repo), 'excluded.json')

/** Patterns are compared as bytes, as git does. */
const bytesOf = (pattern: string): string => Buffer.from(pattern).toString('latin1')

const textOf = (file: string): Promise<string | undefined> => ignoring(['ENOENT'], readFile(file, 'latin1'))

const resolved = async (file: string): Promise<string> => (await ignoring(['ENOENT'], realpath(file))) ?? file

/** Null also for what is not ours. */
async function loadAdded(repo: Repository): Promise<Added | null | 'unreadable'> {
  try {
    const text = await readFile(addedFile(repo), 'utf8')
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Added), text)
    return parsed.success ? parsed.output : null
  } catch (error) {
    const code = errnoOf(error) ?? ''
    if (code === 'ENOENT') return null
    if (NOT_READABLE.includes(code)) return 'unreadable'
    throw error
  }
}

async function writeAdded(repo: Repository, added: Added): Promise<void> {
  const file = addedFile(repo)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(`${file}.tmp`, `${JSON.stringify(added)}\n`)
  await rename(`${file}.tmp`, file)
}

async function replace(file: string, text: string): Promise<void> {
  const draft = `${file}.quintet`
  const { mode } = await stat(file)
  await rm(draft, { force: true })
  await writeFile(draft, text, { encoding: 'latin1', mode: mode & 0o777 })
  await rename(draft, file)
}
