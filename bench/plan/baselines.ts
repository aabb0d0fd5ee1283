// Three ways to divide a repository without its history, held to the same cap as the suggestion: top-level directories, chance,
// and communities of files that import each other. Each is given the work that is expected in every file, so that its pieces
// are as even as they can be. Pure, but for the numbers that chance is given.
import { createRequire } from 'node:module'
import graphology from 'graphology'
import { folderOf } from '../../src/plan/suggest/division.ts'
import type { Ground } from '../../src/plan/suggest/ground.ts'
import { sequence } from '../../src/plan/suggest/graph.ts'
import type { OwnerOf } from './replay.ts'

const require = createRequire(import.meta.url)
/** Its types say that it is a default export; Node finds the function itself. */
const louvain: (
  graph: InstanceType<typeof graphology.UndirectedGraph>,
  options: { readonly rng: () => number },
) => Readonly<Record<string, number>> = require('graphology-communities-louvain')

export interface BaselineInput {
  readonly ground: Ground
  readonly pieces: number
  /** Share of the expected work that one piece may have. */
  readonly cap: number
}

/** What goes to a piece as a whole. */
interface Lump {
  readonly key: string
  readonly files: readonly number[]
  readonly weight: number
}

/** Top-level directories, put into as many pieces as wanted, the heaviest first into the emptiest. One that is above the cap, or
 *  the heaviest while there are fewer than pieces, is replaced by what is in it. */
export function byTopLevel({ ground, pieces, cap }: BaselineInput): OwnerOf {
  let lumps = foldersIn(ground, '', ground.files)
  for (;;) {
    const open = lumps.filter(({ key }) => key.endsWith('/')).toSorted((a, b) => b.weight - a.weight)
    const [heaviest] = open
    if (heaviest === undefined || (heaviest.weight <= cap && lumps.length >= pieces)) break
    const inside = foldersIn(ground, heaviest.key, heaviest.files)
    lumps = [...lumps.filter((lump) => lump !== heaviest), ...inside]
  }
  const packed = pack(lumps, pieces)
  const known = new Map(lumps.map(({ key }, index) => [key, packed[index] ?? 0]))
  // A folder that came later goes where the loose files beside it are.
  return (path) => {
    const loose = known.get(`${prefix(folderOf(path))}*`)
    if (loose !== undefined) return loose
    for (let at = folderOf(path); at !== ''; at = folderOf(at)) {
      const piece = known.get(`${at}/`) ?? known.get(`${prefix(folderOf(at))}*`)
      if (piece !== undefined) return piece
    }
    return known.get('*') ?? 0
  }
}

function prefix(folder: string): string {
  return folder === '' ? '' : `${folder}/`
}

function foldersIn(ground: Ground, folder: string, files: readonly number[]): readonly Lump[] {
  const groups = new Map<string, number[]>()
  for (const file of files) {
    const path = ground.paths[file] ?? ''
    const slash = path.indexOf('/', folder.length)
    const key = slash === -1 ? `${folder}*` : path.slice(0, slash + 1)
    groups.set(key, pushed(groups.get(key), file))
  }
  return [...groups].map(([key, own]) => ({ key, files: own, weight: weightOf(ground, own) }))
}

function pushed(list: number[] | undefined, file: number): number[] {
  if (list === undefined) return [file]
  list.push(file)
  return list
}

function weightOf({ weights }: Ground, files: readonly number[]): number {
  return files.reduce((sum, file) => sum + (weights[file] ?? 0), 0)
}

/** Every file to a piece by chance, in parts of the same work; files to come as well. */
export function byChance({ ground, pieces }: BaselineInput, seed: number): OwnerOf {
  const random = sequence(seed)
  const order = ground.files.map((file) => ({ file, at: random() })).toSorted((a, b) => a.at - b.at)
  const owner = new Map<string, number>()
  let done = 0
  for (const { file } of order) {
    owner.set(ground.paths[file] ?? '', Math.min(pieces - 1, Math.floor(done * pieces)))
    done += ground.weights[file] ?? 0
  }
  return (path) => {
    const known = owner.get(path) ?? Math.floor(random() * pieces)
    owner.set(path, known)
    return known
  }
}

/** Communities of the import graph (Louvain), put together like folders. Files without imports go with the community that most
 *  files of their folder are in, else by folder. A community above the cap is divided again, by itself. */
