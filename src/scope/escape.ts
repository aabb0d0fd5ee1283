// Paths and patterns that lead out of the repository, or that nobody may own. What lies behind a symbolic link cannot
// be seen here; plan/ looks at the tree for that. Pure.
import { parseGlob } from './glob.ts'

const DRIVE = /^[A-Za-z]:/
const GIT_FOLDER = /^\.git$/i

/** Why a pattern cannot be part of a scope. `escapes`: it means something outside of the repository. */
export interface PatternProblem {
  readonly kind: 'escapes' | 'malformed'
  /** One sentence. */
  readonly why: string
}

/** What is wrong with a pattern; null when nothing is. */
export function patternProblem(pattern: string): PatternProblem | null {
  const body = pattern.startsWith('!') ? pattern.slice(1) : pattern
  const escapes = escapeProblem(body)
  if (escapes !== null) return { kind: 'escapes', why: escapes }
  const malformed = formProblem(pattern, body)
  return malformed === null ? null : { kind: 'malformed', why: malformed }
}

function escapeProblem(body: string): string | null {
  if (DRIVE.test(body) || /^[A-Za-z]+:\/\//.test(body) || body.startsWith('//') || body.startsWith('\\\\')) {
    return 'A pattern must be relative to the repository root.'
  }
  if (/^~[^/]*(\/|$)/.test(body)) return 'A home folder is outside of the repository.'
  const segments = unescaped(body).split('/')
  if (segments.includes('..') || body.split('\\').includes('..'))
    return 'The segment ".." leads out of the repository.'
  return segments.some((segment) => GIT_FOLDER.test(segment)) ? 'The folder .git belongs to git.' : null
}

function formProblem(pattern: string, body: string): string | null {
  if (pattern.trim() === '') return 'A pattern must not be empty.'
  if (hasControls(pattern)) return 'A pattern must not contain control characters.'
  if (pattern.startsWith('#')) {
    return String.raw`A pattern that begins with # is a comment; write \# for a file of that name.`
  }
  if (unescaped(body).split('/').includes('.')) return 'The segment "." matches nothing; leave it out.'
  if (/(^|[^\\])\\[A-Za-z0-9_]/.test(body)) {
    return 'A backslash escapes the next character; folders are separated by forward slashes.'
  }
  if (body.trim() === '/') return 'It is the root itself and matches nothing in it; write ** for everything.'
  if (parseGlob(pattern) === null) return 'It can never match; an escape or a bracket is not finished.'
  if (body.replace(/^\//, '').replace(/\/$/, '').includes('//') || body.endsWith('//')) {
    return 'It has an empty segment, so it can never match.'
  }
  const bracket = /\[[^\]]*[^\0-\x7F][^\]]*\]/.exec(body.replaceAll(/\\./g, ''))?.[0]
  return bracket === undefined
    ? null
    : `Git reads ${bracket} byte by byte, so it matches no character outside of ASCII.`
}

/** Why nobody may write this path, relative to the repository root; null when a scope may hold it. */
export function pathProblem(path: string): string | null {
  if (path === '') return 'The path is empty.'
  if (path.includes('\0')) return 'The path contains a zero byte.'
  if (path.startsWith('/') || DRIVE.test(path) || path.startsWith('\\\\')) return 'The path is absolute.'
  const segments = path.split('/')
  if (segments.includes('..') || path.split('\\').includes('..'))
    return 'The path leads out of the repository.'
  if (segments.includes('.') || segments.includes('')) return 'The path is not in its plain form.'
  if (segments.some((segment) => GIT_FOLDER.test(segment))) return 'The folder .git belongs to git.'
  return null
}

/** Never in an honest pattern, and able to forge output. */
function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text)
}

function unescaped(pattern: string): string {
  return pattern.replaceAll(/\\(.)/g, '$1')
}
