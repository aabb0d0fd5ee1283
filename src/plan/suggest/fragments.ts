// Folders to which every change adds a file of its own, such as change notes that are put together at a release. Nobody meets
// in them, but one owner would have them all: instead each piece owns the names that begin with its id. Pure.
import { isBelow, type Division, type Place } from './division.ts'

/** Folders whose files may be called anything. */
const FOLDERS = ['.changeset']

/** Whether a path is a note that one change adds. */
export function isFragment(path: string): boolean {
  return FOLDERS.some(
    (folder) => path.startsWith(`${folder}/`) && path.endsWith('.md') && !path.endsWith('/README.md'),
  )
}

/** The division with a place for the notes of each piece; `ids` of the pieces in their order. */
export function withFragments(
  division: Division,
  paths: readonly string[],
  ids: readonly string[],
): Division {
  const there = FOLDERS.filter((folder) => paths.some((path) => path.startsWith(`${folder}/`)))
  if (there.length === 0 || division.pieces < 2) return division
  // No id has a dot, so none of these begins like another.
  const places = there.flatMap((path) =>
    ids.map((id, piece) => ({ place: { kind: 'marked', path, start: `${id}.` } satisfies Place, piece })),
  )
  // What else is in the folder goes with what is around it: a pattern that takes the folder out would take the notes as well.
  const kept = division.given.filter(
    ({ place }) => !there.some((path) => place.path === path || isBelow(place.path, path)),
  )
  const isWhole = kept.some(({ place }) => place.kind === 'folder' && place.path === '')
  return isWhole ? { ...division, given: [...kept, ...places] } : division
}
