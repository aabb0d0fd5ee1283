// The commands about the context health of sessions and of recorded ones, as data.
import type { ArgumentSpec, CommandSpec, OptionSpec } from './command.ts'
import { SESSION } from './command-arguments.ts'

const REASON: ArgumentSpec = {
  name: '[reason...]',
  summary: 'why, or what to do; told to the session and kept in the log; - for standard input',
}
const RECORDED: ArgumentSpec = {
  name: '<file>',
  summary: 'a transcript of Claude Code, a rollout of Codex, or a trace; told apart by what is in it',
  completes: 'files',
}
const WINDOW: OptionSpec = {
  flags: '--window <tokens>',
  summary: 'size of the context window, where the file does not tell it',
}

export const HEALTH_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'diagnose',
    summary:
      'Examine the context of a session: how full, what went wrong and since when, what it still knows',
    examples: ['quintet diagnose 2', 'quintet diagnose auth --probe', 'quintet diagnose auth --fresh'],
    arguments: [SESSION],
    options: [
      {
        flags: '--fresh',
        summary: 'give a clean conversation its handoff in a scratch worktree, and compare',
      },
      { flags: '--probe', summary: 'ask a copy of its conversation what it still knows' },
      { flags: '--restore', summary: 'tell the session again what it was found to have lost' },
    ],
    interrupt: 'abort',
  },
  {
    name: 'reset',
    summary: 'Start the next attempt of a session from a handoff; the same as session reset',
    examples: ['quintet reset 2 "It goes in circles"'],
    arguments: [SESSION, REASON],
  },
  {
    name: 'stats',
    summary: 'What became of sessions, of resets and of nudges, and what a landed piece costs',
    examples: ['quintet stats', 'quintet stats --json'],
  },
  {
    name: 'health answer',
    summary: 'Answer an alarm of a session, or what is proposed to be done about it',
    examples: ['quintet health answer 2 not-stuck', 'quintet health answer auth abandon "Wrong approach"'],
    arguments: [
      SESSION,
      {
        name: '<answer>',
        summary: 'nudge, reset, abandon, or not-stuck, which is remembered',
        choices: ['nudge', 'reset', 'abandon', 'not-stuck'],
      },
      REASON,
    ],
  },
  {
    name: 'health diagnose',
    summary: 'Examine a recorded session: its context, compactions, files and alarms',
    examples: [
      'quintet health diagnose ~/.claude/projects/-work-shop/4f1c.jsonl --window 200000',
      'quintet health diagnose rollout.jsonl --json',
    ],
    arguments: [RECORDED],
    options: [WINDOW],
    interrupt: 'abort',
  },
  {
    name: 'health import',
    summary: 'Turn a recorded session into a trace, without secrets',
    examples: [
      'quintet health import rollout.jsonl --out trace.jsonl',
      'quintet health import session.jsonl > trace.jsonl',
    ],
    arguments: [RECORDED],
    options: [
      {
        flags: '--out <file>',
        summary: 'new file for the trace; default: standard output',
        completes: 'files',
      },
      WINDOW,
    ],
    interrupt: 'abort',
  },
  {
    name: 'health tolerances',
    summary: 'List what "not stuck" has taught this repository, or forget it',
    examples: ['quintet health tolerances', 'quintet health tolerances --forget repeat'],
    options: [
      { flags: '--forget <rule>', summary: 'believe this rule again as before; "all" for every rule' },
    ],
  },
]
