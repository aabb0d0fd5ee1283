// The check that an attempt after a reset has to begin with. It is run for the attempt, not asked of it: which program that
// is, and whether it says what it said before. Pure.
import type { CheckRun, FirstCheck, Handoff } from '../../contract/handoff.ts'
import type { Check } from '../../contract/plan.ts'
import { simpleCommands } from '../ledger/commands.ts'
import { readAction } from '../symptoms/action.ts'
import { readCommand } from '../symptoms/command.ts'
import { statedCheck } from './render.ts'

/** A program that can be started as it stands. */
export interface Runnable {
  readonly stated: CheckRun
  readonly words: readonly string[]
  /** Folder below the root of the worktree; null: the root. */
  readonly folder: string | null
}

/**
 * What to run for a handoff; null where nothing is stated, or where only a shell could run it as it was. A check of the
 * plan is run as the plan says; of a line of the agent's the one command in it that judges the work.
 */
export function runnableCheck(
  handoff: Pick<Handoff, 'checks'>,
  checks: readonly Pick<Check, 'run'>[],
): Runnable | null {
  const stated = statedCheck(handoff.checks)
  if (stated === null) return null
  const planned = checks.find(({ run }) => run.join(' ') === stated.command)
  if (planned !== undefined) return { stated, words: planned.run, folder: null }
  if (/[$`\\<]|\w=\S|\|\|/.test(stated.command)) return null
  const judging = simpleCommands(stated.command).filter(({ words }) => readCommand(words.join(' ')).verify)
  const [only] = judging
  if (only === undefined || judging.length > 1 || isOutside(only.cwd)) return null
  return { stated, words: only.words, folder: only.cwd }
}

function isOutside(folder: string | null): boolean {
  return (
    folder !== null && (folder.startsWith('/') || folder.split('/').includes('..') || /[*?~]/.test(folder))
  )
}

/** How a check ended. */
export interface CheckEnd {
  readonly exit: number | null
  readonly output: string
  readonly at: string
}

/** What came of it, held against what the handoff says. */
export function firstCheck({ stated }: Pick<Runnable, 'stated'>, { exit, output, at }: CheckEnd): FirstCheck {
  const call = { t: 'call', a: 0, id: '', tool: 'exec', kind: 'exec', cmd: stated.command } as const
  const ok = exit === 0
  const { failing } = readAction(
    call,
    { t: 'result', a: 0, id: '', ok, exit, text: output },
    { turn: 0, batch: 0 },
  )
  const run: CheckRun = {
    command: stated.command,
    exit,
    failing: failing === null ? null : [...failing.names],
    failed: failing?.count ?? null,
    at,
    treeHash: null,
  }
  return { run, ...compared(stated, run) }
}

function compared(before: CheckRun, now: CheckRun): Pick<FirstCheck, 'same' | 'note'> {
  if (now.exit === null) return { same: null, note: 'It did not come to an end.' }
  if (before.exit === null) return { same: null, note: '' }
  if ((before.exit === 0) !== (now.exit === 0)) {
    return { same: false, note: now.exit === 0 ? 'It was red before.' : 'It was green before.' }
  }
  if (now.exit === 0) return { same: true, note: '' }
  // Red as before, and nobody knows whether of the same.
  const unknown = (before.failed === null) !== (now.failed === null)
  if (unknown || (now.failed === null && before.exit !== now.exit)) return { same: null, note: '' }
  if (before.failed !== now.failed) return { same: false, note: `It was ${before.failed} failing before.` }
  if (before.failing !== null && now.failing !== null) {
    const others = now.failing.filter((name) => before.failing?.includes(name) !== true)
    if (others.length > 0 && before.failing.length > 0)
      return { same: false, note: `Others fail than before: ${others.slice(0, 3).join('; ')}.` }
  }
  return { same: true, note: '' }
}
