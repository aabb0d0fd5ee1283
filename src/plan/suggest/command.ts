// The command line of a suggestion, whole and quoted for a shell, for the commands that are offered. Pure.
import { typedWords } from '../../contract/shell.ts'

export interface SuggestCommand {
  readonly goal: string
  readonly paths?: readonly string[]
  /** `auto` is what there is without. */
  readonly by?: string
  readonly sessions?: number
  readonly agent?: string
}

/** The command that suggests this again. A goal that begins with a dash comes last, behind two of them. */
export function suggestCommand({ goal, paths = [], by = 'auto', sessions, agent }: SuggestCommand): string {
  const options = [
    ...(paths.length === 0 ? [] : ['--paths', ...paths]),
    ...(by === 'auto' ? [] : ['--by', by]),
    ...(sessions === undefined ? [] : ['--sessions', String(sessions)]),
    ...(agent === undefined ? [] : ['--agent', agent]),
  ]
  const words = goal.startsWith('-') ? [...options, '--', goal] : [goal, ...options]
  return `quintet plan suggest ${typedWords(words)}`
}
