import { describe, expect, it } from 'vitest'
import { branchPlace, isBranchName, shortBranch } from '../../src/git/branch-name.ts'
import { runGit } from '../../src/git/run.ts'

const NAMES = [
  'feature-x', 'ann/login', 'a', 'a.b', 'v1.2', 'ümlaut', 'a@b', 'a{b}', '', '@', 'HEAD', '-x', 'a/-b', '.a', 'a/.b', 'a.', 'a..b', 'a b',
  'a~1', 'a^', 'a:b', 'a?', 'a*', 'a[b', 'a\\b', 'a@{1}', 'a//b', '/a', 'a/', 'a.lock', 'a.lock/b', 'a\u0007b', 'a\u007fb',
] // prettier-ignore

describe('isBranchName', () => {
  it('takes the ordinary ones', () => {
    expect(NAMES.filter((name) => isBranchName(name))).toEqual(NAMES.slice(0, 8))
  })

  it.each(NAMES.slice(0, 8))('takes %j as git does', async (name) => {
    expect(await allowed(name)).toBe(true)
  })

  // Stricter than git about dashes, which read as options, and about names that mean something else.
  it.each(NAMES.slice(8).filter((name) => !/^(?:HEAD|@|)$|(?:^|\/)-/.test(name)))(
    'refuses %j as git does',
    async (name) => {
      expect(await allowed(name)).toBe(false)
    },
  )
})

async function allowed(name: string): Promise<boolean> {
  const args = ['check-ref-format', `refs/heads/${name}`]
  return (await runGit(args, { cwd: '/', op: 'ask', ok: [0, 1] })).exitCode === 0
}

describe('branchPlace', () => {
  const remotes = ['origin', 'team', 'team/ann']
  it.each([
    ['origin/feature-x', { remote: 'origin', ref: 'refs/heads/feature-x' }],
    ['refs/remotes/origin/a/b', { remote: 'origin', ref: 'refs/heads/a/b' }],
    ['team/ann/x', { remote: 'team/ann', ref: 'refs/heads/x' }],
    ['feature-x', { remote: null, ref: 'refs/heads/feature-x' }],
    ['other/feature-x', { remote: null, ref: 'refs/heads/other/feature-x' }],
    ['refs/heads/origin/x', { remote: null, ref: 'refs/heads/origin/x' }],
    ['origin/--upload-pack=x', { remote: 'origin', ref: 'refs/heads/--upload-pack=x' }],
  ])('%s', (name, place) => {
    expect(branchPlace(name, remotes)).toEqual(place)
    expect(`refs/heads/${shortBranch(place)}`).toBe(place.ref)
  })
})
