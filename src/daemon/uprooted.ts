// A daemon whose repository was deleted, replaced or moved away: its lock and its database are files that nobody else can
// open, and what stands at its paths now is another's. So nothing is finished, saved or taken back there: it ends as if it
// were killed, and takes along what it has started. Where the repository is now, the next daemon goes on.
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf } from '../contract/errors.ts'
import { signalGroup, signalProcess } from '../process/group.ts'
import { descendants, processTable } from '../process/table.ts'

const LOOK_MS = 200

export interface Ground extends Disposable {
  /** Resolves if the repository is there still; never, if it is not. */
  readonly firm: () => Promise<void>
}

/** Ends this process soon after `file`, which it holds open, is not what stands at its path any more; looked at regularly
 *  until disposed. */
export function standOn(file: string, end: (file: string) => Promise<unknown> = endUprooted): Ground {
  const own = identityOf(file)
  let ending: Promise<unknown> | null = null
  const firm = async (): Promise<void> => {
    if (ending === null && stands(file, own)) return
    await (ending ??= end(file))
    await new Promise<never>(() => undefined)
  }
  const timer = setInterval(() => void firm(), LOOK_MS)
  timer.unref()
  return { firm, [Symbol.dispose]: () => clearInterval(timer) }
}

/** What cannot be looked at counts as there. */
function stands(file: string, own: string): boolean {
  try {
    return identityOf(file) === own
  } catch (error) {
    return !['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')
  }
}

function identityOf(file: string): string {
  const { dev, ino } = statSync(file, { bigint: true })
  return `${dev}:${ino}`
}

/** In one turn of the event loop, so that nobody here learns of a death and acts on it. */
async function endUprooted(file: string): Promise<never> {
  const table = await processTable()
  const below = descendants(process.pid, table)
  const own = table.find(({ pid }) => pid === process.pid)?.group
  process.stderr.write(
    `${dirname(file)} was moved, replaced or deleted: this daemon ends, and writes nothing there.\n`,
  )
  for (const { pid, group } of below) {
    if (group !== own) signalGroup(group, 'SIGKILL')
    signalProcess(pid, 'SIGKILL')
  }
  process.exit(1)
}
