// Work in the background that may not be felt in the foreground: every child that is started within it has the lowest
// priority, and hands it on to its own children.
import { AsyncLocalStorage } from 'node:async_hooks'
import { constants, setPriority } from 'node:os'
import { errnoOf } from '../contract/errors.ts'

const context = new AsyncLocalStorage<boolean>()

/** Runs `work`; children that it starts have the lowest priority. */
export function gently<T>(work: () => Promise<T>): Promise<T> {
  return context.run(true, work)
}

/** Runs `work` as if nothing were gentle: others wait for it, whatever it is part of. */
export function promptly<T>(work: () => Promise<T>): Promise<T> {
  return context.run(false, work)
}

/** Lowers the priority of a child that was just started, where that was asked for. */
export function calm(pid: number): void {
  if (context.getStore() !== true) return
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW)
  } catch (error) {
    // It has ended already, or may not be touched: it then runs as it is.
    if (errnoOf(error) !== 'ERR_SYSTEM_ERROR') throw error
  }
}
