import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { modulesToKeep } from '../../src/workspace/modules.ts'
import { gitIn } from '../support/repository.ts'
import { ground } from './sessions.ts'

// A Mac has no such names.
it.skipIf(process.platform === 'darwin').each(['lib', 'caf\u00e9'])(
  'a submodule of which a branch has a name that is no text keeps the worktree: %s',
  async (name) => {
    await using here = await ground()
    const bare = join(here.top, 'bare')
    await gitIn(here.top, 'init', '--quiet', '--bare', bare)
    const tree = await gitIn(bare, 'hash-object', '-t', 'tree', '-w', '/dev/null')
    const commit = await gitIn(bare, 'commit-tree', '-m', 'work', tree)
    await writeFile(Buffer.from(join(bare, 'refs/heads/caf\u00e9'), 'latin1'), `${commit}\n`)
    const admin = join(here.top, 'admin')
    await mkdir(join(admin, 'modules'), { recursive: true })
    await rename(bare, Buffer.from(join(admin, 'modules', name), 'latin1'))
    expect(await modulesToKeep(here.repo, '/nowhere', admin)).toContain('has submodules with work')
  },
)
