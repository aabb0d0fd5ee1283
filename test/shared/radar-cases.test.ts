// The conflict radar and the plan check against real branches. Needs the cases and mirrors of the projects beside the
// repository (../shared and ../.mirror); without them the lane says so and passes.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { changes } from '../../src/git/diff.ts'
import { mergeTree } from '../../src/git/merge/merge.ts'
import { openScratchObjects } from '../../src/git/objects/scratch.ts'
import { forecastConflicts, type Verdict } from '../../src/integration/radar/forecast.ts'
import { conflictingPairs } from '../../src/integration/radar/pairs.ts'
import { hubsNamed } from '../support/hub-case.ts'
import { temporaryFolder } from '../support/repository.ts'

const exec = promisify(execFile)
const SHARED = fileURLToPath(new URL('../../../shared/', import.meta.url))
const MIRRORS = fileURLToPath(new URL('../../../.mirror/', import.meta.url))
const mirrorOf = (repository: string): string => join(MIRRORS, repository.replace('/', '+'), 'repo')

interface Case {
  readonly repository: string
  readonly base: { readonly commit: string }
  readonly patches?: { readonly repository: string }
  readonly truth: {
    readonly conflictingPairs?: readonly {
      readonly pair: [string, string]
      readonly files: readonly string[]
    }[]
    readonly hubFiles?: Readonly<Record<string, number>>
  }
  readonly branches: readonly { readonly branch: string; readonly files: readonly string[] }[]
}

const fileOf = (name: string): string => join(SHARED, 'data/cases', name, 'case.json')

/** Which of the mirrors of a case are there is told by its name alone. */
function present(name: string, ...repositories: readonly string[]): boolean {
  return [fileOf(name), join(SHARED, 'tools/cases/prepare.mjs'), ...repositories.map(mirrorOf)].every(
    (path) => existsSync(path),
  )
}

async function loadCase(name: string): Promise<Case> {
  const spec: Case = JSON.parse(await readFile(fileOf(name), 'utf8'))
  return spec
}

interface Prepared extends AsyncDisposable {
  readonly spec: Case
  readonly path: string
  readonly verdicts: () => Promise<readonly Verdict[]>
  /** Conflicting pairs, as the order of the merge queue is told of them. */
  readonly ordered: () => Promise<readonly string[]>
  /** The same from one merge a pair. */
  readonly merged: () => Promise<readonly string[]>
}

async function prepared(name: string): Promise<Prepared> {
  const spec = await loadCase(name)
  const folder = await temporaryFolder()
  const path = join(folder.path, 'repo')
  const patches = spec.patches === undefined ? [] : ['--patches', mirrorOf(spec.patches.repository)]
  const prepare = join(SHARED, 'tools/cases/prepare.mjs')
  const paths = ['--mirror', mirrorOf(spec.repository), ...patches, '--case', fileOf(name), '--out', path]
  await exec(process.execPath, [prepare, ...paths])
  const commit = async (ref: string): Promise<string> =>
    (await exec('git', ['rev-parse', ref], { cwd: path })).stdout.trim()
  const named = (): Promise<readonly { name: string; commit: string }[]> =>
    Promise.all(spec.branches.map(async ({ branch }) => ({ name: branch, commit: await commit(branch) })))
  const verdicts = async (): Promise<readonly Verdict[]> => {
    await using scratch = await openScratchObjects({ commonDir: join(path, '.git') })
    return await forecastConflicts({
      cwd: path,
      base: await commit('main'),
      branches: await named(),
      scratch,
    })
  }
  const ordered = async (): Promise<readonly string[]> => {
    await using scratch = await openScratchObjects({ commonDir: join(path, '.git') })
    const base = await commit('main')
    const branches = []
    for (const one of await named())
      branches.push({ ...one, base, changes: await changes(path, base, one.commit) })
    return (await conflictingPairs({ cwd: path, branches, scratch })).map((pair) => pair.join(' ')).toSorted()
  }
  const merged = async (): Promise<readonly string[]> => {
    const found: string[] = []
    const branches = await named()
    for (const [index, left] of branches.entries())
      for (const right of branches.slice(index + 1))
        if ((await mergeTree(path, left.commit, right.commit)).kind === 'conflict')
          found.push([left.name, right.name].toSorted().join(' '))
    return found.toSorted()
  }
  const dispose = () => folder[Symbol.asyncDispose]()
  return { spec, path, verdicts, ordered, merged, [Symbol.asyncDispose]: dispose }
}

const told = (pairs: readonly { readonly pair: readonly string[]; readonly files: readonly string[] }[]) =>
  pairs.map(({ pair, files }) => `${pair.join(' ')}: ${files.toSorted().join(' ')}`).toSorted()

const confirmed = (verdicts: readonly Verdict[]) =>
  told(verdicts.flatMap(({ pair, conflict }) => (conflict === null ? [] : [{ pair, files: conflict }])))

const BABEL = present('babel-ts-2021', 'babel/babel')
describe.runIf(BABEL)(`babel-ts-2021${BABEL ? '' : ': the case is not there'}`, () => {
  test('all 12 conflicting pairs are confirmed with their file, and no other', async () => {
    await using stage = await prepared('babel-ts-2021')
    const verdicts = await stage.verdicts()
    expect(confirmed(verdicts)).toEqual(told(stage.spec.truth.conflictingPairs ?? []))
    expect(confirmed(verdicts)).toHaveLength(12)
  })

  test('the hub files are named before the start, first of few, and a policy for them leaves no conflicting pair', async () => {
    const spec = await loadCase('babel-ts-2021')
    const { warned, listed } = await hubsNamed(spec, mirrorOf(spec.repository))
    const hubs = Object.keys(spec.truth.hubFiles ?? {})
    expect(warned.slice(0, hubs.length).toSorted()).toEqual(hubs.toSorted())
    expect(warned.length + listed.length).toBeLessThanOrEqual(15)
    // With these under a policy no branch brings a change of them: twelve pairs become none.
    await using stage = await prepared('babel-ts-2021')
    const ahead = (await stage.verdicts()).filter(
      ({ conflict }) => conflict?.some((path) => !hubs.includes(path)) === true,
    )
    expect(ahead).toEqual([])
  })

  test('the merge order is told of the same pairs as by one merge a pair', async () => {
    await using stage = await prepared('babel-ts-2021')
    expect(await stage.ordered()).toEqual(await stage.merged())
    expect(await stage.ordered()).toHaveLength(12)
  })
})

const COOPER = present('cooperbench-task85', 'react-hook-form/react-hook-form', 'cooperbench/CooperBench')
describe.runIf(COOPER)(`cooperbench-task85${COOPER ? '' : ': the case is not there'}`, () => {
  test('all ten pairs are confirmed as conflicts, with their files', async () => {
    await using stage = await prepared('cooperbench-task85')
    const found = confirmed(await stage.verdicts())
    expect(found).toEqual(told(stage.spec.truth.conflictingPairs ?? []))
    expect(found).toHaveLength(10)
    expect(await stage.ordered()).toEqual(await stage.merged())
    expect(await stage.ordered()).toHaveLength(10)
  })
})

const WEBPACK = present('webpack-es6-2017', 'webpack/webpack')
describe.runIf(WEBPACK)(`webpack-es6-2017${WEBPACK ? '' : ': the case is not there'}`, () => {
  test('none of the 10,731 pairs is said to conflict', async () => {
    await using stage = await prepared('webpack-es6-2017')
    expect(confirmed(await stage.verdicts())).toEqual([])
  })
})
