// The module of every command. Only the one that was invoked is loaded.
import type { CommandModule } from './command.ts'

const MODULES: Readonly<Record<string, () => Promise<CommandModule>>> = {
  agents: () => import('./commands/agents.ts'),
  'agents test': () => import('./commands/agents-test.ts'),
  init: () => import('./commands/init.ts'),
  doctor: () => import('./commands/doctor.ts'),
  'plan check': () => import('./commands/plan-check.ts'),
  'plan list': () => import('./commands/plan-list.ts'),
  'plan suggest': () => import('./commands/plan-suggest.ts'),
  'plan explain': () => import('./commands/plan-explain.ts'),
  'plan split': () => import('./commands/plan-split.ts'),
  'plan merge': () => import('./commands/plan-merge.ts'),
  'plan move': () => import('./commands/plan-move.ts'),
  'plan review': () => import('./commands/plan-review.ts'),
  'plan facts': () => import('./commands/plan-facts.ts'),
  run: () => import('./commands/run.ts'),
  status: () => import('./commands/status.ts'),
  log: () => import('./commands/log.ts'),
  decide: () => import('./commands/decide.ts'),
  answer: () => import('./commands/answer.ts'),
  blocked: () => import('./commands/blocked.ts'),
  'session list': () => import('./commands/session-list.ts'),
  'session show': () => import('./commands/session-show.ts'),
  'session prompt': () => import('./commands/session-prompt.ts'),
  'session log': () => import('./commands/log.ts'),
  'session check': () => import('./commands/session-check.ts'),
  'session done': () => import('./commands/session-done.ts'),
  'session retry': () => import('./commands/session-retry.ts'),
  'session reset': () => import('./commands/session-reset.ts'),
  'session abandon': () => import('./commands/session-abandon.ts'),
  'scope list': () => import('./commands/scope-list.ts'),
  'scope grant': () => import('./commands/scope-grant.ts'),
  'scope hand': () => import('./commands/scope-hand.ts'),
  'scope refuse': () => import('./commands/scope-refuse.ts'),
  conflicts: () => import('./commands/conflicts.ts'),
  diagnose: () => import('./commands/diagnose.ts'),
  reset: () => import('./commands/session-reset.ts'),
  stats: () => import('./commands/stats.ts'),
  'health answer': () => import('./commands/health-answer.ts'),
  'health diagnose': () => import('./commands/health-diagnose.ts'),
  'health import': () => import('./commands/health-import.ts'),
  'health tolerances': () => import('./commands/health-tolerances.ts'),
  attach: () => import('./commands/attach.ts'),
  shell: () => import('./commands/shell.ts'),
  merge: () => import('./commands/merge.ts'),
  pool: () => import('./commands/pool.ts'),
  'pool fill': () => import('./commands/pool-fill.ts'),
  'pool trim': () => import('./commands/pool-trim.ts'),
  clean: () => import('./commands/clean.ts'),
  recover: () => import('./commands/recover.ts'),
  stop: () => import('./commands/stop.ts'),
  demo: () => import('./commands/demo.ts'),
  completion: () => import('./commands/completion.ts'),
  daemon: () => import('./commands/daemon.ts'),
}

/** Loads the module of the command `name`, one of those in commands.ts. */
export async function loadCommand(name: string): Promise<CommandModule> {
  const load = MODULES[name]
  if (load === undefined) throw new Error(`The command ${name} has no module.`)
  return await load()
}
