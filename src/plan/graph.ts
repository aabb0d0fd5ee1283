// Dependencies between pieces: ids that mean something, no circles, and an order in which everything comes after what
// it needs. Pure.
import type { Piece } from '../contract/plan.ts'
import { finding, quote, type Finding } from './findings.ts'
import { nearest } from '../contract/nearest.ts'

type Node = Pick<Piece, 'id' | 'depends_on'>

/** Names that stand beside piece ids in branches, folders and messages. */
const RESERVED: ReadonlySet<string> = new Set(['operator', 'integration'])

export interface DependencyOrder {
  /** Every piece after its dependencies, else in the order of the plan; pieces in or behind a circle are left out. */
  readonly order: readonly string[]
  /** Pieces that can be worked on at the same time, wave after wave. */
  readonly waves: readonly (readonly string[])[]
}

/** Orders pieces by their dependencies. Unknown dependencies do not count. */
export function dependencyOrder(pieces: readonly Node[]): DependencyOrder {
  const ids = new Set(pieces.map(({ id }) => id))
  const wanted = pieces.map(({ id, depends_on }) => ({
    id,
    needs: depends_on.filter((need) => ids.has(need)),
  }))
  return { order: orderOf(wanted), waves: wavesOf(wanted) }
}

interface Wanted {
  readonly id: string
  readonly needs: readonly string[]
}

function orderOf(pieces: readonly Wanted[]): readonly string[] {
  const order: string[] = []
  const done = new Set<string>()
  for (;;) {
    const next = pieces.find(({ id, needs }) => !done.has(id) && needs.every((need) => done.has(need)))
    if (next === undefined) return order
    done.add(next.id)
    order.push(next.id)
  }
}

function wavesOf(pieces: readonly Wanted[]): readonly (readonly string[])[] {
  const waves: string[][] = []
  const done = new Set<string>()
  for (;;) {
    const wave = pieces.filter(({ id, needs }) => !done.has(id) && needs.every((need) => done.has(need)))
    if (wave.length === 0) return waves
    waves.push([...new Set(wave.map(({ id }) => id))])
    for (const { id } of wave) done.add(id)
  }
}

/** What is wrong with ids and dependencies. */
export function graphFindings(pieces: readonly Node[]): readonly Finding[] {
  return [...idFindings(pieces), ...dependencyFindings(pieces), ...cycles(pieces).map(cycleFinding)]
}

function idFindings(pieces: readonly Node[]): readonly Finding[] {
  const ids = pieces.map(({ id }) => id)
  const twice = [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))]
  const reserved = [...new Set(ids.filter((id) => RESERVED.has(id)))]
  return [
    ...twice.map((piece) =>
      finding('E_PIECE_TWICE', `More than one piece has the id ${quote(piece)}.`, { piece }),
    ),
    ...reserved.map((piece) =>
      finding('E_PIECE_RESERVED', `The id ${quote(piece)} is reserved; another one is needed.`, { piece }),
    ),
  ]
}

function dependencyFindings(pieces: readonly Node[]): readonly Finding[] {
  const ids = pieces.map(({ id }) => id)
  return pieces.flatMap(({ id, depends_on }) =>
    [...new Set(depends_on)].flatMap((need) => {
      if (need === id) return [finding('E_DEPENDS_SELF', `The piece ${id} depends on itself.`, { piece: id })]
      if (ids.includes(need)) return []
      const meant = nearest(
        need,
        ids.filter((other) => other !== id),
      )
      const hints = meant === null ? [] : [{ text: `Perhaps ${quote(meant)} was meant.` }]
      const message = `The piece ${id} depends on ${quote(need)}, which is not in the plan.`
      return [finding('E_DEPENDS_UNKNOWN', message, { piece: id, hints })]
    }),
  )
}

function cycleFinding(cycle: readonly string[]): Finding {
  const circle = [...cycle, cycle[0] ?? ''].join(' → ')
  return finding('E_CYCLE', `The pieces depend on each other in a circle: ${circle}.`, {
    piece: cycle[0] ?? '',
    hints: [{ text: 'Take one of these dependencies out of depends_on, or make one piece of them.' }],
  })
}

/** Circles of two or more pieces, each once: one for every dependency that leads back onto the path it was reached by. */
function cycles(pieces: readonly Node[]): readonly (readonly string[])[] {
  const needs = new Map(pieces.map(({ id, depends_on }) => [id, depends_on.filter((need) => need !== id)]))
  const found: string[][] = []
  const finished = new Set<string>()
  const path: string[] = []
  const visit = (id: string): void => {
    const at = path.indexOf(id)
    if (at >= 0) found.push(path.slice(at))
    if (at >= 0 || finished.has(id)) return
    path.push(id)
    for (const need of needs.get(id) ?? []) visit(need)
    path.pop()
    finished.add(id)
  }
  for (const { id } of pieces) visit(id)
  return found
}
