// A whole diff against the map: what a session may not keep, and what is worth a look although it may. What blocks and
// what only warns is decided here and listed in the guide. Pure: the text of links and the list of tracked paths are
// handed in.
import type { FindingKind, ScopeFinding } from '../contract/scope.ts'
import { foldPath } from './glob.ts'
import { ownerName, type OwnershipMap } from './ownership.ts'
import { lookOf, meetings, type Meeting } from './spelling.ts'

/** One path that differs; renames are a deletion and an addition. Modes as git writes them, `000000` for absent. */
export interface PathChange {
  readonly path: string
  readonly kind: 'added' | 'modified' | 'deleted' | 'type-changed'
  readonly oldMode: string
  readonly newMode: string
}

export interface Diff {
  readonly changes: readonly PathChange[]
  /** Text of the symbolic links among them, by path; one that is missing counts as unreadable. */
  readonly links: ReadonlyMap<string, string>
  /** Every path of the new tree; only asked for when something was added. */
  readonly tracked: readonly string[]
}

/** Modes as git writes them. */
export const LINK = '120000'
export const SUBMODULE = '160000'
const EXECUTABLE = '100755'

/** Everything that is wrong or remarkable, path by path, blocking findings of a path first. */
export function judgeDiff(map: OwnershipMap, piece: string, diff: Diff): readonly ScopeFinding[] {
  const judge = new Judge(map, piece)
  const added = diff.changes.filter(({ kind }) => kind === 'added').map(({ path }) => path)
  return [
    ...diff.changes.flatMap((change) => judge.change(change, diff.links)),
    ...meetings(added, diff.tracked).flatMap((meeting) => judge.meeting(meeting)),
    ...added.flatMap((path) => judge.disguise(path)),
  ].filter(isFirstOfItsKind)
}

/** Why a path passes for a path of somebody else, one sentence; null when it does not. */
export function disguise(map: OwnershipMap, piece: string, path: string): string | null {
  return new Judge(map, piece).disguise(path)[0]?.text ?? null
}

/** A tracked neighbour and the rule of the map may find the same thing. */
function isFirstOfItsKind(finding: ScopeFinding, index: number, all: readonly ScopeFinding[]): boolean {
  return all.findIndex(({ kind, path }) => kind === finding.kind && path === finding.path) === index
}

class Judge {
  readonly #map: OwnershipMap
  readonly #piece: string

  constructor(map: OwnershipMap, piece: string) {
    this.#map = map
    this.#piece = piece
  }

