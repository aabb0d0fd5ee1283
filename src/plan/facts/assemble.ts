// Facts from what was read. Pure.
import { generatedBy, isAttributes } from './attributes.ts'
import type { CommitChanges } from './changes.ts'
import { coverage } from './covers.ts'
import type { FileFact, FileKind, RepositoryFacts } from './facts.ts'
import { hubFacts } from './hubs.ts'
import type { Reading } from './imports/read.ts'
import { importEdges } from './imports/resolve.ts'
import { kindOf } from './kinds.ts'
import { languageOf } from './languages.ts'
import { CODEOWNERS_PLACES, ownersOfEach } from './owners.ts'
import { packageOfEach, packagesOf } from './packages.ts'
import { changedTogether } from './together.ts'

export interface Read {
  readonly commit: string
  readonly tree: string
  /** Sorted by path. */
  readonly files: readonly {
    readonly path: string
    readonly bytes: number
    readonly executable: boolean
    readonly link: boolean
  }[]
  /** By position of the file; null where it was not read. */
  readonly readings: readonly (Reading | null)[]
  /** Of manifests and settings, by path. */
  readonly texts: ReadonlyMap<string, string>
  /** The newest commit first. */
  readonly history: readonly CommitChanges[]
  /** The history ends where a shallow clone was cut off. */
  readonly shallow?: boolean
}

const PRECISION = 10_000

/** The facts that follow from what was read. */
export function assembleFacts(read: Read): RepositoryFacts {
  const { commit, tree, texts, readings, history } = read
  const paths = read.files.map(({ path }) => path)
  const kinds = kindsOf(read)
  const packages = packagesOf({ paths, kinds, texts })
  const owners = ownersOfEach(
    paths,
    CODEOWNERS_PLACES.map((place) => texts.get(place)).find((one) => one !== undefined) ?? '',
  )
  const inPackage = packageOfEach(paths, packages)
  const index = new Map(paths.map((path, position) => [path, position]))
  const together = changedTogether({ history, index, kinds })
  const files = read.files.map(({ path, bytes }, position): FileFact => ({
    path,
    kind: kinds[position] ?? 'asset',
    language: languageOf(path),
    bytes,
    package: inPackage[position] ?? null,
    churn: Math.round((together.churn[position] ?? 0) * PRECISION) / PRECISION,
    owners: owners[position] ?? [],
  }))
  const said = readings.map((reading) => reading?.imports ?? null)
  const imports = importEdges({ files, index, readings: said, packages, texts })
  return {
    version: 1,
    commit,
    tree,
    files,
    packages: packages.map(({ name, folder, manager, dependsOn }) => ({ name, folder, manager, dependsOn })),
    imports,
    together: together.edges,
    covers: coverage({ files, imports }),
    hubs: hubFacts({ files, imports, commits: together.commits, packages }),
    history: {
      read: history.length,
      counted: together.counted,
      oldest: history.at(-1)?.commit ?? null,
      ...(read.shallow === true ? { shallow: true } : {}),
    },
  }
}

function kindsOf({ files, readings, texts }: Read): readonly FileKind[] {
  const attributes = generatedBy(new Map([...texts].filter(([path]) => isAttributes(path))))
  return files.map(({ path, executable, link }, position) => {
    const kind = kindOf(path, executable)
    if (kind === 'lock' || link) return kind
    const said = attributes(path)
    if (said === true) return 'generated'
    const wrote = readings[position]?.generated === true && kind === 'code'
    return wrote && said !== false ? 'generated' : kind
  })
}
