// What grant, hand and refuse have in common: a session, paths, a reason, and the daemon that does it.
import type { ScopeLoss, ScopeOutcomeItem, ScopeWord } from '../contract/api.ts'
import { oneLine } from '../tui/text.ts'
import { daemonOf, repositoryOf } from './access.ts'
import type { Invocation } from './command.ts'
import { loadSession } from './session-argument.ts'
import { NO_REASON } from '../contract/reasons.ts'

const FILES_SHOWN = 5

/** Moves paths of the session named by the first argument; returns the exit code. */
export async function moveScope(invocation: Invocation, word: ScopeWord): Promise<number> {
  const { output, options, signal, words } = invocation
  const repo = await repositoryOf(invocation)
  const { session } = await loadSession(repo, invocation.arguments[0] ?? '')
  const reason = options.text('reason')?.trim()
  const request = { paths: words, reason: reason === undefined || reason === '' ? NO_REASON : reason }
  const items = await (await daemonOf(repo, signal)).scope(session.id, word, request)
  output.answer({ session: session.id, requests: items }, () =>
    items.flatMap((item) => outcomeLines(session.piece, item)),
  )
  return 0
}

function outcomeLines(
  piece: string,
  { n, paths, outcome, owner, to, patch, loss }: ScopeOutcomeItem,
): string[] {
  const what = `Request ${n}, ${oneLine(paths.join(', '))}`
  if (outcome === 'granted' && owner === piece) return [`${what}: let through for ${piece}.`]
  if (outcome === 'granted') {
    const before = owner === null ? '' : `, before it was ${owner === 'operator' ? 'shared' : `of ${owner}`}`
    return [`${what}: granted to ${piece}${before}.`, ...(loss === undefined ? [] : [lossLine(loss)])]
  }
  if (outcome === 'refused') return [`${what}: refused; ${piece} is told.`]
  return [
    `${what}: handed to ${to ?? 'its owner'}, which is told with its next prompt.`,
    ...(patch === undefined ? [] : [`What ${piece} had written is in ${oneLine(patch)}.`]),
  ]
}

function lossLine({ from, whole, count, files }: ScopeLoss): string {
  const moved = count === 1 ? '1 file' : `${count} files`
  const what = whole ? `its whole scope, ${moved}` : moved
  const shown = files.slice(0, FILES_SHOWN).map(oneLine).join(', ')
  const more = count > FILES_SHOWN ? ` and ${count - FILES_SHOWN} more` : ''
  return `With it ${from}, which is at work, loses ${what}${shown === '' ? '' : `: ${shown}${more}`}.`
}
