// A folder from elsewhere mounted in another one, for tests; only where the machine lets this user mount.
import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { mountedIn } from '../../src/store/mounts.ts'
import { writeFiles } from './repository.ts'

const exec = promisify(execFile)

export interface Mounted extends AsyncDisposable {
  /** What is mounted; it holds the file `precious.txt`. */
  readonly outside: string
  readonly at: string
}

/** Mounts a new folder of `top` at `at`, which is below `top` too; null where that is not permitted. On disposal nothing is
 *  mounted below `top` any more, wherever it was moved. */
export async function mountAt(top: string, at: string): Promise<Mounted | null> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return null
  const outside = join(top, 'outside')
  await writeFiles(outside, { 'precious.txt': 'precious' })
  await mkdir(at, { recursive: true })
  try {
    await exec('mount', ['--bind', outside, at])
  } catch {
    return null
  }
  return {
    outside,
    at,
    [Symbol.asyncDispose]: async () => {
      await exec('umount', [at]).catch(() => null)
      for (let left = await mountedIn(top); left !== null; left = await mountedIn(top))
        await exec('umount', [left])
    },
  }
}
