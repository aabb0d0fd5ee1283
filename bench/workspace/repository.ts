// Writes a generated code base as a repository with one commit, packed as a clone would be.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { git } from '../scratch.ts'
import { generatedFiles } from './tree.ts'

/** Makes a repository of `files` files at `path` with its main worktree checked out; the commit. */
export async function makeRepository(path: string, files: number): Promise<string> {
  await mkdir(path, { recursive: true })
  await git(path, 'init', '--quiet', '--initial-branch=main')
  // A maintenance that sets in by itself would run in the middle of a measurement.
  await git(path, 'config', 'maintenance.auto', 'false')
  await git(path, 'config', 'gc.auto', '0')
  const importing = spawn('git', ['fast-import', '--quiet'], {
    cwd: path,
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  const closed = once(importing, 'close')
  await pipeline(importStream(files), importing.stdin)
  const [code] = await closed
  if (code !== 0) throw new Error(`git fast-import ended with ${String(code)}.`)
  await git(path, 'reset', '--quiet', '--hard', 'main')
  return await git(path, 'rev-parse', 'main')
}

function* importStream(files: number): Generator<string> {
  yield 'commit refs/heads/main\ncommitter Bench <bench@example.invalid> 1500000000 +0000\ndata 5\nbase\n\n'
  for (const { path, content } of generatedFiles(files)) {
    yield `M 100644 inline ${path}\ndata ${Buffer.byteLength(content)}\n${content}\n`
  }
}
