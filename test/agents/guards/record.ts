// A guard record of a session `auth` that owns src/auth/, beside a piece `api` that owns src/api/.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { GuardRecord } from '../../../src/contract/guard.ts'
import { guardProgram } from '../../../src/agents/guards/hook/location.ts'
import { ran, type Ran } from '../../workspace/guard/session.ts'

export function guardRecord(changes: Partial<GuardRecord> = {}): GuardRecord {
  return {
    version: 1,
    run: 'r-1',
    piece: 'auth',
    branch: 'refs/heads/quintet/r-1/auth/work',
    refs: 'refs/heads/quintet/r-1/auth/',
    root: '/repo',
    commonDir: '/repo/.git',
    worktree: '/repo-worktrees/auth',
    gitDir: '/repo/.git/worktrees/auth',
    pieces: [
      { id: 'auth', title: 'Login', scope: { include: ['src/auth/'], exclude: [] } },
      { id: 'api', title: 'Price list', scope: { include: ['src/api/'], exclude: [] } },
    ],
    shared: [],
    grants: [],
    coordinationFolder: '.quintet/session',
    ignoreCase: false,
    writable: ['.quintet/session/status.md'],
    ask: ['Ask for a path with scope_request.'],
    program: ['/usr/bin/node', '/quintet/main.js'],
    theirs: { folder: '', outer: '', pinned: false },
    ...changes,
  }
}

/** Asks the tool hook as an agent does; the record is written into `folder`. */
export async function askHook(folder: string, record: GuardRecord, input: string): Promise<Ran> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'record.json')
  await writeFile(file, JSON.stringify(record))
  const [node, program] = guardProgram()
  return await ran(node, [program, 'tool', file], folder, input)
}
