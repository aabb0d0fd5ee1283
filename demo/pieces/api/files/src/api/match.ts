import type { Method, Route } from './route.ts'

export type Params = ReadonlyMap<string, string>

export type Match =
  | { readonly kind: 'found'; readonly route: Route; readonly params: Params }
  | { readonly kind: 'wrong-method'; readonly allowed: readonly Method[] }
  | { readonly kind: 'missing' }

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '')
}

/** The parameters of a path that fits the pattern, such as "/accounts/7" and "/accounts/:id". */
export function matchPath(pattern: string, path: string): Params | undefined {
  const expected = segmentsOf(pattern)
  const given = segmentsOf(path)
  if (expected.length !== given.length) {
    return undefined
  }
  const params = new Map<string, string>()
  for (const [index, segment] of expected.entries()) {
    const value = given[index] ?? ''
    if (segment.startsWith(':')) {
      params.set(segment.slice(1), value)
    } else if (segment !== value) {
      return undefined
    }
  }
  return params
}

export function matchRoute(routes: readonly Route[], method: string, path: string): Match {
  const allowed: Method[] = []
  for (const route of routes) {
    const params = matchPath(route.path, path)
    if (params !== undefined && route.method === method) {
      return { kind: 'found', route, params }
    }
    if (params !== undefined) {
      allowed.push(route.method)
    }
  }
  return allowed.length === 0 ? { kind: 'missing' } : { kind: 'wrong-method', allowed }
}
