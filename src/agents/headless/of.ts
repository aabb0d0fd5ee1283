// Which headless program belongs to an agent that is driven over the protocol: the one whose conversations and settings it
// shares. It shows in the program that is started. Pure.
import { basename } from 'node:path'
import type { HeadlessAgent } from './driver.ts'

const OWNERS: Readonly<Record<string, HeadlessAgent>> = {
  'claude-agent-acp': 'claude',
  'claude-code-acp': 'claude',
  'codex-acp': 'codex',
}

/** The headless program of the agent that this command starts; null when it has none that is known. */
export function headlessOf(command: readonly string[]): HeadlessAgent | null {
  for (const word of command) {
    const owner = OWNERS[basename(word).replace(/(?:@[^@/]+|\.[cm]?js)$/, '')]
    if (owner !== undefined) return owner
  }
  return null
}
