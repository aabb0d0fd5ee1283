// Where symbolic links of the repository lead. Pure: the targets were read before.

/** A tracked symbolic link; `target` as stored in it. */
export interface Link {
  readonly path: string
  readonly target: string
}

/** Where a link ends: a path inside the repository ('' is its root), or outside of it. */
export type LinkEnd = { readonly kind: 'inside'; readonly path: string } | { readonly kind: 'outside' }

/** Links through links are followed this far, as the kernel does; then the way counts as leading out. */
const MOST_LINKS = 40

/** Follows a link through all links of the repository that lie on its way. */
export function linkEnd(link: Link, links: readonly Link[]): LinkEnd {
  const targets = new Map(links.map(({ path, target }) => [path, target]))
  let left = MOST_LINKS
  const done = parentOf(link.path)
  const ahead = link.target.split('/')
  if (link.target.startsWith('/')) return { kind: 'outside' }
  for (let segment = ahead.shift(); segment !== undefined; segment = ahead.shift()) {
    if (segment === '' || segment === '.') continue
    if (segment === '..') {
      if (done.length === 0) return { kind: 'outside' }
      done.pop()
      continue
    }
    const target = targets.get([...done, segment].join('/'))
    if (target === undefined) {
      done.push(segment)
      continue
    }
    if (target.startsWith('/') || left-- === 0) return { kind: 'outside' }
    ahead.unshift(...target.split('/'))
  }
  return { kind: 'inside', path: done.join('/') }
}

function parentOf(path: string): string[] {
  return path.split('/').slice(0, -1)
}
