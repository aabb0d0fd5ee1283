// Hub files of a repository, whatever its pieces will be: those that many areas import, and those that change with the work
// of many areas. What a hub is by its name and by its history is said in ../hubs.ts. Pure.
import { areaIn, isKnownHub, spreadAmong, type Spread } from '../hubs.ts'
import type { FileKind, HubFact, ImportEdge } from './facts.ts'

export interface HubsInput {
  readonly files: readonly { readonly path: string; readonly kind: FileKind; readonly churn: number }[]
  readonly imports: readonly ImportEdge[]
  /** Files of each commit that counts. */
  readonly commits: readonly (readonly number[])[]
  /** Folders of packages. */
  readonly packages: readonly { readonly folder: string }[]
}

const MOST = 60
const FEWEST_IMPORTERS = 10
/** Of the files that import anything. */
const IMPORTER_SHARE = 0.01
const FEWEST_AREAS = 3

const APART: ReadonlySet<FileKind> = new Set(['test', 'lock', 'generated'])

interface Importers {
  count: number
  readonly areas: Set<string>
}

/** The hub files, the most contended first. */
export function hubFacts(input: HubsInput): readonly HubFact[] {
  const { files } = input
  const importers = importersOf(input)
  const spread = spreadAmong(input.commits.map((commit) => workOf(commit, files)))
  const importing = new Set(input.imports.map(([from]) => from)).size
  const least = Math.max(FEWEST_IMPORTERS, importing * IMPORTER_SHARE)
  const hubs = files.flatMap(({ path, kind, churn }, file) => {
    if (kind === 'lock' || kind === 'generated' || kind === 'asset') return []
    const found = importers.get(file)
    const seen = spread.get(path)
    const many = found !== undefined && found.count >= least && found.areas.size >= FEWEST_AREAS
    const central = seen?.central === true
    const known = isKnownHub(path) && churn > 0 && aboveSeveral(path, input.packages)
    if (!many && !central && !known) return []
    const reason = [
      ...(many ? [`${found.count} files of ${found.areas.size} areas import it`] : []),
      ...(central ? [`${seen.commits} commits changed it with files of ${seen.areas} other areas`] : []),
      ...(known && !central ? ['files of its name are touched by most work'] : []),
    ].join('; ')
    const hub = { file, importers: found?.count ?? 0, areas: seen?.areas ?? 0, churn, reason }
    return [{ hub, score: scoreOf(hub, central ? seen : undefined) }]
  })
  return hubs
    .sort((a, b) => b.score - a.score || a.hub.file - b.hub.file)
    .slice(0, MOST)
    .map(({ hub }) => hub)
}

/** Tests change with whatever they test: as an area they would be all that every file changes with. */
function workOf(commit: readonly number[], files: HubsInput['files']): readonly string[] {
  return commit.flatMap((file) => {
    const found = files[file]
    return found === undefined || APART.has(found.kind) ? [] : [found.path]
  })
}

/** What is imported by many is contended as often as it changes. */
function scoreOf({ importers, churn }: HubFact, seen: Spread | undefined): number {
  return (seen?.score ?? 0) + (churn * Math.log2(1 + importers)) / 4
}

/** Tests do not make the code that they import a hub. */
function importersOf({ files, imports }: HubsInput): ReadonlyMap<number, Importers> {
  const found = new Map<number, Importers>()
  for (const [from, to] of imports) {
    const importer = files[from]
    if (importer === undefined || (importer.kind !== 'code' && importer.kind !== files[to]?.kind)) continue
    const entry = found.get(to) ?? { count: 0, areas: new Set<string>() }
    entry.count += 1
    entry.areas.add(areaIn(importer.path))
    found.set(to, entry)
  }
  return found
}

/** The root of everything, or a folder that holds several packages. */
function aboveSeveral(path: string, packages: HubsInput['packages']): boolean {
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  return folder === '' || packages.filter((one) => one.folder.startsWith(folder)).length > 1
}
