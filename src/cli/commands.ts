// Every command of the command line, as data.
import type { CommandSpec, OptionSpec } from './command.ts'
import { RUN, RUN_OPTION, SESSION } from './command-arguments.ts'
import { HEALTH_COMMANDS } from './health-commands.ts'
import { PLAN_COMMANDS } from './plan-commands.ts'
import { POOL_COMMANDS } from './pool-commands.ts'
import { SESSION_COMMANDS } from './session-commands.ts'

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
  ...SESSION_COMMANDS,
  {
    name: 'conflicts',
    summary: 'Show which sessions will collide or break each other, where, and what can be done',
    examples: ['quintet conflicts', 'quintet conflicts --watch', 'quintet conflicts auth-1 --json'],
    arguments: [RUN],
    options: [{ flags: '--watch', summary: 'show it again whenever a conflict or a warning comes or goes' }],
    interrupt: 'abort',
  },
  ...HEALTH_COMMANDS,
  {
    name: 'agents',
    summary: 'List the agents: installed or not, and what each said when it was started once',
    examples: ['quintet agents', 'quintet agents mine', 'quintet agents --fresh', 'quintet agents --json'],
    arguments: [
      {
        name: '[agent...]',
        summary: 'only these, and started also when the repository describes them',
        completes: 'agents',
      },
    ],
    options: [{ flags: '--fresh', summary: 'start them again, also those that are remembered' }],
    interrupt: 'abort',
  },
  {
    name: 'agents test',
    summary: 'Try an agent against a scripted model: edits, refusals, questions, failures, kills',
    examples: [
      'quintet agents test claude',
      'quintet agents test codex --case edit --json',
      'quintet agents test -- npx --yes @agentclientprotocol/claude-agent-acp',
    ],
    arguments: [
      {
        name: '<agent...>',
        summary: 'an agent that is installed here, or the command that starts one',
        completes: 'agents',
      },
    ],
    options: [
      { flags: '--case <name>', summary: 'only the cases whose name contains this' },
      {
        flags: '--keep',
        summary: 'leave the repository of each case in the temporary folder, to be looked at',
      },
      {
        flags: '--record <file>',
        summary: 'put the results into this file, beside those of other agents',
        completes: 'files',
      },
    ],
    interrupt: 'abort',
  },
  {
    name: 'shell',
    summary: 'Open a shell in the box of a session, or run a command in it',
    examples: ['quintet shell 2', 'quintet shell auth -- npm test'],
    arguments: [SESSION, { name: '[command...]', summary: "what to run; default: the operator's shell" }],
    interrupt: 'own',
  },
  {
    name: 'attach',
    summary: 'Open an agent of your own in the worktree of a session, or list the terminals that are open',
    examples: [
      'quintet attach',
      'quintet attach 2',
      'quintet attach auth --agent codex',
      'quintet attach 2 --tmux',
    ],
    arguments: [{ ...SESSION, name: '[session]' }],
    options: [
      {
        flags: '--agent <name>',
        summary: 'the agent to open; default: as configured, else that of the piece',
        choices: ['claude', 'codex'],
      },
      { flags: '--tmux', summary: 'in a window of tmux, one a session; the default inside of tmux' },
      { flags: '--here', summary: 'in this terminal, also inside of tmux' },
      RUN_OPTION,
    ],
    interrupt: 'own',
  },
  {
    name: 'merge',
    summary: 'Merge what is finished now: check the union, then move the target to it',
    examples: ['quintet merge', 'quintet merge --json'],
    arguments: [RUN],
    interrupt: 'abort',
  },
  ...POOL_COMMANDS,
  {
    name: 'clean',
    summary:
      'Remove worktrees and ports of ended sessions, and branches that have landed; save the rest first',
    examples: ['quintet clean', 'quintet clean --dry-run', 'quintet clean --dry-run --json'],
    arguments: [{ ...RUN, summary: 'default: all runs' }],
    options: [
      { flags: '--dry-run', summary: 'say what would go, and what shows that nothing is lost' },
      {
        flags: '--foreign',
        summary: 'also remove worktrees that agents left by themselves, if dead and clean',
      },
    ],
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
    summary:
      'Play a whole run on a small service, with scripted agents or with real ones and a scripted model',
    examples: ['quintet demo', 'quintet demo --dir /tmp/demo --keep', 'quintet demo --agents claude,codex'],
    options: [
      {
        flags: '--agents <names>',
        summary: 'real agents that play the pieces by turns, separated by commas; no provider is called',
      },
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
      { flags: '--plan <plan>', summary: 'the plan whose pieces are printed', completes: 'plans' },
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
