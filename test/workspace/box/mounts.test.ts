import { expect, test } from 'vitest'
import type { Mount } from '../../../src/process/walls.ts'
import { boxMounts, treeMounts, type BoxFacts } from '../../../src/workspace/box/mounts.ts'

const FACTS: BoxFacts = {
  worktree: '/work/tree',
  territory: { writable: ['src/left', 'node_modules'], readOnly: [] },
  gitDir: '/repo/.git/worktrees/left',
  pinned: ['/repo/.git/worktrees/left/commondir', '/repo/.git/worktrees/left/config.worktree'],
  commonDir: '/repo/.git',
  refs: ['/repo/.git/refs/heads/quintet/r/left', '/repo/.git/logs/refs/heads/quintet/r/left'],
  quarantine: {
    store: '/repo/.git/quintet/boxes/r/left/store',
    info: '/repo/.git/quintet/boxes/r/left/info',
  },
  state: '/repo/.git/quintet',
  shown: ['/repo/.git/quintet/guards'],
  objects: '/repo/.git/quintet/objects',
  coordination: { folder: '/work/tree/.quintet/session', readOnly: ['/work/tree/.quintet/session/status'] },
  home: '/repo/.git/quintet/homes/r/left',
  operator: [{ kind: 'write', path: '/home/me/.agent' }],
  temporary: '/repo/.git/quintet/boxes/r/left/tmp',
  hidden: ['/run'],
  visible: ['/run/nscd', '/usr/bin'],
  doors: ['/home/me/agent.sock'],
}

/** What holds for a path: the last mount at it or above it. */
function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  return mounts.findLast((mount) => path === mount.path || path.startsWith(`${mount.path}/`))
}

const kindOf = (path: string, facts: BoxFacts = FACTS): string =>
  mountOf(boxMounts(facts), path)?.kind ?? 'read'

test.for([
  ['/work/tree/src/left/file', 'write'],
  ['/work/tree/node_modules/x', 'write'],
  ['/work/tree/src/right/file', 'read'],
  ['/work/tree/.git', 'read'],
  ['/work/tree/README.md', 'read'],
  ['/work/tree/.quintet/session/status.md', 'write'],
  ['/work/tree/.quintet/session/status/right.md', 'read'],
  ['/repo/.git/worktrees/left/index', 'write'],
  ['/repo/.git/worktrees/left/config.worktree', 'read'],
  ['/repo/.git/worktrees/left/commondir', 'read'],
  ['/repo/.git/worktrees/right/HEAD', 'read'],
  ['/repo/.git/config', 'read'],
  ['/repo/.git/refs/heads/main', 'read'],
  ['/repo/.git/refs/heads/quintet/r/left/work', 'write'],
  ['/repo/.git/refs/heads/quintet/r/right/work', 'read'],
  ['/repo/.git/quintet/quintet.db', 'empty'],
  ['/repo/.git/quintet/homes/r/right/x', 'empty'],
  ['/repo/.git/quintet/homes/r/left/x', 'write'],
  ['/repo/.git/quintet/guards/r/left.sh', 'read'],
  ['/run/docker.sock', 'empty'],
  ['/run/nscd/socket', 'read'],
  ['/tmp/x', 'write'],
  ['/home/me/agent.sock', 'blank'],
  ['/home/me/.agent/login', 'write'],
  ['/etc/passwd', 'read'],
])('%s is %s', ([path = '', kind]) => {
  expect(kindOf(path)).toBe(kind)
})

test('what is written among the objects goes into a store of its own, and the shared ones are seen elsewhere', () => {
  const mounts = boxMounts(FACTS)
  const own = '/repo/.git/objects'
  expect(mountOf(mounts, `${own}/ab/cd`)).toEqual({ kind: 'write', path: own, from: FACTS.quarantine.store })
  expect(mountOf(mounts, `${own}/info/alternates`)).toMatchObject({
    kind: 'read',
    from: FACTS.quarantine.info,
  })
  expect(mountOf(mounts, '/repo/.git/quintet/objects/ab')).toMatchObject({ kind: 'read', from: own })
})

