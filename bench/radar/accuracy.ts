// How often the conflict radar is right: thousands of historical merges of two projects, each forecast from what its two
// sides have changed and compared with git's own verdict. `recall` and `false_alarm_share` are of the forecast by lines,
// before any merge is tried; `confirmed_…` are of what is shown in the end, after git has merged the suspects. And how many
// files the check of a plan names so that those in which its branches really meet are among them.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { mergePairs } from '../../src/git/merge/batch.ts'
import { openScratchObjects } from '../../src/git/objects/scratch.ts'
import { ConflictMatrix } from '../../src/integration/radar/matrix.ts'
import { readOverlays } from '../../src/integration/radar/overlays.ts'
import { hubsNamed } from '../../test/support/hub-case.ts'
import type { Bench, BenchContext, Figure, Outcome } from '../bench.ts'
import { rounded } from '../statistics.ts'

const exec = promisify(execFile)
const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const CHUNK = 100
const CASES = ['merge-pairs-webpack', 'merge-pairs-commander'] as const
const HUBS = 'babel-ts-2021'

export const bench: Bench = {
  options: [
    { flags: '--mirrors <folder>', summary: 'mirrors as <owner>+<name>/repo; default ../.mirror' },
    { flags: '--cases <folder>', summary: 'evaluation cases; default ../shared/data/cases' },
  ],
  goals: { false_alarm_share: 0.003, confirmed_false_alarm_share: 0, missed: 0 },
  floors: { recall: 1, confirmed_recall: 1, hub_recall: 1 },
  run,
}

const CaseFile = v.object({
  repository: v.string(),
  conflicting: v.array(v.object({ ids: v.string() })),
  clean: v.array(v.string()),
})

interface Merge {
  readonly base: string
  readonly left: string
  readonly right: string
  readonly conflicts: boolean
}

interface Tally {
  merges: number
  conflicts: number
  found: number
  sameFile: number
  falseAlarms: number
  confirmed: number
  confirmedFalse: number
}

async function run({ options, note, signal }: BenchContext): Promise<Outcome> {
  const cases = resolve(options.text('cases') ?? join(ROOT, 'shared/data/cases'))
  const mirrors = resolve(options.text('mirrors') ?? join(ROOT, '.mirror'))
  const all = none()
  const details: string[] = []
  for (const name of CASES) {
    const file = join(cases, name, 'case.json')
    if (!existsSync(file)) throw new Error(`There is no ${file}: name the evaluation cases with --cases.`)
    const spec = v.parse(v.pipe(v.string(), v.parseJson(), CaseFile), await readFile(file, 'utf8'))
    const mirror = join(mirrors, spec.repository.replace('/', '+'), 'repo')
    if (!existsSync(mirror))
      throw new Error(`There is no mirror at ${mirror}: name its folder with --mirrors.`)
    note(`${name}: ${spec.conflicting.length + spec.clean.length} merges.`)
    const tally = await judgeAll(mirror, await mergesOf(mirror, spec), signal)
    details.push(sentence(spec.repository, tally))
    for (const key of Object.keys(all) as (keyof Tally)[]) all[key] += tally[key]
  }
  const missed = all.conflicts - all.found
  const hubs = await hubFigures({ cases, mirrors, details })
  return { figures: { ...figuresOf(all), missed, ...hubs }, details, ok: missed === 0 }
}

const HubCaseFile = v.object({
  repository: v.string(),
  base: v.object({ commit: v.string() }),
  branches: v.array(v.object({ branch: v.string(), files: v.array(v.string()) })),
  truth: v.object({ hubFiles: v.record(v.string(), v.number()) }),
})

/** What is named at plan time for branches of which it is known in which files they conflict. */
async function hubFigures({
  cases,
  mirrors,
  details,
}: {
  readonly cases: string
  readonly mirrors: string
  readonly details: string[]
}): Promise<Readonly<Record<string, Figure>>> {
  const file = join(cases, HUBS, 'case.json')
  const spec = existsSync(file)
    ? v.parse(v.pipe(v.string(), v.parseJson(), HubCaseFile), await readFile(file, 'utf8'))
    : null
  const mirror = join(mirrors, spec?.repository.replace('/', '+') ?? '', 'repo')
  if (spec === null || !existsSync(mirror)) {
    details.push(`${HUBS}: left out, the case or its mirror is not there`)
    return {}
  }
  const { warned, listed } = await hubsNamed(spec, mirror)
  const named = [...warned, ...listed]
  const real = Object.keys(spec.truth.hubFiles)
  const found = real.filter((path) => named.includes(path))
  details.push(`${HUBS}: warned of ${warned.join(', ')}; listed ${listed.join(', ')}`)
  return {
    hub_recall: rounded(found.length / real.length, 4),
    hub_named: named.length,
    hub_precision: rounded(found.length / named.length, 4),
    hub_warned: warned.length,
    hub_last_at: found.length === 0 ? null : Math.max(...found.map((path) => named.indexOf(path) + 1)),
  }
}

