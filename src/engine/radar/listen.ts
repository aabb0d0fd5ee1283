// The agents' own words are the first source of the radar: a driver is heard by somebody beside the turn that it plays.
import { isAbsolute, relative, sep } from 'node:path'
import type { AgentDriver } from '../../agents/driver.ts'
import type { AgentEvent } from '../../contract/agent.ts'

/** What a tool call has done to files: exactly these, or some that are not named. */
export type Heard = { readonly paths: readonly string[] } | 'something'

/** Told of the worktree in which an agent has used a tool that can write. Must not throw. */
export type HeardListener = (worktree: string, heard: Heard) => void

const SILENT: ReadonlySet<string> = new Set(['read', 'search', 'think', 'fetch'])

/** The same driver, with a listener. */
export function heardDriver(driver: AgentDriver, listener: HeardListener): AgentDriver {
  return {
    name: driver.name,
    open: (options) =>
      driver.open({
        ...options,
        onEvent: (event) => {
          options.onEvent(event)
          const heard = heardIn(event, options.cwd)
          if (heard !== null) listener(options.cwd, heard)
        },
        onQuestion: (question, signal) => options.onQuestion(question, signal),
        ...(options.onStart === undefined
          ? {}
          : { onStart: (identity, group) => options.onStart?.(identity, group) }),
      }),
  }
}

/** What an event says about files of the worktree at `cwd`; null when it says nothing. */
export function heardIn(event: AgentEvent, cwd: string): Heard | null {
  if (event.kind !== 'tool' || SILENT.has(event.tool)) return null
  if (event.status !== 'completed' && event.status !== 'failed') return null
  const paths = event.paths.flatMap((path) => {
    const inside = isAbsolute(path) ? relative(cwd, path) : path
    return inside === '' || inside === '..' || inside.startsWith(`..${sep}`) ? [] : [inside]
  })
  const exact = event.tool === 'edit' || event.tool === 'delete' || event.tool === 'move'
  return exact && paths.length > 0 ? { paths } : 'something'
}
