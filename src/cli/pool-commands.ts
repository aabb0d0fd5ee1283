// The commands about workspaces that are made ahead, as data.
import type { CommandSpec } from './command.ts'

export const POOL_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'pool',
    summary: 'Show the workspaces that are made before a session wants them',
    examples: ['quintet pool', 'quintet pool --json'],
  },
  {
    name: 'pool fill',
    summary: 'Make workspaces ahead, for a plan or at the default base, and wait until they are ready',
    examples: ['quintet pool fill', 'quintet pool fill auth', 'quintet pool fill auth --slots 4'],
    arguments: [{ name: '[plan]', summary: 'name under .quintet/plans, or a path', completes: 'plans' }],
    options: [
      {
        flags: '--slots <count>',
        summary: 'how many; default: as many as the plan can start at once, else 2',
      },
    ],
    interrupt: 'abort',
  },
  {
    name: 'pool trim',
    summary: 'Remove workspaces that were made ahead and that nobody wants any more',
    examples: ['quintet pool trim', 'quintet pool trim --all', 'quintet pool trim --all --dry-run'],
    options: [
      { flags: '--all', summary: 'also those that are wanted; none are made again before somebody asks' },
      { flags: '--dry-run', summary: 'say what would go' },
    ],
    interrupt: 'abort',
  },
]
