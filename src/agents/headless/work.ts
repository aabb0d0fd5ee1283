// What `claude -p` did, from the lines that it printed: its messages are those of its transcript. Pure.
import type { AgentEvent } from '../../contract/agent.ts'
import { relativePath } from '../acp/paths.ts'
import { ClaudeTranscript } from '../attached/claude-transcript.ts'
import { lineFields } from '../attached/record.ts'

/** Events in their order, with paths relative to the folder that it worked in; those of sub-agents are left out. */
export function claudeWork(output: string, cwd: string): readonly AgentEvent[] {
  const transcript = new ClaudeTranscript()
  return output
    .split('\n')
    .filter((line) => typeof lineFields(line)['parent_tool_use_id'] !== 'string')
    .flatMap((line) => transcript.take(line))
    .map((event) => (event.kind === 'tool' ? { ...event, paths: relative(event.paths, cwd) } : event))
}

function relative(paths: readonly string[], cwd: string): readonly string[] {
  return paths.map((path) => relativePath(path, [cwd]))
}
