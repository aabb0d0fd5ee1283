// Re-implementations of published loop rules, from their sources and documents, as anchors. They see the same traces as
// the rules of this project; where a trace does not say where one reply ends, a result does. Rules that need a model are
// left out, and OpenHands' "three messages in a row", which fires on how some recorders split a reply.
import type { TraceCall, TraceEvent, TraceResult } from '../../src/contract/trace.ts'

/** Sees events in order; true when it fires. It must begin anew after that. */
export interface Published {
  readonly name: string
  readonly make: () => (event: TraceEvent) => boolean
}

const callKey = (call: TraceCall): string =>
  `${call.tool} ${call.inHash ?? call.cmd ?? call.input ?? call.path ?? ''}`
const resultKey = (result: TraceResult): string => result.hash ?? result.text
const failed = (result: TraceResult): boolean => result.ok === false || (result.exit ?? 0) !== 0

/** The last `count` are equal. */
function isRun(list: readonly string[], count: number): boolean {
  return list.length >= count && list.slice(-count).every((key) => key === list.at(-1))
}

/** The list ends in a cycle of `length`, `times` over. */
function isCycle(list: readonly string[], length: number, times: number): boolean {
  const total = length * times
  if (list.length < total) return false
  for (let back = 1; back <= total - length; back++)
    if (list.at(-back) !== list.at(-back - length)) return false
  return true
}

function keep<T>(list: T[], item: T, most: number): void {
  list.push(item)
  if (list.length > most) list.shift()
}

/** Calls joined with their results, since the last operator message. */
function pairs(
  rule: (list: readonly { call: string; result: string; failed: boolean }[]) => boolean,
): Published['make'] {
  return () => {
    const open = new Map<string, string>()
    const list: { call: string; result: string; failed: boolean }[] = []
    let thought = ''
    return (event) => {
      if (event.t === 'user') list.length = 0
      if (event.t === 'say' || event.t === 'think') thought = event.text
      if (event.t === 'call') {
        open.set(event.id, `${thought} ${callKey(event)}`)
        thought = ''
      }
      if (event.t !== 'result') return false
      const call = open.get(event.id)
      if (call === undefined) return false
      open.delete(event.id)
      keep(list, { call, result: resultKey(event), failed: failed(event) }, 12)
      const fires = rule(list)
      if (fires) list.length = 0
      return fires
    }
  }
}

/** Calls alone; `breaks` says which events begin anew. */
function calls(
  rule: (keys: readonly string[]) => boolean,
  breaks: (event: TraceEvent) => boolean,
): Published['make'] {
  return () => {
    const keys: string[] = []
    return (event) => {
      if (breaks(event)) keys.length = 0
      if (event.t !== 'call') return false
      keep(keys, callKey(event), 32)
      const fires = rule(keys)
      if (fires) keys.length = 0
      return fires
    }
  }
}

const CHUNK = 50

function gemini(): (event: TraceEvent) => boolean {
  const byCalls = calls(
    (keys) => [1, 2, 3, 4, 5].some((length) => isCycle(keys, length, 5)),
    (event) => event.t === 'user',
  )()
  return (event) => {
    if (event.t !== 'say') return byCalls(event)
    const chunks = new Map<string, number>()
    for (let at = 0; at + CHUNK <= event.text.length; at += CHUNK) {
      const chunk = event.text.slice(at, at + CHUNK)
      const count = (chunks.get(chunk) ?? 0) + 1
      if (count >= 10) return true
      chunks.set(chunk, count)
    }
    return false
  }
}

function qwen(): (event: TraceEvent) => boolean {
  const keys: string[] = []
  const counts = new Map<string, number>()
  const errors = new Map<string, number>()
  const thoughts: string[] = []
  const open = new Map<string, string>()
  const begin = (): void => {
    keys.length = 0
    thoughts.length = 0
    counts.clear()
    errors.clear()
  }
  const fired = (fires: boolean): boolean => {
    if (fires) begin()
    return fires
  }
  return (event) => {
    if (event.t === 'user') begin()
    if (event.t === 'think') {
      keep(thoughts, event.text, 3)
      return fired(isRun(thoughts, 3))
    }
    if (event.t === 'call') {
      const key = callKey(event)
      open.set(event.id, event.tool)
      keep(keys, key, 12)
      counts.set(key, (counts.get(key) ?? 0) + 1)
      return fired(isRun(keys, 5) || isCycle(keys, 2, 3) || (counts.get(key) ?? 0) >= 6)
    }
    if (event.t !== 'result') return false
    const tool = open.get(event.id) ?? ''
    open.delete(event.id)
    if (!failed(event)) return false
    const key = `${tool} ${event.text.split('\n').slice(0, 3).join('\n').slice(0, 200)}`
    errors.set(key, (errors.get(key) ?? 0) + 1)
    return fired((errors.get(key) ?? 0) >= 3)
  }
}

const turns = (event: TraceEvent): boolean => event.t === 'user'

/** The anchors, by the names under which their figures are printed. */
export const PUBLISHED: readonly Published[] = [
  {
    name: 'openhands',
    make: pairs(
      (list) =>
        isRun(
          list.map(({ call, result }) => `${call}\n${result}`),
          4,
        ) ||
        (list.slice(-3).every((pair) => pair.failed) &&
          isRun(
            list.map(({ call }) => call),
            3,
          )) ||
        isCycle(
          list.map(({ call, result }) => `${call}\n${result}`),
          2,
          3,
        ),
    ),
  },
  { name: 'gemini', make: gemini },
  { name: 'opencode_documented', make: calls((keys) => isRun(keys, 3), turns) },
  // Only the parts of one reply are looked at, and any text between two calls breaks the row.
  {
    name: 'opencode_implemented',
    make: calls(
      (keys) => isRun(keys, 3),
      (event) => event.t !== 'call',
    ),
  },
  { name: 'qwen', make: qwen },
  { name: 'cline_3', make: calls((keys) => isRun(keys, 3), turns) },
  { name: 'cline_5', make: calls((keys) => isRun(keys, 5), turns) },
  { name: 'roo', make: calls((keys) => isRun(keys, 4), turns) },
]
