// What is known of a terminal, from what its agent does: context, compactions, files. Pure.
import type { AgentEvent, ContextUsage } from '../../contract/agent.ts'

export interface Picture {
  /** Null until it has answered, and after a compaction until it answers again. */
  readonly context: ContextUsage | null
  readonly compactions: number
  /** Files that its own tools have changed, the latest last; absolute or relative as the agent has it. */
  readonly files: readonly string[]
}

export const EMPTY_PICTURE: Picture = { context: null, compactions: 0, files: [] }

const MOST_FILES = 200

/** The picture after one more event. */
export function withEvent(picture: Picture, event: AgentEvent): Picture {
  switch (event.kind) {
    case 'usage':
      return {
        ...picture,
        context: { ...event.usage, size: event.usage.size ?? picture.context?.size ?? null },
      }
    case 'compaction':
      return event.phase === 'completed'
        ? { ...picture, context: null, compactions: picture.compactions + 1 }
        : picture
    case 'tool': {
      const changed = ['edit', 'delete', 'move'].includes(event.tool) && event.status === 'completed'
      if (!changed || event.paths.length === 0) return picture
      const files = [...picture.files.filter((path) => !event.paths.includes(path)), ...event.paths]
      return { ...picture, files: files.slice(-MOST_FILES) }
    }
    default:
      return picture
  }
}