function none(): Tally {
  return { merges: 0, conflicts: 0, found: 0, sameFile: 0, falseAlarms: 0, confirmed: 0, confirmedFalse: 0 }
}

function figuresOf(tally: Tally): Readonly<Record<string, Figure>> {
  const { merges, conflicts, found, falseAlarms, confirmed, confirmedFalse, sameFile } = tally
  const clean = merges - conflicts
  return {
    merges,
    conflicts,
    recall: rounded(found / conflicts, 4),
    false_alarms: falseAlarms,
    false_alarm_share: rounded(falseAlarms / clean, 5),
    confirmed_recall: rounded(confirmed / conflicts, 4),
    confirmed_false_alarm_share: rounded(confirmedFalse / clean, 5),
    same_file_only: sameFile,
  }
}

function sentence(repository: string, { conflicts, found, falseAlarms, merges }: Tally): string {
  return `${repository}: ${found} of ${conflicts} conflicts foreseen, ${falseAlarms} false alarms in ${merges - conflicts} clean merges`
}

/** The parents of every merge of a case, which holds the merge and its base. */
async function mergesOf(mirror: string, spec: v.InferOutput<typeof CaseFile>): Promise<readonly Merge[]> {
  const ids = [
    ...spec.conflicting.map(({ ids }) => ({ ids, conflicts: true })),
    ...spec.clean.map((ids) => ({ ids, conflicts: false })),
  ]
  const parents = new Map<string, readonly string[]>()
  for (let at = 0; at < ids.length; at += 500) {
    const wanted = ids.slice(at, at + 500).map((entry) => entry.ids.slice(0, entry.ids.indexOf(' ')))
    const { stdout } = await exec('git', ['rev-list', '--no-walk=unsorted', '--parents', ...wanted], {
      cwd: mirror,
      maxBuffer: 64 * 1024 * 1024,
    })
    for (const line of stdout.trim().split('\n')) {
      const [merge = '', ...rest] = line.split(' ')
      parents.set(merge, rest)
    }
  }
  return ids.map(({ ids, conflicts }) => {
    const [merge = '', base = ''] = ids.split(' ')
    const [left = '', right = ''] = parents.get(merge) ?? []
    return { base, left, right, conflicts }
  })
}

async function judgeAll(mirror: string, merges: readonly Merge[], signal: AbortSignal): Promise<Tally> {
  await using scratch = await openScratchObjects({ commonDir: mirror })
  const tally = none()
  for (let at = 0; at < merges.length; at += CHUNK) {
    signal.throwIfAborted()
    const chunk = merges.slice(at, at + CHUNK)
    const states = await forecast(mirror, chunk)
    const suspects = chunk.filter((_merge, index) => states[index] === 'predicted')
    const merged = await mergePairs(
      suspects.map(({ left, right }) => [left, right]),
      { cwd: mirror, env: scratch.env },
    )
    const confirmed = new Set(suspects.filter((_merge, index) => merged[index]?.kind === 'conflict'))
    for (const [index, merge] of chunk.entries()) count(tally, merge, states[index], confirmed.has(merge))
  }
  return tally
}

async function forecast(
  cwd: string,
  merges: readonly Merge[],
): Promise<readonly ('clear' | 'same-file' | 'predicted')[]> {
  const pairs = merges.flatMap(({ base, left, right }) => [
    { base, tip: left },
    { base, tip: right },
  ])
  const overlays = await readOverlays(pairs, { cwd, hunks: true })
  return merges.map((_merge, index) => {
    const matrix = new ConflictMatrix()
    matrix.set('left', overlays[index * 2] ?? new Map())
    matrix.set('right', overlays[index * 2 + 1] ?? new Map())
    return matrix.forecasts()[0]?.state ?? 'clear'
  })
}

function count(tally: Tally, merge: Merge, state: string | undefined, confirmed: boolean): void {
  const foreseen = state === 'predicted'
  tally.merges += 1
  if (state === 'same-file') tally.sameFile += 1
  if (merge.conflicts) {
    tally.conflicts += 1
    if (foreseen) tally.found += 1
    if (confirmed) tally.confirmed += 1
  } else {
    if (foreseen) tally.falseAlarms += 1
    if (confirmed) tally.confirmedFalse += 1
  }
}