  change(change: PathChange, links: ReadonlyMap<string, string>): readonly ScopeFinding[] {
    return [
      ...this.#scope(change),
      ...this.#control(change),
      ...(change.newMode === LINK ? this.#link(change.path, links.get(change.path)) : []),
      ...this.#submodule(change),
      ...this.#mode(change),
    ]
  }

  meeting({ path, other, reads, how }: Meeting): readonly ScopeFinding[] {
    const owner = this.#ownerOf(reads)
    const own = owner === this.#piece
    if (own && how === 'look-alike') return []
    const text =
      how === 'same-name'
        ? `Some file systems take it for ${other}.`
        : `It looks like ${other} and is another path.`
    return [this.#finding(how, { path, owner, text, blocks: !own })]
  }

  /** Names that pass for a path of somebody else, whether or not that one exists. */
  disguise(path: string): readonly ScopeFinding[] {
    const fold = foldPath(path)
    const named = this.#foreign(path, fold)
    if (named !== null) {
      const text = `On a file system that ignores case it is a path of ${named.whose}.`
      return [this.#finding('same-name', { path, owner: named.owner, text, blocks: true })]
    }
    const look = lookOf(path)
    const alike = look === fold ? null : this.#foreign(path, look)
    if (alike === null) return []
    const text = `It looks like a path of ${alike.whose}.`
    return [this.#finding('look-alike', { path, owner: alike.owner, text, blocks: true })]
  }

  /** Whose path it would be, spelled like that; null when that is no news. */
  #foreign(path: string, spelled: string): { readonly owner: string | null; readonly whose: string } | null {
    const { folded } = this.#map
    if (folded.owns(this.#piece, spelled)) return null
    const owner = folded.ownerOf(spelled)
    if (
      owner.kind === 'free' ||
      (owner.kind === this.#map.ownerOf(path).kind && ownerName(owner) === this.#ownerOf(path))
    )
      return null
    const name = ownerName(owner)
    return { owner: name, whose: name ?? 'git or Quintet' }
  }

  #scope({ path, kind }: PathChange): readonly ScopeFinding[] {
    if (this.#map.owns(this.#piece, path)) return []
    const owner = this.#ownerOf(path)
    const whose = owner === null ? 'no session owns it' : `it belongs to ${owner}`
    return [
      this.#finding('out-of-scope', { path, owner, text: `It was ${DEED[kind]}; ${whose}.`, blocks: true }),
    ]
  }

  /** Files that govern what git, or Quintet, does with the files of others. */
  #control({ path }: PathChange): readonly ScopeFinding[] {
    const name = controlName(path)
    if (name === null) return []
    const governs = name === '.quintet' || !path.includes('/')
    const named = this.#map.deciding(this.#piece, path)?.includes(name) === true
    const text = governs
      ? name === '.quintet'
        ? 'It governs how Quintet runs.'
        : 'It governs what git does with the whole repository.'
      : 'It governs what git does with the files below its folder.'
    const owner = this.#ownerOf(path)
    return [this.#finding('control-file', { path, owner, text, blocks: governs && !named })]
  }

  #link(path: string, target: string | undefined): readonly ScopeFinding[] {
    const outside = (text: string): readonly ScopeFinding[] => [
      this.#finding('link-outside', { path, owner: null, text, blocks: true }),
    ]
    if (target === undefined) return outside('The link cannot be read.')
    const end = linkEnd(path, target)
    if (end === null) return outside(`The link leads out of the repository: ${shown(target)}.`)
    if (end !== '' && this.#map.ownerOf(end).kind === 'forbidden')
      return outside(`The link leads to what nobody may write: ${shown(target)}.`)
    // A link to a folder leads to what is in it, whoever may write the name itself.
    const owner = end === '' ? null : (this.#ownerOf(`${end}/x`) ?? this.#ownerOf(end))
    if (owner === this.#piece) return []
    const text = `The link leads out of the scope: ${shown(target)}.`
    return [this.#finding('link-foreign', { path, owner, text, blocks: false })]
  }

  /** What a submodule brings comes from elsewhere, and no gate sees it. */
  #submodule({ path, oldMode, newMode }: PathChange): readonly ScopeFinding[] {
    if (newMode !== SUBMODULE) return []
    const text = oldMode === SUBMODULE ? 'The submodule stands at another commit.' : 'A submodule was added.'
    return [this.#finding('submodule', { path, owner: this.#ownerOf(path), text, blocks: true })]
  }

  #mode({ path, kind, oldMode, newMode }: PathChange): readonly ScopeFinding[] {
    if (kind !== 'modified' || oldMode === newMode) return []
    if (oldMode !== EXECUTABLE && newMode !== EXECUTABLE) return []
    const text = newMode === EXECUTABLE ? 'It became executable.' : 'It is no longer executable.'
    return [this.#finding('mode', { path, owner: this.#ownerOf(path), text, blocks: false })]
  }

  /** What the operator has granted by name was looked at: nothing about it blocks any more. */
  #finding(kind: FindingKind, finding: Omit<ScopeFinding, 'kind'>): ScopeFinding {
    const blocks = finding.blocks && !this.#map.approved(this.#piece, finding.path)
    return { kind, ...finding, blocks }
  }

  #ownerOf(path: string): string | null {
    return ownerName(this.#map.ownerOf(path))
  }
}

const DEED: Readonly<Record<PathChange['kind'], string>> = {
  added: 'added',
  modified: 'changed',
  deleted: 'deleted',
  'type-changed': 'replaced by another kind of file',
}

/** `.gitattributes` anywhere, `.gitmodules` and `.quintet` at the root, also in a spelling that some file systems take for
 *  them; null for every other path. */
export function controlName(path: string): string | null {
  const spelled = lookOf(path)
  if (spelled === '.gitmodules') return '.gitmodules'
  if (spelled === '.quintet' || spelled.startsWith('.quintet/')) return '.quintet'
  return spelled === '.gitattributes' || spelled.endsWith('/.gitattributes') ? '.gitattributes' : null
}

/** Where a link leads, relative to the repository root; null when it leaves the repository, empty for the root itself. */
function linkEnd(path: string, target: string): string | null {
  if (target === '' || target.startsWith('/') || /^[A-Za-z]:/.test(target) || target.includes('\\'))
    return null
  const parts = path.split('/').slice(0, -1)
  for (const part of target.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return null
  }
  return parts.join('/')
}

function shown(target: string): string {
  return target.length > 120 ? `${target.slice(0, 119)}…` : target
}
