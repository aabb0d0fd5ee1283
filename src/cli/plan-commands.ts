// The commands that explain and change a plan, as data.
import type { ArgumentSpec, CommandSpec, OptionSpec } from './command.ts'

const PLAN: ArgumentSpec = {
  name: '<plan>',
  summary: 'name under .quintet/plans, or a path',
  completes: 'plans',
}
const DRY_RUN: OptionSpec = { flags: '--dry-run', summary: 'show the change and write nothing' }

export const PLAN_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'plan facts',
    summary: 'Show what is known of this repository: files, packages, hubs, what changes together',
    examples: ['quintet plan facts', 'quintet plan facts v2.0', 'quintet plan facts --json'],
    arguments: [{ name: '[commit]', summary: 'a branch, tag or commit; default: HEAD' }],
    options: [{ flags: '--no-cache', summary: 'read everything anew and keep nothing' }],
    interrupt: 'abort',
  },
  {
    name: 'plan suggest',
    summary: 'Divide the work on a goal into pieces, from what is known of the repository',
    examples: [
      'quintet plan suggest "Convert packages/parser to TypeScript"',
      'quintet plan suggest "Drop Node 18" --write drop-node-18',
      'quintet plan suggest "Tidy the API" --paths src/api src/http --by feature --sessions 3',
      'quintet plan suggest "Drop Node 18" --agent claude',
      'quintet plan suggest "Drop Node 18" --json',
      'quintet plan suggest --write drop-node-18',
    ],
    arguments: [
      {
        name: '[goal]',
        summary:
          'what is to be done; paths, packages and folders in it say where. Without one, with --write: what was suggested last',
      },
    ],
    options: [
      {
        flags: '--paths <path...>',
        summary:
          'what it is about, whatever the goal names: files, folders, patterns, relative to the current folder or to the root',
        completes: 'files',
      },
      {
        flags: '--by <boundary>',
        summary: 'directory, layer, feature, filetype, or auto (default): the best of them',
        choices: ['auto', 'directory', 'layer', 'feature', 'filetype'],
      },
      { flags: '--sessions <count>', summary: 'number of pieces; default: as many as pay' },
      {
        flags: '--agent <name>',
        summary:
          'let an agent draft a plan too, in a box in which nothing can be written; it is judged by the same numbers',
      },
      { flags: '--write <name>', summary: 'write the best as .quintet/plans/<name>.toml' },
      { flags: '--force', summary: 'with --write: replace a plan of that name' },
    ],
    interrupt: 'abort',
  },
  {
    name: 'plan explain',
    summary: 'Say who owns a path and why, what imports it and what changes with it',
    examples: [
      'quintet plan explain src/auth/login.ts',
      'quintet plan explain src/auth/ --plan auth',
      'quintet plan explain package.json --json',
    ],
    arguments: [
      {
        name: '<path>',
        summary: 'a file or folder, there or not, relative to the current folder or to the root',
        completes: 'files',
      },
    ],
    options: [
      { flags: '--plan <plan>', summary: 'default: every plan of this repository', completes: 'plans' },
    ],
    interrupt: 'abort',
  },
  {
    name: 'plan split',
    summary: 'Make a new piece of some of the patterns of a piece',
    examples: [
      'quintet plan split auth login tokens src/auth/tokens/',
      'quintet plan split auth login tokens src/auth/tokens/ test/tokens/ --dry-run',
    ],
    arguments: [
      PLAN,
      { name: '<piece>', summary: 'the piece that is split', completes: 'pieces' },
      { name: '<new>', summary: 'id of the new piece' },
      {
        name: '<pattern...>',
        summary:
          'what the new piece owns: patterns, files or folders, relative to the current folder or to the root',
        completes: 'files',
      },
    ],
    options: [
      { flags: '--title <text>', summary: 'title of the new piece' },
      {
        flags: '--brief <text>',
        summary: 'brief of the new piece; default: that of the old one, and what is left of it',
      },
      DRY_RUN,
    ],
  },
  {
    name: 'plan merge',
    summary: 'Make one piece of two',
    examples: ['quintet plan merge auth login tokens', 'quintet plan merge auth login tokens --dry-run'],
    arguments: [
      PLAN,
      { name: '<into>', summary: 'the piece that stays', completes: 'pieces' },
      { name: '<piece>', summary: 'the piece that becomes part of it', completes: 'pieces' },
    ],
    options: [DRY_RUN],
  },
  {
    name: 'plan move',
    summary: 'Give a pattern, a path or a shared file to one piece',
    examples: [
      'quintet plan move auth src/auth/types.ts --to api',
      'quintet plan move auth src/http/ --to api --dry-run',
    ],
    arguments: [
      PLAN,
      {
        name: '<what>',
        summary:
          'a pattern of the plan, a file, a folder or a shared file, relative to the current folder or to the root',
        completes: 'files',
      },
    ],
    options: [
      { flags: '--to <piece>', summary: 'the piece that owns it from then on', completes: 'pieces' },
      DRY_RUN,
    ],
  },
  {
    name: 'plan review',
    summary:
      'Hold a run against its plan: what was touched, what conflicted, what the next plan should change',
    examples: ['quintet plan review', 'quintet plan review auth-1', 'quintet plan review auth-1 --json'],
    arguments: [
      {
        name: '[run]',
        summary: 'default: the newest unfinished run, else the newest',
        completes: 'runs',
      },
    ],
    interrupt: 'abort',
  },
]
