// The status file of a session as a well-behaved agent writes it. Pure.
import type { ScriptStep } from '../../contract/script.ts'

type Lists = Extract<ScriptStep, { status: unknown }>['status']

/** The text of a status file. */
export function statusText({ completed, inProgress, blockedOn }: Lists): string {
  return [
    section('Completed', completed),
    section('In Progress', inProgress),
    section('Blocked On', blockedOn),
  ].join('\n')
}

function section(title: string, items: readonly string[]): string {
  const lines = items.length === 0 ? ['- none'] : items.map((item) => `- ${item}`)
  return `## ${title}\n\n${lines.join('\n')}\n`
}
