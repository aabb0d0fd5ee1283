// The handoff between two attempts of a session, composed without a model: what the log and git know is exact.
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { changes } from '../../../git/diff.ts'
import { subjects } from '../../../git/log.ts'
import { status } from '../../../git/status.ts'
import { writeAtomic } from '../../../store/atomic.ts'
import { branchRef } from '../../names.ts'
import type { Services } from '../../services.ts'
import { lastStatus } from '../stored.ts'
import type { TurnInput } from '../turn/input.ts'

const LISTED = 40

/** The handoff text; also kept as a file of the state folder. */
export async function composeHandoff(services: Services, input: TurnInput, why: string): Promise<string> {
  const { session, workspace, attempt } = input
  const tip = branchRef(session.name)
  const [commits, committed, now] = await Promise.all([
    subjects(workspace.path, workspace.base, tip),
    changes(workspace.path, workspace.base, tip),
    status(workspace.path),
  ])
  const text = handoffText({
    why,
    commits,
    committed: committed.map(({ path }) => path),
    uncommitted: now.entries.map(({ path }) => path),
    status: lastStatus(services.store, session.stream),
  })
  const path = join(services.state, 'handoffs', session.name.run, session.name.piece, `${attempt}.md`)
  await mkdir(dirname(path), { recursive: true })
  await writeAtomic(path, text)
  return text
}

interface HandoffParts {
  readonly why: string
  readonly commits: readonly string[]
  readonly committed: readonly string[]
  readonly uncommitted: readonly string[]
  readonly status: string | null
}

/** Pure: the handoff as text. */
export function handoffText({ why, commits, committed, uncommitted, status: own }: HandoffParts): string {
  return [
    `An earlier conversation worked on this piece and was replaced: ${why}`,
    ...list('Commits it made on the branch', commits),
    ...list('Files they change', committed),
    ...list('Files left uncommitted in the worktree', uncommitted),
    ...(own === null ? [] : ['', 'Its own last status report:', '', own.trim()]),
  ].join('\n')
}

function list(title: string, items: readonly string[]): readonly string[] {
  if (items.length === 0) return []
  const rest = items.length - LISTED
  return [
    '',
    `${title}:`,
    ...items.slice(0, LISTED).map((item) => `- ${item}`),
    ...(rest > 0 ? [`- and ${rest} more`] : []),
  ]
}
