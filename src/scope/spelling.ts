// Names that are not the same and are taken for the same: by a file system that ignores case and normalises Unicode, or
// by a person. Pure.
import { foldPath } from './glob.ts'

const ASCII = /^[\0-\x7f]*$/
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu

/** Letters and marks that look like an ASCII one, the common ones: first line what is written, second what is read. */
const LOOKS: readonly (readonly [written: string, read: string])[] = [
  // Cyrillic
  ['аеорсухіјѕһԁԛԝӏѵьгкԍ', 'aeopcyxijshdqwlvbrkg'],
  ['АВЕЅІЈКМНОРСТУХԚԜҮѴԌ', 'ABESIJKMHOPCTYXQWYVG'],
  // Greek
  ['αγικνορυχτωϲϳ', 'ayikvopuxtwcj'],
  ['ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿ', 'ABEZHIKMNOPTYXCJ'],
  // Latin letters and marks that normalising leaves alone
  ['ıɑɡʟɪʏ‐–—−⁄∕∖’ʼ', "iagliy----//\\''"],
]

const LOOK = new Map(
  LOOKS.flatMap(([written, read]) => {
    const letters = Array.from(read)
    return Array.from(written, (letter, index): [string, string] => [letter, letters[index] ?? letter])
  }),
)

/** What a path looks like: two paths with one look are told apart by no reader. Case does not count. */
export function lookOf(path: string): string {
  if (ASCII.test(path)) return path.toLowerCase()
  const plain = path.normalize('NFKC').replaceAll(IGNORABLE, '')
  return foldPath(Array.from(plain, (letter) => LOOK.get(letter) ?? letter).join(''))
}

/** Two names that meet: a new one and one that is tracked already. */
export interface Meeting {
  /** The new path, or the folder of it (with a slash at its end) where the names part. */
  readonly path: string
  /** The tracked path or folder it meets. */
  readonly other: string
  /** The whole new path, spelled as the other one. */
  readonly reads: string
  readonly how: 'same-name' | 'look-alike'
}

/** A new name, or the folder of one. */
interface Wanted {
  readonly path: string
  readonly fold: string
  /** A whole new path that begins with it. */
  readonly whole: string
}

/**
 * Where new paths meet tracked ones that they differ from by case, Unicode form or look alone, folders included; each
 * meeting once. `tracked`: all paths of the tree, the new ones among them.
 */
export function meetings(added: readonly string[], tracked: readonly string[]): readonly Meeting[] {
  if (added.length === 0) return []
  const fresh = new Set(added)
  const wanted = wantedNames(added)
  const settled = new Set<string>()
  const found = new Map<string, Meeting>()
  for (const [name, isNew] of names(tracked, fresh)) {
    for (const candidate of candidates(wanted, name)) {
      if (candidate.path === name) {
        if (!isNew) settled.add(name)
        continue
      }
      if (!found.has(candidate.path)) found.set(candidate.path, meeting(candidate, name))
    }
  }
  // A folder that was there before under this very name meets nothing by what is added to it.
  return [...found.values()].filter(({ path }) => !settled.has(path)).filter(outermost)
}

function meeting({ path, fold, whole }: Wanted, other: string): Meeting {
  return {
    path,
    other,
    reads: other + whole.slice(path.length),
    how: foldPath(other) === fold ? 'same-name' : 'look-alike',
  }
}

/** Below two folders that meet everything meets; the folders are enough. */
function outermost({ path }: Meeting, _index: number, all: readonly Meeting[]): boolean {
  return !all.some((outer) => outer.path !== path && outer.path.endsWith('/') && path.startsWith(outer.path))
}

/** The new paths and their folders by look and by folded name. */
function wantedNames(added: readonly string[]): ReadonlyMap<string, readonly Wanted[]> {
  const wanted = new Map<string, Wanted[]>()
  const known = new Set<string>()
  for (const whole of added) {
    for (const path of [...foldersAbove(whole), whole]) {
      if (known.has(path)) continue
      known.add(path)
      const fold = foldPath(path)
      for (const key of new Set([lookOf(path), fold])) {
        wanted.set(key, [...(wanted.get(key) ?? []), { path, fold, whole }])
      }
    }
  }
  return wanted
}

function candidates(wanted: ReadonlyMap<string, readonly Wanted[]>, name: string): readonly Wanted[] {
  const look = lookOf(name)
  const alike = wanted.get(look) ?? []
  if (ASCII.test(name)) return alike
  const fold = foldPath(name)
  return fold === look ? alike : [...alike, ...(wanted.get(fold) ?? [])]
}

/** Every path and every folder of the tree once, and whether all of it is new. Folders end with a slash. */
function* names(
  tracked: readonly string[],
  fresh: ReadonlySet<string>,
): Generator<readonly [name: string, isNew: boolean]> {
  const seen = { new: new Set<string>(), old: new Set<string>() }
  for (const path of tracked) {
    const isNew = fresh.has(path)
    const known = isNew ? seen.new : seen.old
    for (const above of foldersAbove(path)) {
      if (known.has(above)) continue
      known.add(above)
      yield [above, isNew]
    }
    yield [path, isNew]
  }
}

function foldersAbove(path: string): readonly string[] {
  const folders: string[] = []
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    folders.push(path.slice(0, at + 1))
  }
  return folders
}
