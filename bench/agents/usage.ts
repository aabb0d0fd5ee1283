// What the processes of sessions and the daemon use: processor time and memory, read from /proc.
import { readFile } from 'node:fs/promises'
import { ignoring } from '../../src/contract/errors.ts'
import { survivors } from '../../src/process/marker.ts'
import { UNREADABLE } from '../../src/process/table.ts'

/** Of several processes together. */
export interface Usage {
  /** Since each of them began. */
  readonly cpuMs: number
  /** Shared pages are counted once, divided among those who share them. */
  readonly pssMb: number
  readonly rssMb: number
  readonly processes: number
}

const TICK_MS = 10
const OWN = [11, 12] as const
/** With all children that have ended. */
const WITH_CHILDREN = [11, 12, 13, 14] as const

/** Follows processes that come and go; what was seen of one that has ended still counts. */
export class Follower {
  readonly #find: () => Promise<readonly number[]>
  readonly #ticks: readonly number[]
  readonly #cpuMs = new Map<number, number>()

  private constructor(find: () => Promise<readonly number[]>, ticks: readonly number[]) {
    this.#find = find
    this.#ticks = ticks
  }

  /** Every process that bears one of the marks. What runs too briefly to be seen is left out. */
  static ofMarks(markers: readonly string[]): Follower {
    return new Follower(async () => (await Promise.all(markers.map((mark) => survivors(mark)))).flat(), OWN)
  }

  /** One process, with its children that have ended: the programs that it called; or without them. */
  static ofProcess(pid: number, children = true): Follower {
    return new Follower(() => Promise.resolve([pid]), children ? WITH_CHILDREN : OWN)
  }

  /** Looks at them now. */
  async look(): Promise<Usage> {
    const pids = await this.#find()
    const memories = await Promise.all(pids.map((pid) => this.#lookAt(pid)))
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
    return {
      cpuMs: sum([...this.#cpuMs.values()]),
      pssMb: sum(memories.map(({ pssMb }) => pssMb)),
      rssMb: sum(memories.map(({ rssMb }) => rssMb)),
      processes: pids.length,
    }
  }

  async #lookAt(pid: number): Promise<Memory> {
    const [stat, rollup] = await Promise.all(
      ['stat', 'smaps_rollup'].map((file) => ignoring(UNREADABLE, readFile(`/proc/${pid}/${file}`, 'utf8'))),
    )
    if (stat !== undefined) this.#cpuMs.set(pid, parseTicks(stat, this.#ticks) * TICK_MS)
    return parseRollup(rollup ?? '')
  }
}

interface Memory {
  readonly pssMb: number
  readonly rssMb: number
}

/** Fields of /proc/<pid>/stat added up, counted from behind the program's name, which may contain anything. */
function parseTicks(stat: string, wanted: readonly number[]): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return wanted.reduce((total, field) => total + Number(fields[field]), 0)
}

/** Parses /proc/<pid>/smaps_rollup; zero of a process that has ended. */
function parseRollup(text: string): Memory {
  const megabytes = (name: string): number =>
    Number(new RegExp(String.raw`^${name}:\s*(\d+) kB`, 'm').exec(text)?.[1] ?? 0) / 1024
  return { pssMb: megabytes('Pss'), rssMb: megabytes('Rss') }
}
