// Very many saves, in all worktrees at once; afterwards the radar has to know the last state of every file, without being asked
// to look and without looking now and then by itself: what the kernel's watches have not brought is lost. First in bursts that
// the kernel can keep; then in one that it cannot, as the radar reads nothing meanwhile: the loss is to be noticed.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { radarLabel } from '../radar/log.ts'
import { blobOf, type Stage } from './changes.ts'
import type { Expected } from './messages.ts'

const BURST = 1_000
const PAUSE_MS = 300
const PATIENCE_MS = 60_000
/** All worktrees are read by git after it, one after the other. */
const FLOOD_PATIENCE_MS = 180_000
/** Each is two events or more, of which the kernel keeps 16,384. */
const FLOOD = 9_000
const LOOK_EVERY_MS = 500

export interface Saved {
  readonly saves: number
  /** Not known when patience ended. */
  readonly lost: number
  /** From the last save until all were known. */
  readonly knownAfterS: number
  /** How often it was found that events may have been lost. */
  readonly overflows: number
}

/** Saves in bursts of a thousand. */
export async function saveMany(stage: Stage, saves: number): Promise<Saved> {
  const last = new Map<string, Expected>()
  for (let done = 0; done < saves;) {
    done += await burst(stage, { from: done, most: Math.min(BURST, saves - done), share: 1 / 3, last })
    await delay(PAUSE_MS, undefined, { signal: stage.signal })
  }
  return { saves, ...(await known(stage, last, PATIENCE_MS)) }
}

/** More saves at once than the kernel keeps, as far as there are so many files. */
export async function flood(stage: Stage): Promise<Saved> {
  const last = new Map<string, Expected>()
  let saves = 0
  {
    using _halted = stage.radar.halted()
    saves = await burst(stage, { from: 0, most: FLOOD, share: 1, last })
  }
  return { saves, ...(await known(stage, last, FLOOD_PATIENCE_MS)) }
}

interface Burst {
  readonly from: number
  readonly most: number
  /** The part of the files of each session that is written, again and again. */
  readonly share: number
  readonly last: Map<string, Expected>
}

/** The number of saves: no file twice, since which of two writes at once is the last nobody could say. */
async function burst({ repository, sessions }: Stage, { from, most, share, last }: Burst): Promise<number> {
  const owned = sessions.map(({ owns }) =>
    repository.files.filter((file) => owns.some((folder) => file.startsWith(`${folder}/`))),
  )
  const files = Math.ceil(Math.min(...owned.map(({ length }) => length)) * share)
  const count = Math.min(most, files * sessions.length)
  const saves = Array.from({ length: count }, async (_save, at) => {
    const number = from + at
    const index = number % sessions.length
    const path = owned[index]?.[Math.floor(number / sessions.length) % files] ?? ''
    const expected = await save(sessions[index]?.path ?? '', path, number)
    last.set(`${index} ${expected.path}`, { ...expected, label: radarLabel(index) })
  })
  await Promise.all(saves)
  return count
}

async function known(
  { radar, signal }: Stage,
  last: ReadonlyMap<string, Expected>,
  patienceMs: number,
): Promise<Omit<Saved, 'saves'>> {
  const over = performance.now()
  for (;;) {
    const { missing, overflows } = await radar.missing([...last.values()])
    const waited = performance.now() - over
    if (missing === 0 || waited > patienceMs) return { lost: missing, knownAfterS: waited / 1_000, overflows }
    await delay(LOOK_EVERY_MS, undefined, { signal })
  }
}

async function save(root: string, path: string, number: number): Promise<Omit<Expected, 'label'>> {
  const text = `save ${number} ${performance.now()}\n`
  const file = join(root, path)
  if (number % 50 === 7) {
    const made = join(dirname(path), `made${number}`, 'file.js')
    await mkdir(dirname(join(root, made)), { recursive: true })
    await writeFile(join(root, made), text)
    return { path: made, result: blobOf(text) }
  }
  if (number % 50 === 9) {
    await rm(file, { force: true })
    return { path, result: 'deleted' }
  }
  if (number % 3 === 0) {
    await writeFile(`${file}.${number}.tmp`, text)
    await rename(`${file}.${number}.tmp`, file)
  } else await writeFile(file, text)
  return { path, result: blobOf(text) }
}
