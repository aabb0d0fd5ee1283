// The program that hooks call: `tool <record>` judges what an agent is about to do, `staged <record>` the paths of a
// commit; what is judged comes on standard input. `rules <record>` gives the session's rules to the model. 0: nothing speaks against it. 2: refused, with the reason on standard
// error; so is everything that goes wrong, and what takes too long, because agents take any other code for consent.
import { readdirSync, readFileSync, realpathSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseGuardRecord, rulesFile, type GuardRecord } from '../../../contract/guard.ts'
import { errnoOf } from '../../../contract/errors.ts'
import { recordedMap } from '../../../scope/recorded.ts'
import { gitObjection } from './git.ts'
import { parseDeeds } from './input.ts'
import { objection, type Objection } from './verdict.ts'
import { commitRefusal, toolRefusal } from './words.ts'

const REFUSED = 2
/** Far below the time limit of the hook itself, after which the agent would go on. */
const LIMIT_MS = 10_000
const MAX_BYTES = 64 * 1024 * 1024

process.on('uncaughtException', (error) => refuse(`The guard failed, so this is refused: ${error.message}`))
setTimeout(() => refuse('The guard was not done in time, so this is refused.'), LIMIT_MS)

const [mode, file] = process.argv.slice(2)
if (mode === 'rules') giveRules(file)
const record = loadRecord(file)
const judge = mode === 'staged' ? judgeStaged : judgeTool
const refusal = await judge(record, await standardInput())
if (refusal !== null) refuse(refusal)
process.exit(0)

/** The session's rules, as a hook gives context to a model; nothing where the agent has them otherwise. */
function giveRules(path: string | undefined): never {
  const rules = path === undefined ? null : textOf(rulesFile(path))
  if (rules !== null) {
    const hookSpecificOutput = { hookEventName: 'SessionStart', additionalContext: rules }
    writeSync(1, JSON.stringify({ hookSpecificOutput }))
  }
  process.exit(0)
}

function refuse(reason: string): never {
  process.stderr.write(`${reason}\n`)
  process.exit(REFUSED)
}

function loadRecord(path: string | undefined): GuardRecord {
  const found = path === undefined ? null : parseGuardRecord(readFileSync(path, 'utf8'))
  return found ?? refuse(`The record of the session's guards cannot be read: ${path ?? 'none was named'}.`)
}

async function standardInput(): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk)
    chunks.push(bytes)
    size += bytes.length
    if (size > MAX_BYTES) refuse('The guard was given more than it can judge, so this is refused.')
  }
  return Buffer.concat(chunks).toString('utf8')
}

async function judgeTool(record: GuardRecord, text: string): Promise<string | null> {
  const deeds = parseDeeds(text)
  if (deeds === null) return 'The guard cannot tell what this would write, so it is refused.'
  const map = recordedMap(record)
  const lookups = { real: realPath, worktrees: () => otherWorktrees(record) }
  const found = deeds.writes.flatMap((write) => objection(record, map, { write, lookups }) ?? [])
  const standing = await withoutIgnored(record, found)
  const git = deeds.commands.flatMap((command) => gitObjection(record, command) ?? [])
  const reasons = new Set([...standing.map(({ why }) => why), ...git])
  return reasons.size === 0 ? null : toolRefusal(record, [...reasons])
}

function judgeStaged(record: GuardRecord, text: string): Promise<string | null> {
  const map = recordedMap(record)
  const foreign = text.split('\0').filter((path) => path !== '' && !map.owns(record.piece, path))
  return Promise.resolve(foreign.length === 0 ? null : commitRefusal(record, foreign, map))
}

/** Resolves the part of a path that exists. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '') || dirname(path) === path) throw error
    return join(realPath(dirname(path)), basename(path))
  }
}

function otherWorktrees({ commonDir, gitDir }: GuardRecord): readonly string[] {
  const folder = join(commonDir, 'worktrees')
  return readdirSync(folder)
    .filter((id) => join(folder, id) !== gitDir)
    .flatMap((id) => {
      const link = textOf(join(folder, id, 'gitdir'))
      return link === null ? [] : [dirname(link.trimEnd())]
    })
}

/** A worktree may be struck off while it is looked at. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) throw error
    return null
  }
}

/** Files that git ignores are in no commit and so reach nobody. Git is asked, and loaded, only where it matters. */
async function withoutIgnored(
  { worktree }: GuardRecord,
  found: readonly Objection[],
): Promise<readonly Objection[]> {
  const paths = found.flatMap(({ unlessIgnored }) => unlessIgnored ?? [])
  if (paths.length === 0) return found
  const { records, runGit } = await import('../../../git/run.ts')
  // A pattern may mean folders alone, and the folder may not be there.
  const input = paths.flatMap((path) => [path, `${path}/`]).map((path) => `${path}\0`)
  const { stdout } = await runGit(['check-ignore', '-z', '--stdin'], {
    cwd: worktree,
    op: 'ask what is ignored',
    ok: [0, 1],
    input: input.join(''),
  })
  const ignored = new Set(records(stdout).map((path) => path.replace(/\/$/, '')))
  return found.filter(({ unlessIgnored }) => unlessIgnored === null || !ignored.has(unlessIgnored))
}
