// Branches of others, read from a bare repository as the remote.
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { branchPlace, type BranchReading } from '../../src/git/branch-name.ts'
import { readBranch, remoteNames } from '../../src/git/remote-branch.ts'
import { openRepository, type Repository } from '../../src/git/repository.ts'
import { gitIn, temporaryRepository, type TemporaryRepository } from '../support/repository.ts'

let here: TemporaryRepository
let repo: Repository
let origin: string
let elsewhere: string

beforeEach(async () => {
  here = await temporaryRepository()
  const top = join(here.path, '..')
  origin = join(top, 'origin.git')
  elsewhere = join(top, 'elsewhere')
  await here.git('clone', '--quiet', '--bare', here.path, origin)
  await here.git('remote', 'add', 'origin', `file://${origin}`)
  await here.git('clone', '--quiet', `file://${origin}`, elsewhere)
  repo = await openRepository(here.path)
})
afterEach(() => here[Symbol.asyncDispose]())

const read = (name: string, signal = new AbortController().signal): Promise<BranchReading> =>
  readBranch(repo, branchPlace(name, ['origin']), signal)

/** A commit on a branch of the remote. */
async function pushed(branch: string): Promise<string> {
  await gitIn(elsewhere, 'commit', '--quiet', '--allow-empty', '-m', branch)
  await gitIn(elsewhere, 'push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`)
  return gitIn(elsewhere, 'rev-parse', 'HEAD')
}

describe('a branch of a remote', () => {
  it('is absent until it is pushed; then its commit is here, and no reference was touched', async () => {
    const refs = await here.git('for-each-ref')
    expect(await read('origin/feature-x')).toEqual({ kind: 'absent' })
    const commit = await pushed('feature-x')
    await pushed('deep/feature-x')
    expect(await read('origin/feature-x')).toEqual({ kind: 'at', commit })
    expect(await here.git('cat-file', '-t', commit)).toBe('commit')
    expect(await here.git('for-each-ref')).toBe(refs)
  })

  it('is a branch whatever it is called', async () => {
    await gitIn(elsewhere, 'commit', '--quiet', '--allow-empty', '-m', 'odd')
    const commit = await gitIn(elsewhere, 'rev-parse', 'HEAD')
    await gitIn(origin, 'fetch', '--quiet', elsewhere, 'HEAD')
    await gitIn(origin, 'update-ref', 'refs/heads/--upload-pack=touch', commit)
    expect(await read('origin/--upload-pack=touch')).toEqual({ kind: 'at', commit })
  })

  it('that cannot be reached is a value, and says why', async () => {
    await here.git('remote', 'set-url', 'origin', `file://${origin}.gone`)
    expect(await read('origin/feature-x')).toMatchObject({
      kind: 'unreachable',
      why: expect.stringContaining('look at origin'),
    })
  })

  it('is never asked for by a command line', async () => {
    const mark = join(here.path, '..', 'ran')
    await here.git('config', 'protocol.ext.allow', 'always')
    await here.git('remote', 'set-url', 'origin', `ext::sh -c touch% ${mark}`)
    expect(await read('origin/feature-x')).toMatchObject({ kind: 'unreachable' })
    await expect(here.git('hash-object', mark)).rejects.toThrow()
  })

  it('ends with the signal', async () => {
    await expect(read('origin/feature-x', AbortSignal.abort())).rejects.toThrow()
  })
})

it('reads a branch of the repository itself, and the names of remotes', async () => {
  expect(await remoteNames(here.path)).toEqual(['origin'])
  expect(await read('feature-x')).toEqual({ kind: 'absent' })
  await here.git('branch', 'feature-x')
  expect(await read('feature-x')).toEqual({ kind: 'at', commit: await here.git('rev-parse', 'main') })
})
