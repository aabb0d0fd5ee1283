// The commands about one session: what it does, what it may write, and the operator's word to it, as data.
import type { ArgumentSpec, CommandSpec, OptionSpec } from './command.ts'
import { RUN, SESSION } from './command-arguments.ts'

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

export const SESSION_COMMANDS: readonly CommandSpec[] = [
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
    name: 'session check',
    summary: 'Look at the branch of an external session now',
    examples: ['quintet session check 2', 'quintet session check api --json'],
    arguments: [SESSION],
  },
  {
    name: 'session done',
    summary: 'Say that the work of an external session is complete; it is judged then',
    examples: ['quintet session done 2', 'quintet session done api "Ann says so"'],
    arguments: [SESSION, REASON],
  },
  {
    name: 'session retry',
    summary: 'Let a waiting or failed session go on in its conversation',
    examples: ['quintet session retry 2 "The registry is back"', 'quintet session retry 2 --budget +200k'],
    arguments: [SESSION, REASON],
    options: [
      {
        flags: '--budget <more>',
        summary: 'let more be spent: +200k or +2M tokens, +5usd, +3turns, +30min; several with commas',
      },
    ],
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
]
