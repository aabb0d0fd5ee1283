// Terminals that are open in a worktree now, for whoever is about to take it away or to work in it.
import { realpath } from 'node:fs/promises'
import { ignoring } from '../../contract/errors.ts'
import type { SessionName } from '../names.ts'
import { terminalsIn, type SessionTerminal } from './found.ts'

/** Terminals in a session's worktree, by a look that is taken now. */
export async function openTerminals(
  { state }: { readonly state: string },
  name: SessionName,
  worktree: string,
): Promise<readonly SessionTerminal[]> {
  const path =
    worktree === '' ? undefined : await ignoring(['ENOENT', 'ENOTDIR', 'EACCES'], realpath(worktree))
  return path === undefined ? [] : await terminalsIn([{ name, path }], { state, env: process.env })
}

/** Why a worktree has to stay; null: no terminal is open in it. */
export function heldByTerminals(
  terminals: readonly Pick<SessionTerminal, 'agent' | 'process'>[],
): string | null {
  if (terminals.length === 0) return null
  const named = terminals.map(({ agent, process: { pid } }) => `${agent} (process ${pid})`).join(', ')
  const [is, it] = terminals.length === 1 ? ['a terminal is', 'it'] : ['terminals are', 'them']
  return `${is} open in its worktree: ${named}; close ${it}, then run: quintet clean`
}
