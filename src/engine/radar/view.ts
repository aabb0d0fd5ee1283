// The radar as it is shown: states of the pairs, the lines of both sides, what both are about, and what can be done.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type {
  RadarLines,
  RadarPair,
  RadarPlace,
  RadarSemantic,
  RadarSession,
  RadarView,
} from '../../contract/radar.ts'
import { ignoring, QuintetError } from '../../contract/errors.ts'
import { decode } from '../../git/text.ts'
import { listWorktrees } from '../../git/worktree.ts'
import type { PathClash } from '../../integration/radar/matrix.ts'
import type { PairStatus } from '../../integration/radar/live.ts'
import { linesOf } from '../../integration/radar/line-diff.ts'
import { meetings } from '../../integration/radar/sweep.ts'
import { sessionWorkflowId } from '../names.ts'
import { loadRunInput, sessionSpec } from '../session/spec.ts'
import { adviceFor, type Opponent } from './advice.ts'
import { watchingOf, type Field, type Followed, type RadarServices } from './fields.ts'
import { RadarKeeper } from './radar.ts'

const MOST_PLACES = 12
const MOST_HUNKS = 3
const MOST_LINES = 12
const LONGEST_LINE = 300
const UNREADABLE = ['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'ELOOP']

const WHY: Readonly<Record<PathClash['clash'], string>> = {
  'same-file': 'both change it, in different places',
  lines: 'both change the same lines, or lines next to each other',
  added: 'both add it, with different contents',
  deleted: 'one deletes it and the other changes it',
  renamed: 'one renames it and the other changes it',
  mode: 'one changes its mode and the other changes it',
  type: 'one makes something else of it, such as a link',
  binary: 'both change it, and it is not text',
  'folder-file': 'one makes a file of it, the other a folder',
  'folder-moved': 'one adds it to a folder that the other moves away',
}

/** What the radar sees of a run. Throws `E_NO_RUN`. */
export async function radarView(
  services: RadarServices,
  keeper: RadarKeeper,
  run: string,
): Promise<RadarView> {
  const input = loadRunInput(services, run)
  const fields = keeper.fieldsOf(run)
  const concerns = ({ pair }: PairStatus): boolean => pair.some((label) => label.startsWith(`${run}/`))
  const pairs: RadarPair[] = []
  for (const field of fields) {
    for (const status of field.radar.pairs().filter(concerns))
      pairs.push(await pairView(services, field, status))
    for (const [label, files] of field.radar.againstTarget())
      if (label.startsWith(`${run}/`)) pairs.push(targetView(services, field, { label, files }))
  }
  const followed = fields.flatMap(({ sessions }) => [...sessions.values()])
  return {
    run,
    target: input.target,
    base: fields[0]?.radar.base ?? input.base.commit,
    sessions: followed
      .map((session) => sessionView(services, keeper, session))
      .toSorted((a, b) => a.number - b.number),
    pairs: pairs.toSorted((a, b) => RANK[a.state] - RANK[b.state]),
    semantic: await semanticView(services, fields[0], run),
  }
}

const NOTHING: RadarSemantic = { warnings: [], more: 0, byLines: [], gaps: [] }

/** What the last commits of all sessions on the run's target, and what has come to it, mean to those of the run. */
async function semanticView(
  { repo }: RadarServices,
  field: Field | undefined,
  run: string,
): Promise<RadarSemantic> {
  if (field === undefined) return NOTHING
  const heads = new Map((await listWorktrees(repo)).map(({ path, head }) => [path, head]))
  const tips = [...field.sessions.values()].flatMap(({ label, path }) => {
    const tip = heads.get(path) ?? null
    return tip === null ? [] : [{ session: label, tip, target: field.radar.base }]
  })
  return await field.foresight.look(tips, (session) => session.startsWith(`${run}/`))
}

/** The same from a radar that is opened for this one look: all worktrees are read now. Throws `E_NO_RUN`. */
export async function readRadar(services: RadarServices, run: string): Promise<RadarView> {
  await using keeper = await RadarKeeper.open(services)
  await keeper.settle()
  return await radarView(services, keeper, run)
}

const RANK = { confirmed: 0, predicted: 1, 'same-file': 2 } as const

function sessionView(services: RadarServices, keeper: RadarKeeper, followed: Followed): RadarSession {
  const { name, label, watch, read, trouble } = followed
  const { pieces } = loadRunInput(services, name.run).plan
  const number = pieces.findIndex(({ id }) => id === name.piece) + 1
  const piece = pieces[number - 1]
  const gap = trouble ?? watch?.gap ?? null
  const watching = watchingOf(followed, keeper.lookEveryMs(followed))
  return {
    session: label,
    number,
    title: piece?.title ?? name.piece,
    intent: firstLine(piece?.brief ?? ''),
    files: keeper.fieldOf(label)?.radar.matrix.overlay(label).size ?? 0,
    source: watch === null ? 'reading' : watch.watched === 0 ? 'tools' : 'watch',
    ...(gap === null ? {} : { gap }),
    ...(watching === null ? {} : { watching }),
    read,
  }
}

async function pairView(services: RadarServices, field: Field, status: PairStatus): Promise<RadarPair> {
  const { pair, state, files } = status
  const places: RadarPlace[] = []
  for (const clash of status.paths.slice(0, MOST_PLACES)) places.push(...(await placesOf(field, pair, clash)))
  const ahead = status.paths.filter(({ clash }) => clash !== 'same-file').map(({ path }) => path)
  const paths = files.length > 0 ? files : ahead
  const [left, right] = pair.map((label) => opponent(services, field, label))
  const advice =
    state === 'same-file' || left === undefined || right === undefined
      ? []
      : adviceFor({
          left,
          right,
          paths,
          owner: ownerOf(services, field, pair[0], paths),
          target: field.target,
        })
  return { sessions: pair, state, files, places, advice }
}

function targetView(
  services: RadarServices,
  field: Field,
  { label, files }: { readonly label: string; readonly files: readonly string[] },
): RadarPair {
  const left = opponent(services, field, label)
  const advice = adviceFor({ left, right: null, paths: files, owner: null, target: field.target })
  const places = files.map((path) => ({ path, why: `it conflicts with what has come to ${field.target}` }))
  return { sessions: [label, null], state: 'confirmed', files, places, advice }
}

function opponent(services: RadarServices, field: Field, session: string): Opponent {
  const name = field.sessions.get(session)?.name
  const piece = name?.piece ?? session.slice(session.indexOf('/') + 1)
  return { session, piece, finished: name !== undefined && isFinished(services, sessionWorkflowId(name)) }
}

function isFinished({ store }: RadarServices, stream: string): boolean {
  let finished = false
  for (const { type } of store.events({ stream, types: ['session.finished', 'turn.started'] }))
    finished = type === 'session.finished'
  return finished
}

function ownerOf(
  services: RadarServices,
  field: Field,
  label: string,
  [path]: readonly string[],
): string | null {
  const name = field.sessions.get(label)?.name
  if (name === undefined || path === undefined) return null
  try {
    const owner = sessionSpec(services, name).ownership.ownerOf(path)
    return owner.kind === 'owned' ? owner.piece : null
  } catch (error) {
    if (error instanceof QuintetError) return null
    throw error
  }
}

/** One place a path, or one a pair of hunks where lines are in the way. */
async function placesOf(
  { radar }: Field,
  [left, right]: readonly [string, string],
  { path, clash }: PathClash,
): Promise<readonly RadarPlace[]> {
  const why = WHY[clash]
  const [one, two] = [left, right].map((label) => radar.matrix.overlay(label).get(path)?.hunks ?? null)
  if (clash !== 'lines' || one == null || two == null) return [{ path, why }]
  const [base, ours, theirs] = await Promise.all([
    radar.baseLines(path),
    sideLines(radar.path(left), path),
    sideLines(radar.path(right), path),
  ])
  return meetings(one, two, MOST_HUNKS).map(([a, b]) => ({
    path,
    why,
    base: excerpt(base ?? [], Math.min(a.start, b.start), Math.max(a.end, b.end)),
    left: excerpt(ours, a.newStart, a.newEnd),
    right: excerpt(theirs, b.newStart, b.newEnd),
  }))
}

async function sideLines(root: string | undefined, path: string): Promise<readonly string[]> {
  if (root === undefined) return []
  const bytes = await ignoring(UNREADABLE, readFile(join(root, path)))
  return bytes === undefined ? [] : linesOf(decode(bytes))
}

function excerpt(lines: readonly string[], from: number, to: number): RadarLines {
  const shown = lines.slice(from, Math.min(to, from + MOST_LINES))
  return {
    first: from + 1,
    lines: shown.map((line) => line.replace(/[\r\n].*$/s, '').slice(0, LONGEST_LINE)),
    more: Math.max(0, to - from - shown.length),
  }
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]?.trim() ?? ''
}
