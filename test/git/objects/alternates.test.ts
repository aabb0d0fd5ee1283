import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { alternateEntry } from '../../../src/git/objects/alternates.ts'
import { openScratchObjects } from '../../../src/git/objects/scratch.ts'
import { runGit } from '../../../src/git/run.ts'
import { temporaryFolder, temporaryRepository } from '../../support/repository.ts'

test.each(['plain', 'two words', 'a:b;c', 'a "b" \\c', 'back\\slash', 'line\nend', '\u0001:"'])(
  'a store in the folder %j is read, from a file and from a variable',
  async (name) => {
    await using main = await temporaryRepository({ files: { a: '1\n' } })
    await using outside = await temporaryFolder()
    const commit = await main.git('rev-parse', 'HEAD')
    const commonDir = join(outside.path, name)
    await rename(join(main.path, '.git'), commonDir)
    await using scratch = await openScratchObjects({ commonDir })
    await using other = await temporaryRepository()
    const type = async (env: Readonly<Record<string, string>>): Promise<string> =>
      (await runGit(['cat-file', '-t', commit], { cwd: other.path, op: 'look', env })).stdout.trim()
    expect(await type(scratch.env)).toBe('commit')
    const variable = alternateEntry(join(commonDir, 'objects'))
    expect(await type({ GIT_ALTERNATE_OBJECT_DIRECTORIES: variable })).toBe('commit')
  },
)
