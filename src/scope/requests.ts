// The requests of a run, folded from its facts: used wherever a request is looked at. Pure.
import type { Fact } from '../contract/facts.ts'
import type { ScopeRequest } from '../contract/scope.ts'

/** The requests after one more fact, oldest first; one that is put anew stands as it was put last, and the first decision
 *  on it counts. Facts of other kinds leave them as they are. */
export function applyRequestFact(
  requests: readonly ScopeRequest[],
  fact: Fact,
  at: number,
): readonly ScopeRequest[] {
  switch (fact.type) {
    case 'scope.requested': {
      const { n, session: piece, paths, reason, via, owner = null } = fact.data
      const asked: ScopeRequest = { n, piece, paths, owner, reason, via, since: at, state: 'open' }
      if (!requests.some((request) => request.n === n)) return [...requests, asked]
      return requests.map((request) => (request.n === n && request.state === 'open' ? asked : request))
    }
    case 'scope.granted':
    case 'scope.refused':
    case 'scope.handed':
      return requests.map((request) =>
        request.n === fact.data.n && request.state === 'open' ? settled(request, fact, at) : request,
      )
    default:
      return requests
  }
}

type Settling = Extract<Fact, { type: 'scope.granted' | 'scope.refused' | 'scope.handed' }>

function settled(request: ScopeRequest, fact: Settling, at: number): ScopeRequest {
  const { by, reason, paths = request.paths } = fact.data
  const common = { at, by, reason }
  switch (fact.type) {
    case 'scope.granted':
      return { ...request, paths, state: 'granted', settled: { ...common, to: fact.data.to } }
    case 'scope.refused':
      return { ...request, paths, state: 'refused', settled: common }
    case 'scope.handed': {
      const { to, patch } = fact.data
      const where = patch === undefined ? {} : { patch }
      return { ...request, paths, state: 'handed', settled: { ...common, to, ...where } }
    }
  }
}
