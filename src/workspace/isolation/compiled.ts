// Where cargo and go find the packages of the repository, and where cargo puts what it has built.
import { readFile, realpath } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import * as v from 'valibot'
import { ignoring } from '../../contract/errors.ts'
import { goWorks } from './deciding.ts'
import { isBelow } from './marks.ts'
import { goFolders } from './packages.ts'
import { ask, type Looked, type Looking } from './place.ts'
import type { Sighting } from './verdict.ts'

const ABSENT = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES']
const Metadata = v.object({
  packages: v.array(
    v.object({
      name: v.string(),
      manifest_path: v.string(),
      dependencies: v.array(v.object({ name: v.string(), path: v.optional(v.nullable(v.string())) })),
    }),
  ),
  target_directory: v.string(),
  build_directory: v.optional(v.nullable(v.string())),
})
/** A question takes tens of milliseconds. */
const MOST_CARGO = 16

/** Path dependencies, members and the target folder, as cargo itself tells them from each of these folders of the worktree. */
export async function cargoSightings(looking: Looking, folders: readonly string[]): Promise<Looked> {
  const asked = folders.slice(0, MOST_CARGO)
  const answers = await Promise.all(asked.map((folder) => fromFolder(looking, folder)))
  const left = folders.length - asked.length
  return {
    sightings: answers.flatMap(({ sightings }) => sightings),
    open: [
      ...answers.flatMap(({ open }) => open),
      ...(left > 0 ? [`Cargo was not asked in ${left} of ${folders.length} folders.`] : []),
    ],
  }
}

async function fromFolder(looking: Looking, folder: string): Promise<Looked> {
  const cwd = join(looking.cwd, folder)
  const args = ['metadata', '--no-deps', '--offline', '--format-version', '1']
  // A toolchain that is not here is not fetched for a question.
  const reply = await ask(looking, { program: 'cargo', args, cwd, more: { RUSTUP_AUTO_INSTALL: '0' } })
  if (reply.kind === 'absent') return { sightings: [], open: [] }
  const text = reply.kind === 'said' ? reply.text : null
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Metadata), text)
  if (!parsed.success)
    return {
      sightings: [],
      open: [`Cargo does not tell in ${folder || 'the top'} what it would build, and where.`],
    }
  const { packages, target_directory: target, build_directory: build } = parsed.output
  const reached = packages.flatMap(({ name, manifest_path: manifest, dependencies }) => [
    { what: name, folder: dirname(manifest), from: folder },
    ...dependencies.flatMap((dependency) =>
      typeof dependency.path === 'string'
        ? [
            {
              what: dependency.name,
              folder: dependency.path,
              from: relativeTo(looking.cwd, dirname(manifest)),
            },
          ]
        : [],
    ),
  ])
  const results = await Promise.all([target, build ?? target].map((path) => resolvedAny(path)))
  const built = results.map((found) => ({ what: 'target', from: folder, found, own: [], marked: true }))
  return { sightings: [...built, ...(await ofThisRepository(looking, reached))], open: [] }
}

/** Modules that go.work uses and go.mod replaces, from each of these folders of the worktree. */
export async function goSightings(looking: Looking, folders: readonly string[]): Promise<Looked> {
  const { cwd } = looking
  const modules = folders.map((folder) => join(cwd, folder, 'go.mod'))
  const works = await goWorks(looking, folders)
  const reached = []
  for (const file of new Set([...modules, ...works])) {
    const text = (await ignoring(ABSENT, readFile(file, 'utf8'))) ?? ''
    for (const folder of goFolders(text))
      reached.push({
        what: folder,
        folder: resolve(dirname(file), folder),
        from: relativeTo(cwd, dirname(file)),
      })
  }
  return { sightings: await ofThisRepository(looking, reached), open: [] }
}

interface Reached {
  readonly what: string
  readonly folder: string
  readonly from: string
}

/** What is in this worktree or in another one of the repository; other repositories are nobody's business here. */
async function ofThisRepository(
  { marks, worktrees }: Looking,
  reached: readonly Reached[],
): Promise<Sighting[]> {
  const sightings: Sighting[] = []
  for (const { what, folder, from } of reached) {
    const found = await ignoring(ABSENT, realpath(folder))
    if (found === undefined || !worktrees.some((path) => isBelow(found, path))) continue
    sightings.push({ what, from, found, own: [folder].filter(marks.has), marked: await marks.seenIn(found) })
  }
  return sightings
}

const relativeTo = (cwd: string, folder: string): string =>
  isBelow(folder, cwd) ? folder.slice(cwd.length + 1) : folder

/** The path without links, also where its last parts are not there yet. */
async function resolvedAny(path: string): Promise<string> {
  const real = await ignoring(ABSENT, realpath(path))
  if (real !== undefined || dirname(path) === path) return real ?? path
  return join(await resolvedAny(dirname(path)), path.slice(dirname(path).length).replace(/^\//, ''))
}
