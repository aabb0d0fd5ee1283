// Where a session's worktree stands: the configured template, filled in and judged. Pure; paths are POSIX and absolute.
import { QuintetError } from '../contract/errors.ts'

export interface PlaceRequest {
  /** `{repo}`, `{parent}`, `{name}`, `{run}` and `{piece}` are replaced. */
  readonly template: string
  /** Main worktree. */
  readonly root: string
  readonly commonDir: string
  readonly run: string
  readonly piece: string
  /** Paths of the linked worktrees that exist. */
  readonly worktrees: readonly string[]
}

export interface Place {
  readonly path: string
  /** Line for info/exclude; null when the worktree stands outside the main one. */
  readonly exclude: string | null
}

const PLACEHOLDERS = ['repo', 'parent', 'name', 'run', 'piece'] as const

/** Path of a session's worktree. Throws `E_WORKTREE_TEMPLATE` for a template that cannot work. */
export function worktreePlace(request: PlaceRequest): Place {
  requirePlaceholders(request.template)
  const path = normalised(fill(request.template, valuesOf(request)))
  if (path === null) refuse(request.template, 'does not begin with {repo}, {parent} or "/".')
  const { root, commonDir } = request
  if (inside(root, path)) refuse(request.template, `gives ${path}, which is or contains the main worktree.`)
  if (inside(path, commonDir) || inside(path, `${root}/.git`)) {
    refuse(request.template, `gives ${path}, which is inside the git directory.`)
  }
  const other = request.worktrees.find(
    (worktree) =>
      worktree !== path && worktree !== root && (inside(path, worktree) || inside(worktree, path)),
  )
  if (other !== undefined) {
    refuse(request.template, `gives ${path}, which would be nested with the worktree ${other}.`)
  }
  return { path, exclude: inside(path, root) ? excludePattern(request) : null }
}

function requirePlaceholders(template: string): void {
  const used = [...template.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? '')
  const unknown = used.find((name) => !PLACEHOLDERS.some((known) => known === name))
  if (unknown !== undefined) {
    const known = PLACEHOLDERS.map((name) => `{${name}}`).join(', ')
    refuse(template, `has the unknown placeholder {${unknown}}; known are ${known}.`)
  }
  if (!used.includes('piece')) refuse(template, 'has no {piece}: two pieces would get one path.')
}

function valuesOf({ root, run, piece }: PlaceRequest): Readonly<Record<string, string>> {
  const cut = root.lastIndexOf('/')
  return { repo: root, parent: root.slice(0, cut), name: root.slice(cut + 1), run, piece }
}

function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{([^{}]*)\}/g, (whole, name: string) => values[name] ?? whole)
}

/** The path without `.`, `..` and doubled slashes; null for a relative one. */
function normalised(path: string): string | null {
  if (!path.startsWith('/')) return null
  const result: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment === '..') result.pop()
    else result.push(segment)
  }
  return `/${result.join('/')}`
}

/** True when `path` is `folder` or below it. */
function inside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

/** A pattern for all worktrees of the template: run and piece become wildcards, so that it is written once. */
function excludePattern(request: PlaceRequest): string {
  const { template, root } = request
  const values = { ...valuesOf(request), run: '*', piece: '*' }
  const pattern = (normalised(fill(template, values)) ?? root).slice(root.length)
  const first = pattern.split('/')[1] ?? ''
  if (first.includes('*')) {
    refuse(
      template,
      'puts worktrees between the files of the project; give them a folder, such as {repo}/.trees/{run}/{piece}.',
    )
  }
  return `${pattern}/`
}

function refuse(template: string, why: string): never {
  throw new QuintetError('E_WORKTREE_TEMPLATE', 'config', `The worktree template "${template}" ${why}`, {
    hints: [
      {
        text: 'Set `worktrees` in .quintet/config.toml, for example to "{parent}/{name}.quintet/{run}/{piece}".',
      },
    ],
    details: { template },
  })
}
