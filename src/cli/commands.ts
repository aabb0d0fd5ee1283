// Every command of the command line, as data.
import type { ArgumentSpec, CommandSpec, OptionSpec } from './command.ts'
import { PLAN_COMMANDS } from './plan-commands.ts'

const SESSION: ArgumentSpec = {
  name: '<session>',
  summary: 'its number, its piece, or <run>/<piece>',
  completes: 'sessions',
}
const RUN: ArgumentSpec = {
  name: '[run]',
  summary: 'default: the newest unfinished run, else the newest',
  completes: 'runs',
}
const RUN_OPTION: OptionSpec = { flags: '--run <run>', summary: RUN.summary, completes: 'runs' }
const REASON: ArgumentSpec = {
  name: '[reason...]',
  summary: 'why, or what to do; told to the session and kept in the log; - for standard input',
}

const PATHS: ArgumentSpec = {
  name: '[path...]',
  summary:
    'relative to the repository root, a folder with a slash at its end; default: all the session has asked for',
}
const REASON_OPTION: OptionSpec = {
  flags: '--reason <text>',
  summary: 'why; told to the session and kept in the log',
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

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'init',
    summary: 'Write the configuration and a first plan for this repository',
    examples: ['quintet init', 'quintet -C ../service init --json'],
  },
  {
    name: 'doctor',
    summary: 'Look at what Quintet needs on this machine and say how to mend it',
    examples: ['quintet doctor', 'quintet doctor --json'],
  },
  {
    name: 'plan check',
    summary: 'Check a plan: owners, overlaps, order, checks',
    examples: [
      'quintet plan check auth',
      'quintet plan check auth --forecast',
      'quintet plan check plans/auth.toml --json',
    ],
    arguments: [{ name: '<plan>', summary: 'name under .quintet/plans, or a path', completes: 'plans' }],
    options: [
      {
        flags: '--forecast',
        summary: 'estimate conflicts, the longest chain and the cost of integration, with what that rests on',
      },
    ],
  },
  {
    name: 'plan list',
    summary: 'List the plans of this repository',
    examples: ['quintet plan list'],
  },
  ...PLAN_COMMANDS,
  {
    name: 'run',
    summary: 'Run a plan, or go on with it, and show the sessions live',
    examples: [
      'quintet run auth',
      'quintet run auth --detach',
      'quintet run --watch',
      'quintet run auth --json',
    ],
    arguments: [
      {
        name: '[plan]',
        summary: 'name under .quintet/plans, or a path; with --watch a run',
        completes: 'plans',
      },
    ],
    options: [
      { flags: '--detach', summary: 'start the run and return' },
      { flags: '--watch', summary: 'attach to a run, the newest by default, and start nothing' },
      { flags: '--rehearse', summary: 'play the plan with scripted agents' },
      { flags: '--fresh', summary: 'start a new run even when one of this plan is unfinished' },
      { flags: '--no-wait', summary: 'return with 6 as soon as only the operator can move it' },
    ],
    interrupt: 'abort',
  },
  {
    name: 'status',
    summary: 'Show a run: its sessions and who needs the operator',
    examples: ['quintet status', 'quintet status --watch', 'quintet status --json'],
    arguments: [RUN],
    options: [{ flags: '--watch', summary: 'go on showing it until the run ends' }],
    interrupt: 'abort',
  },
  {
    name: 'log',
    summary: 'Print what happened, in order',
    examples: ['quintet log', 'quintet log 2 --follow', 'quintet log --last 20 --json'],
    arguments: [{ ...SESSION, name: '[session]' }],
    options: [
      { flags: '--follow', summary: 'go on printing until the run ends' },
      { flags: '--last <count>', summary: 'only the last entries' },
      RUN_OPTION,
    ],
    interrupt: 'abort',
  },
  {
    name: 'decide',
    summary: 'Write a decision that all sessions read',
    examples: ['quintet decide "Amounts are integers in cents"', 'quintet decide - < decision.md'],
    arguments: [{ name: '<text...>', summary: 'the decision, or - for standard input' }],
    options: [RUN_OPTION],
  },
  {
    name: 'answer',
    summary: 'Answer the question a session asks; without an answer, show it',
    examples: ['quintet answer 2', 'quintet answer 2 allow', 'quintet answer auth "Use version 4"'],
    arguments: [SESSION, { name: '[answer...]', summary: 'an option, a text, or - for standard input' }],
    options: [{ flags: '--question <id>', summary: 'refuse unless this is still the question' }],
  },
  {
    name: 'blocked',
    summary: 'List who needs the operator, with the command that helps',
    examples: ['quintet blocked', 'quintet blocked --json'],
    arguments: [RUN],
  },
  {
    name: 'session list',
    summary: 'List the sessions of a run',
    examples: ['quintet session list', 'quintet session list --json'],
    arguments: [RUN],
  },
  {
    name: 'session show',
    summary: 'Show everything known about a session',
    examples: ['quintet session show 2', 'quintet session show auth --json'],
    arguments: [SESSION],
  },
  {
    name: 'session prompt',
    summary: 'Print the first prompt of a session',
    examples: ['quintet session prompt 2'],
    arguments: [SESSION],
  },
  {
    name: 'session log',
    summary: 'Print what happened in a session, in order',
    examples: ['quintet session log 2', 'quintet session log 2 --follow'],
    arguments: [SESSION],
    options: [
      { flags: '--follow', summary: 'go on printing until the run ends' },
      { flags: '--last <count>', summary: 'only the last entries' },
    ],
    interrupt: 'abort',
  },
  {
    name: 'session retry',
    summary: 'Let a waiting or failed session go on in its conversation',
    examples: ['quintet session retry 2 "The registry is back"'],
    arguments: [SESSION, REASON],
  },
  {
    name: 'session reset',
    summary: 'Start the next attempt of a session from a handoff',
    examples: ['quintet session reset 2 "It goes in circles"'],
    arguments: [SESSION, REASON],
  },
  {
    name: 'session abandon',
    summary: 'End a session unmerged; its work is kept',
    examples: ['quintet session abandon 4 "Not needed any more"'],
    arguments: [SESSION, REASON],
  },
  {
    name: 'scope list',
    summary: 'List who asked for paths outside its scope, and what became of it',
    examples: ['quintet scope list', 'quintet scope list --json'],
    arguments: [RUN],
  },
  {
    name: 'scope grant',
    summary: 'Move paths to a session; nobody else may write them from then on',
    examples: [
      'quintet scope grant api',
      'quintet scope grant 2 src/auth/types.ts --reason "It needs a field"',
    ],
    arguments: [SESSION, PATHS],
    options: [REASON_OPTION],
  },
  {
    name: 'scope hand',
    summary: 'Leave paths with their owner and give it the change that a session wants, or has made',
    examples: ['quintet scope hand api', 'quintet scope hand api src/auth/types.ts'],
    arguments: [SESSION, PATHS],
    options: [REASON_OPTION],
  },
  {
    name: 'scope refuse',
    summary: 'Refuse what a session has asked for',
    examples: ['quintet scope refuse api --reason "Use the exported type"'],
    arguments: [SESSION, PATHS],
    options: [REASON_OPTION],
  },
  {
    name: 'conflicts',
    summary: 'Show which sessions will collide or break each other, where, and what can be done',
    examples: ['quintet conflicts', 'quintet conflicts --watch', 'quintet conflicts auth-1 --json'],
    arguments: [RUN],
    options: [{ flags: '--watch', summary: 'show it again whenever a conflict or a warning comes or goes' }],
    interrupt: 'abort',
  },
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
  {
    name: 'shell',
    summary: 'Open a shell in the box of a session, or run a command in it',
    examples: ['quintet shell 2', 'quintet shell auth -- npm test'],
    arguments: [SESSION, { name: '[command...]', summary: "what to run; default: the operator's shell" }],
    interrupt: 'own',
  },
  {
    name: 'merge',
    summary: 'Merge what is finished now: check the union, then move the target to it',
    examples: ['quintet merge', 'quintet merge --json'],
    arguments: [RUN],
    interrupt: 'abort',
  },
  {
    name: 'clean',
    summary:
      'Remove worktrees and ports of ended sessions, and branches that have landed; save the rest first',
    examples: ['quintet clean', 'quintet clean --dry-run', 'quintet clean --dry-run --json'],
    arguments: [{ ...RUN, summary: 'default: all runs' }],
    options: [{ flags: '--dry-run', summary: 'say what would go, and what shows that nothing is lost' }],
  },
  {
    name: 'recover',
    summary: 'List what clean-up has saved, or bring it back',
    examples: [
      'quintet recover',
      'quintet recover auth-1/login/1',
      'quintet recover kept/auth-1/login/1 --to ../login-files',
      'quintet recover --json',
    ],
    arguments: [{ name: '[saved]', summary: 'as the list names it', completes: 'saved' }],
    options: [
      {
        flags: '--to <folder>',
        summary:
          'a folder that is not there yet, for the files; without it a saved state becomes the branch recovered/<saved>',
        completes: 'files',
      },
    ],
  },
  {
    name: 'stop',
    summary: 'End the daemon of this repository, or one run',
    examples: ['quintet stop', 'quintet stop --run auth-1 --reason "Wrong base"'],
    options: [
      { flags: '--run <run>', summary: 'stop this run and leave the daemon', completes: 'runs' },
      { flags: '--reason <text>', summary: 'why the run is stopped; kept in the log' },
      { flags: '--force', summary: 'end a daemon that does not answer; its work goes on with the next one' },
    ],
  },
  {
    name: 'demo',
    summary: 'Play a whole run with scripted agents on a small service',
    examples: ['quintet demo', 'quintet demo --dir /tmp/demo --keep'],
    options: [
      {
        flags: '--dir <dir>',
        summary: 'where the service is made; default: a temporary folder',
        completes: 'files',
      },
      { flags: '--keep', summary: 'leave the service behind' },
    ],
    interrupt: 'abort',
  },
  {
    name: 'completion',
    summary: 'Print a completion script for a shell',
    examples: [
      'source <(quintet completion bash)',
      'quintet completion zsh > "${fpath[1]}/_quintet"',
      'quintet completion fish > ~/.config/fish/completions/quintet.fish',
    ],
    arguments: [{ name: '[shell]', summary: 'bash, zsh or fish', choices: ['bash', 'zsh', 'fish'] }],
    options: [
      {
        flags: '--list <what>',
        summary: 'print the names a script completes',
        choices: ['plans', 'pieces', 'sessions', 'runs', 'saved'],
      },
    ],
  },
  {
    name: 'daemon',
    summary: 'Run the daemon of this repository in the foreground',
    examples: ['quintet daemon'],
    hidden: true,
    interrupt: 'own',
  },
]

/** Options of every command. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flags: '-C <dir>', summary: 'run as if started in this folder', completes: 'files' },
  {
    flags: '--json',
    summary: 'answer in JSON: one line {schema, ok, data or error}; a stream is one line each',
  },
  { flags: '--no-color', summary: 'no colours' },
]
