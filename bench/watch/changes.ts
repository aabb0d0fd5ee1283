// Changes of every kind, one after the other, each timed from before it is made until the radar has taken it in.
import { createHash } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { radarLabel, type LoggedRun } from '../radar/log.ts'
import { git } from '../scratch.ts'
import type { Expected } from './messages.ts'
import type { WatchedRadar } from './radar.ts'
import type { FolderedRepository } from './repository.ts'

export interface Stage {
  readonly radar: WatchedRadar
  readonly repository: FolderedRepository
  readonly sessions: LoggedRun['sessions']
  readonly signal: AbortSignal
}

/** What is not noticed until then counts as lost. */
const PATIENCE_MS = 120_000

interface Place {
  readonly index: number
  readonly round: number
  readonly root: string
  /** Tracked files that the session owns, none of them used by another round. */
  readonly files: readonly string[]
}

type Change = (
  place: Place,
  text: string,
) => Promise<{
  readonly path: string
  readonly result: string
  readonly act: () => Promise<unknown>
}>

const CHANGES: Readonly<Record<string, Change>> = {
  save: async ({ root, files }, text) => at(root, files[0], text, (file) => writeFile(file, text)),
  'atomic save': async ({ root, files }, text) =>
    at(root, files[1], text, async (file) => {
      await writeFile(`${file}.tmp`, text)
      await rename(`${file}.tmp`, file)
    }),
  'new folder': async ({ root, files, round }, text) =>
    at(root, join(dirname(files[2] ?? ''), `new${round}/deep/file.js`), text, async (file) => {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
    }),
  deletion: async ({ root, files: [, , , path = ''] }) => ({
    path,
    result: 'deleted',
    act: () => rm(join(root, path)),
  }),
  'git checkout': async ({ root, files: [, , , path = ''] }) => ({
    path,
    result: 'base',
    act: () => git(root, 'checkout', '--quiet', 'HEAD', '--', path),
  }),
  'git commit': async ({ root, files: [path = ''], round }) => {
    await git(root, 'add', path)
    // Made first, so that its name is known; the branch moves when it is measured.
    const tree = await git(root, 'write-tree')
    const result = await git(root, 'commit-tree', tree, '-p', 'HEAD', '-m', `Round ${round}`)
    return { path: 'HEAD', result, act: () => git(root, 'reset', '--quiet', '--soft', result) }
  },
}

/** Times in milliseconds by kind of change; infinite where one was not noticed. */
export async function measureChanges(
  stage: Stage,
  rounds: number,
  kind: string,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const times = new Map<string, number[]>()
  for (let round = 0; round < rounds; round += 1) {
    stage.signal.throwIfAborted()
    const place = placeOf(stage, round)
    // The session is at work: its agent has just said that it wrote a file.
    stage.radar.hear(place.root, [place.files[4] ?? ''])
    for (const [what, change] of Object.entries(CHANGES)) {
      const { path, result, act } = await change(place, `${kind} ${what} ${round}\n`)
      const expected: Expected = { label: radarLabel(place.index), path, result }
      const ms = (await stage.radar.notices(expected, act, PATIENCE_MS)) ?? Number.POSITIVE_INFINITY
      times.set(what, [...(times.get(what) ?? []), ms])
    }
  }
  return times
}

function placeOf({ repository, sessions }: Stage, round: number): Place {
  const index = round % sessions.length
  const { path: root, owns } = sessions[index] ?? { path: '', owns: [] }
  const owned = repository.files.filter((file) => owns.some((folder) => file.startsWith(`${folder}/`)))
  // The deepest folders, which are the last to be given a watch; other ones each time.
  const from = owned.length - 10 * (Math.floor(round / sessions.length) + 1)
  return { index, round, root, files: owned.slice(from, from + 5) }
}

async function at(
  root: string,
  path: string | undefined,
  text: string,
  write: (file: string) => Promise<void>,
): ReturnType<Change> {
  const name = path ?? ''
  return { path: name, result: blobOf(text), act: () => write(join(root, name)) }
}

/** The name that git gives to a text. */
export function blobOf(text: string): string {
  return createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex')
}
