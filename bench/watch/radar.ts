// The radar in a process of its own, asked from here; and what of the kernel's watches a process has.
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { ignoring } from '../../src/contract/errors.ts'
import type { Asked, Expected, Told } from './messages.ts'

const KEEPER = fileURLToPath(new URL('keeper.ts', import.meta.url))
const GONE = ['ENOENT', 'ESRCH', 'EACCES']

/** As the daemon is started. */
const SMALL_HEAP = '--max-semi-space-size=2'

type Child = ChildProcessByStdio<Writable, Readable, null>

export class WatchedRadar implements AsyncDisposable {
  readonly #child: Child
  readonly #waiting = new Map<string, (told: Told) => void>()
  readonly #ended: Promise<never>
  #count = 0

  private constructor(child: Child) {
    this.#child = child
    this.#ended = once(child, 'exit').then(() => {
      throw new Error('The radar has ended.')
    })
    this.#ended.catch(() => undefined)
    createInterface(child.stdout).on('line', (line) => {
      const told: Told = JSON.parse(line)
      const key = 'id' in told ? `${told.told} ${told.id}` : told.told
      this.#waiting.get(key)?.(told)
      this.#waiting.delete(key)
    })
  }

  /** Starts it; resolves when it has read every worktree. `budget`: watches that it may set, the machine's share without. */
  static async start(
    repository: string,
    database: string,
    options: { readonly labels: readonly string[]; readonly budget: number | null },
  ): Promise<WatchedRadar> {
    const { labels, budget } = options
    const args = [
      KEEPER,
      repository,
      database,
      labels.join(','),
      ...(budget === null ? [] : [String(budget)]),
    ]
    const child = spawn(process.execPath, [SMALL_HEAP, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
    const radar = new WatchedRadar(child)
    await radar.#told('ready')
    return radar
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  hear(path: string, paths: readonly string[]): void {
    this.#ask({ ask: 'hear', path, paths })
  }

  /** Milliseconds from before `act` until the radar knows what is expected; null when it does not within `patienceMs`. */
  async notices(expected: Expected, act: () => Promise<unknown>, patienceMs: number): Promise<number | null> {
    const id = (this.#count += 1)
    const waits = this.#told(`waiting ${id}`)
    const noticed = this.#told(`noticed ${id}`)
    this.#ask({ ask: 'await', id, ...expected })
    await waits
    const began = Number(process.hrtime.bigint()) / 1e6
    await act()
    const over = Promise.withResolvers<null>()
    const timer = setTimeout(() => over.resolve(null), patienceMs)
    const told = await Promise.race([noticed, over.promise])
    clearTimeout(timer)
    return told?.told === 'noticed' ? told.at - began : null
  }

  /** From now on it looks at nothing of its own accord: what is lost stays unknown. */
  withoutRounds(): void {
    this.#ask({ ask: 'no rounds' })
  }

  /** How many of these it does not know, and how often it found that events may have been lost. */
  async missing(
    results: readonly Expected[],
  ): Promise<{ readonly missing: number; readonly overflows: number }> {
    const told = this.#told('known')
    this.#ask({ ask: 'known', results })
    const known = await told
    return known.told === 'known' ? known : { missing: results.length, overflows: 0 }
  }

  /** Keeps it from reading what the kernel tells, until disposed. */
  halted(): Disposable {
    this.#child.kill('SIGSTOP')
    return { [Symbol.dispose]: () => void this.#child.kill('SIGCONT') }
  }

  #ask(asked: Asked): void {
    this.#child.stdin.write(`${JSON.stringify(asked)}\n`)
  }

  #told(key: string): Promise<Told> {
    const told = new Promise<Told>((resolve) => this.#waiting.set(key, resolve))
    return Promise.race([told, this.#ended])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.stdin.end()
    await ended
  }
}

/** Instances and watches that a process has of the kernel. */
export async function kernelWatches(
  pid: number,
): Promise<{ readonly instances: number; readonly watches: number }> {
  let [instances, watches] = [0, 0]
  for (const fd of (await ignoring(GONE, readdir(`/proc/${pid}/fd`))) ?? []) {
    const target = await ignoring(GONE, readlink(`/proc/${pid}/fd/${fd}`))
    if (target !== 'anon_inode:inotify') continue
    instances += 1
    const info = (await ignoring(GONE, readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))) ?? ''
    watches += info.split('\n').filter((line) => line.startsWith('inotify ')).length
  }
  return { instances, watches }
}