test('the temporary folder is its own', () => {
  expect(mountOf(boxMounts(FACTS), '/tmp')).toEqual({ kind: 'write', path: '/tmp', from: FACTS.temporary })
})

test('where the top of the worktree is open, the file that says whose it is stays closed', () => {
  const facts = { ...FACTS, territory: { writable: [''], readOnly: ['src/right'] } }
  expect(kindOf('/work/tree/new.log', facts)).toBe('write')
  expect(kindOf('/work/tree/.git', facts)).toBe('read')
  expect(kindOf('/work/tree/src/right/file', facts)).toBe('read')
})

test('without coordination there is no folder for it', () => {
  expect(kindOf('/work/tree/.quintet/session/status.md', { ...FACTS, coordination: null })).toBe('read')
})

test('outer places are mounted before those in them', () => {
  const paths = boxMounts(FACTS).map(({ path }) => path)
  for (const [at, path] of paths.entries())
    expect(paths.slice(0, at).some((earlier) => earlier.startsWith(`${path}/`))).toBe(false)
})

test('what is hidden shows again where it must be seen, and only there', () => {
  const mounts = boxMounts(FACTS).filter(({ kind }) => kind === 'read')
  expect(mounts.map(({ path }) => path)).toContain('/run/nscd')
  expect(mounts.map(({ path }) => path)).not.toContain('/usr/bin')
})

test('around a whole worktree all of it can be written, and nothing of git', () => {
  const mounts = treeMounts(FACTS, '/work/tree')
  const kind = (path: string): string => mountOf(mounts, path)?.kind ?? 'read'
  expect(kind('/work/tree/src/right/file')).toBe('write')
  expect(kind('/work/tree/.git')).toBe('read')
  expect(kind('/repo/.git/refs/heads/quintet/r/left/work')).toBe('read')
  expect(kind('/repo/.git/objects/ab')).toBe('read')
})

const pathsOf = (facts: BoxFacts): string[] => boxMounts(facts).map(({ path }) => path)

test('every folder between a writable place and a read-only one in it is a mount, so that it cannot be renamed', () => {
  const territory = { writable: ['src/d'], readOnly: ['src/d/x/y/keep', 'src/d/z'] }
  const between = boxMounts({ ...FACTS, territory }).filter(({ path }) => path.startsWith('/work/tree/src/'))
  expect(between).toEqual([
    { kind: 'write', path: '/work/tree/src/d' },
    { kind: 'read', path: '/work/tree/src/d/z' },
    { kind: 'write', path: '/work/tree/src/d/x' },
    { kind: 'write', path: '/work/tree/src/d/x/y' },
    { kind: 'read', path: '/work/tree/src/d/x/y/keep' },
  ])
})

test('above a place that is writable again in a read-only one nothing more is mounted', () => {
  const territory = { writable: ['src', 'src/other/deep/mine'], readOnly: ['src/other'] }
  expect(pathsOf({ ...FACTS, territory })).not.toContain('/work/tree/src/other/deep')
})

test('a folder between is the one that is seen, where that is another one', () => {
  const operator: Mount[] = [
    { kind: 'write', path: '/home/me/.cache', from: '/state/cache' },
    { kind: 'read', path: '/home/me/.cache/node/corepack', from: '/home/me/.cache/node/corepack' },
  ]
  expect(boxMounts({ ...FACTS, operator })).toContainEqual({
    kind: 'write',
    path: '/home/me/.cache/node',
    from: '/state/cache/node',
  })
})

test('in the temporary folder folders stay as they are', () => {
  const visible = ['/tmp/work/bin']
  const paths = pathsOf({ ...FACTS, visible })
  expect(paths).toContain('/tmp/work/bin')
  expect(paths).not.toContain('/tmp/work')
})
