// Paths as agents write them (absolute, mostly) made relative to the worktree, as scopes need them. Pure text work: the
// paths need not exist.

/** `path` relative to the first root that contains it; a path outside all of them comes back absolute. */
export function relativePath(path: string, roots: readonly string[]): string {
  const [first = '/'] = roots
  const absolute = normalised(path.startsWith('/') ? path : `${first}/${path}`)
  for (const root of roots) {
    const base = normalised(root)
    if (absolute === base) return '.'
    if (absolute.startsWith(base === '/' ? base : `${base}/`))
      return absolute.slice(base === '/' ? 1 : base.length + 1)
  }
  return absolute
}

function normalised(path: string): string {
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment === '..') segments.pop()
    else segments.push(segment)
  }
  return `/${segments.join('/')}`
}