export function byCommunity({ ground, pieces, cap }: BaselineInput): OwnerOf {
  const imports = ground.facts.imports
  const labels = labelled(ground, imports, cap)
  const majority = folderMajority(ground, labels)
  const labelOf = (path: string, own: string | undefined): string => {
    if (own !== undefined) return own
    for (let at = folderOf(path); at !== ''; at = folderOf(at)) {
      const found = majority.get(at)
      if (found !== undefined) return found
    }
    return `folder ${path.split('/')[0] ?? ''}`
  }
  const groups = new Map<string, number[]>()
  for (const file of ground.files) {
    const label = labelOf(ground.paths[file] ?? '', labels.get(file))
    groups.set(label, pushed(groups.get(label), file))
  }
  const lumps = [...groups].flatMap(([key, files]) => chopped(ground, key, { files, cap }))
  const packed = pack(lumps, pieces)
  const owner = new Map<string, number>()
  const byLabel = new Map<string, number>()
  for (const [index, { key, files }] of lumps.entries()) {
    const piece = packed[index] ?? 0
    if (!byLabel.has(key)) byLabel.set(key, piece)
    for (const file of files) owner.set(ground.paths[file] ?? '', piece)
  }
  return (path) => owner.get(path) ?? byLabel.get(labelOf(path, undefined)) ?? 0
}

function labelled(
  ground: Ground,
  imports: readonly (readonly [number, number, ...number[]])[],
  cap: number,
): ReadonlyMap<number, string> {
  const labels = new Map<number, string>()
  const queue: { readonly files: ReadonlySet<number>; readonly name: string; readonly depth: number }[] = [
    { files: new Set(imports.flatMap(([a, b]) => [a, b])), name: 'c', depth: 0 },
  ]
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { files, name, depth } = next
    for (const [index, own] of communities(files, imports).entries()) {
      const label = `${name}.${index}`
      if (depth < 4 && own.length < files.size && weightOf(ground, own) > cap)
        queue.push({ files: new Set(own), name: label, depth: depth + 1 })
      else for (const file of own) labels.set(file, label)
    }
  }
  return labels
}

function communities(
  files: ReadonlySet<number>,
  imports: readonly (readonly [number, number, ...number[]])[],
): readonly (readonly number[])[] {
  const graph = new graphology.UndirectedGraph({ multi: false })
  for (const file of files) graph.addNode(file)
  for (const [a, b] of imports) if (a !== b && files.has(a) && files.has(b)) graph.mergeEdge(a, b)
  if (graph.size === 0) return [...files].map((file) => [file])
  const found = louvain(graph, { rng: sequence(7) })
  const groups = new Map<number, number[]>()
  for (const [file, label] of Object.entries(found))
    groups.set(label, pushed(groups.get(label), Number(file)))
  return [...groups.values()]
}

function folderMajority(ground: Ground, labels: ReadonlyMap<number, string>): ReadonlyMap<string, string> {
  const counts = new Map<string, Map<string, number>>()
  for (const [file, label] of labels) {
    for (let at = folderOf(ground.paths[file] ?? ''); at !== ''; at = folderOf(at)) {
      const own = counts.get(at) ?? new Map<string, number>()
      own.set(label, (own.get(label) ?? 0) + 1)
      counts.set(at, own)
    }
  }
  return new Map(
    [...counts].map(([folder, own]) => [folder, [...own].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? '']),
  )
}

/** What is above the cap all the same is cut by the order of its paths. */
function chopped(
  ground: Ground,
  key: string,
  { files, cap }: { readonly files: readonly number[]; readonly cap: number },
): readonly Lump[] {
  const weight = weightOf(ground, files)
  if (weight <= cap) return [{ key, files, weight }]
  const parts = Math.ceil(weight / cap)
  const lumps: { files: number[]; weight: number }[] = Array.from({ length: parts }, () => ({
    files: [],
    weight: 0,
  }))
  let done = 0
  for (const file of files) {
    const lump = lumps[Math.min(parts - 1, Math.floor((done / weight) * parts))]
    done += ground.weights[file] ?? 0
    lump?.files.push(file)
  }
  return lumps.map(({ files: own }) => ({ key, files: own, weight: weightOf(ground, own) }))
}

/** The heaviest first, each into the piece with the least. */
function pack(lumps: readonly Lump[], pieces: number): readonly number[] {
  const load = Array.from({ length: pieces }, () => 0)
  const found = lumps.map(() => 0)
  const order = lumps
    .map((_, index) => index)
    .toSorted((a, b) => (lumps[b]?.weight ?? 0) - (lumps[a]?.weight ?? 0))
  for (const index of order) {
    const least = load.indexOf(Math.min(...load))
    load[least] = (load[least] ?? 0) + (lumps[index]?.weight ?? 0)
    found[index] = least
  }
  return found
}
