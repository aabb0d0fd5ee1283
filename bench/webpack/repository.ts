// Prepares the repository of the case, and reads from it what the report needs.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BenchOptions } from '../bench.ts'
import { git } from '../scratch.ts'
import type { Case, CaseBranch } from './case.ts'
import type { LoggedCommit } from './verdict.ts'

const exec = promisify(execFile)
const CASES = fileURLToPath(new URL('../../../shared/tools/cases', import.meta.url))
const NAME = 'webpack-es6-2017'

export interface Material {
  readonly mirror: string
  /** The program that builds the repository. */
  readonly prepare: string
  readonly caseFile: string
}

/** Where the case comes from. Throws a sentence that says what is missing and how to name it. */
export function requireMaterial(options: BenchOptions): Material {
  const mirror = options.text('mirror')
  if (mirror === undefined || !existsSync(mirror)) {
    const what =
      mirror === undefined ? 'A mirror of webpack/webpack is needed' : `There is no mirror at ${mirror}`
    throw new Error(
      `${what}: git clone --mirror https://github.com/webpack/webpack webpack.git, then --mirror webpack.git.`,
    )
  }
  const folder = resolve(options.text('cases') ?? CASES)
  const prepare = join(folder, 'prepare.mjs')
  const caseFile = resolve(options.text('case') ?? join(folder, '../../data/cases', NAME, 'case.json'))
  for (const path of [prepare, caseFile]) {
    if (!existsSync(path)) {
      throw new Error(
        `The case ${NAME} is incomplete: there is no ${path}. Name its tools with --cases <folder>.`,
      )
    }
  }
  return { mirror: resolve(mirror), prepare, caseFile }
}

/** Builds the repository of the case at `path`. */
export async function prepareRepository(
  path: string,
  { mirror, prepare, caseFile }: Material,
): Promise<void> {
  await exec(process.execPath, [prepare, '--mirror', mirror, '--case', caseFile, '--out', path])
  for (const [name, value] of [
    ['user.name', 'Bench'],
    ['user.email', 'bench@example.invalid'],
    ['maintenance.auto', 'false'],
    ['gc.auto', '0'],
  ] as const) {
    await git(path, 'config', name, value)
  }
}

/** The commit of every branch of the case. */
export async function branchCommits(path: string): Promise<(branch: string) => string> {
  const lines = await git(path, 'for-each-ref', '--format=%(refname:lstrip=2) %(objectname)', 'refs/heads/pr')
  const commits = new Map(
    lines.split('\n').map((line) => [line.slice(0, line.indexOf(' ')), line.slice(-40)]),
  )
  return (branch) => {
    const commit = commits.get(branch)
    if (commit === undefined) throw new Error(`The repository has no branch ${branch}.`)
    return commit
  }
}

/** What is in `tip` and not in `base`. */
export async function commitsBetween(
  path: string,
  base: string,
  tip: string,
): Promise<readonly LoggedCommit[]> {
  const text = await git(path, 'log', '--format=%H%n%B%x00', `${base}..${tip}`)
  return text.split('\0').flatMap((entry) => {
    const [hash = '', ...body] = entry.trimStart().split('\n')
    return hash === '' ? [] : [{ hash, body: body.join('\n') }]
  })
}

/** The tree that merging these branches onto `base` gives, computed without any of our own code. */
export async function unionTree(
  path: string,
  base: string,
  {
    branches,
    commitOf,
  }: { readonly branches: readonly CaseBranch[]; readonly commitOf: (branch: string) => string },
): Promise<string> {
  let tip = base
  for (const { branch } of branches) {
    const tree = await git(path, 'merge-tree', '--write-tree', tip, commitOf(branch))
    tip = await git(path, 'commit-tree', tree, '-p', tip, '-p', commitOf(branch), '-m', branch)
  }
  return await git(path, 'rev-parse', `${tip}^{tree}`)
}

/**
 * A stand-in for the package manager that the lock file of 2017 asks for, and the environment in which it is found: it
 * installs as the case says, and only where the union is checked; without `install` it does nothing.
 */
export async function standInForYarn(
  folder: string,
  { install, spec }: { readonly install: boolean; readonly spec: Case },
): Promise<Readonly<Record<string, string>>> {
  const file = join(folder, 'yarn')
  await mkdir(folder, { recursive: true })
  const put = ['git checkout -- yarn.lock', 'rm -f package-lock.json']
  const lines = install
    ? ['case "$PWD" in */_integration) ;; *) exit 0 ;; esac', 'set -e', ...spec.install, ...put]
    : []
  await writeFile(file, `${['#!/bin/sh', ...lines, 'exit 0'].join('\n')}\n`)
  await chmod(file, 0o755)
  // The Node that runs this benchmark comes right after it, wherever an older one may be.
  return { PATH: [folder, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter) }
}
