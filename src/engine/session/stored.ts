// What the log remembers of a session.
import * as v from 'valibot'
import { FACTS } from '../../contract/facts.ts'
import type { Store } from '../../store/store.ts'

/** Id of the conversation that an attempt began with; null when it never began. */
export function storedConversation(store: Store, stream: string, attempt: number): string | null {
  const event = store.event(stream, `attempt.started:${attempt}`)
  return event === undefined ? null : v.parse(FACTS['attempt.started'], event.data).conversation
}

/** The session's own status report as it last wrote it; null when it never wrote one. */
export function lastStatus(store: Store, stream: string): string | null {
  let verbatim: string | null = null
  for (const event of store.events({ stream, types: ['status.read'] })) {
    verbatim = v.parse(FACTS['status.read'], event.data).verbatim
  }
  return verbatim
}

/** What the session said last that it is working on. */
export function reportedProgress(store: Store, stream: string): readonly string[] {
  let progress: readonly string[] = []
  for (const event of store.events({ stream, types: ['status.read'] })) {
    progress = v.parse(FACTS['status.read'], event.data).inProgress
  }
  return progress
}

/** Whether the session's agent runs in a box: what it is granted opens with its next start. */
export function isBoxed(store: Store, stream: string): boolean {
  let boxed = false
  for (const event of store.events({ stream, types: ['attempt.started'] })) {
    boxed = v.parse(FACTS['attempt.started'], event.data).boxed
  }
  return boxed
}

/** Where in the log a turn began: what came later, its agent was not told with the prompt. 0 for no such turn. */
export function turnBegan(store: Store, stream: string, turn: number): number {
  return store.event(stream, `turn.started:${turn}`)?.seq ?? 0
}

/** Where in the log the last turn before `turn` began whose prompt an agent was given: what came later has yet to be told.
 *  0 for no such turn. */
export function toldLast(store: Store, stream: string, turn: number): number {
  const began = new Map<number, number>()
  for (const { seq, type, data } of store.events({ stream, types: ['turn.started', 'turn.ended'] })) {
    if (type === 'turn.started') began.set(v.parse(FACTS['turn.started'], data).turn, seq)
    else {
      const ended = v.parse(FACTS['turn.ended'], data)
      if (ended.unsent === true) began.delete(ended.turn)
    }
  }
  return Math.max(0, ...[...began].flatMap(([earlier, seq]) => (earlier < turn ? [seq] : [])))
}
