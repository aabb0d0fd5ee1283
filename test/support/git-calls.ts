// Which git commands Quintet has called, told by git itself: every git that inherits GIT_TRACE2_EVENT leaves a file, and ours
// are known by the settings before the subcommand.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ignoring } from '../../src/contract/errors.ts'

/** Only Quintet calls git so; an agent's own git is not counted. */
const OURS = 'core.fsmonitor=false'
const VERB = /^[a-z][a-z-]*$/

/** Calls by subcommand since the last time, which are forgotten then. */
export async function takeCalls(folder: string): Promise<ReadonlyMap<string, number>> {
  const calls = new Map<string, number>()
  for (const name of (await ignoring(['ENOENT'], readdir(folder))) ?? []) {
    const path = join(folder, name)
    const verb = verbIn(await readFile(path, 'utf8'))
    if (verb !== null) calls.set(verb, (calls.get(verb) ?? 0) + 1)
    await rm(path, { force: true })
  }
  return calls
}

/** The subcommand in the events of one git; null when somebody else called it. */
function verbIn(events: string): string | null {
  const start = events.split('\n').find((line) => line.includes('"event":"start"'))
  if (start === undefined) return null
  const { argv }: { readonly argv: readonly string[] } = JSON.parse(start)
  if (!argv.includes(OURS)) return null
  return argv.slice(1).find((word, at) => VERB.test(word) && argv[at] !== '-c') ?? ''
}

/** Has every git that Quintet calls from this process told of, until disposed; `take` gives the subcommands since the last
 *  time, sorted. */
export async function gitCalls(): Promise<AsyncDisposable & { take(): Promise<readonly string[]> }> {
  const folder = await mkdtemp(join(tmpdir(), 'quintet-calls-'))
  process.env['GIT_TRACE2_EVENT'] = folder
  return {
    take: async () =>
      [...(await takeCalls(folder))].flatMap(([verb, count]) => Array<string>(count).fill(verb)).toSorted(),
    [Symbol.asyncDispose]: async () => {
      delete process.env['GIT_TRACE2_EVENT']
      await rm(folder, { recursive: true, force: true })
    },
  }
}
