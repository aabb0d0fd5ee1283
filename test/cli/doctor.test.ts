import { expect, test } from 'vitest'
import {
  agentFindings,
  agentObstacles,
  brokenBox,
  diskFinding,
  indexLockFinding,
  inotifyFinding,
  leftoverFindings,
  worktreeFindings,
  worst,
} from '../../src/cli/doctor/finding.ts'

const GIB = 1024 ** 3

test.each([
  [{ free: 50 * GIB, inodes: null }, 'ok'],
  [{ free: 50 * GIB, inodes: 5_000_000 }, 'ok'],
  [{ free: 50 * GIB, inodes: 900 }, 'warn'],
  [{ free: GIB, inodes: null }, 'warn'],
  [{ free: GIB / 8, inodes: null }, 'fail'],
])('disk %j: %s', (space, level) => {
  const finding = diskFinding('/w', space)
  expect(finding.level).toBe(level)
  expect(finding.command).toBe(level === 'ok' ? undefined : 'quintet clean')
})

test('inotify names only the limits that are short', () => {
  const few = { watches: 100, instances: 3 }
  const limits = (watches: number, instances: number) => ({ watches, instances, queued: 16_384 })
  expect(inotifyFinding(null, few).level).toBe('ok')
  expect(inotifyFinding(limits(524_288, 1024), few).level).toBe('ok')
  expect(inotifyFinding(limits(8192, 1024), few)).toEqual({
    check: 'inotify',
    level: 'warn',
    text: 'Several worktrees with file watchers may run out: 8192 watches (100 in use), 1024 instances (3 in use).',
    command: 'sudo sysctl -w fs.inotify.max_user_watches=524288',
  })
  expect(inotifyFinding(limits(8192, 64), few).command).toContain('max_user_instances=1024')
  expect(inotifyFinding(limits(524_288, 1024), { watches: 500_000, instances: 3 })).toMatchObject({
    level: 'warn',
    command: expect.stringContaining('max_user_watches=2097152'),
  })
})

test('a bubblewrap that fails is mended by the setting that stops it, not by installing it', () => {
  expect(brokenBox({ 'kernel.apparmor_restrict_unprivileged_userns': '1' })).toEqual({
    text: 'AppArmor refuses user namespaces to ordinary users here, as on Ubuntu since 24.04; a profile that allows them to bwrap alone does as well (kernel.apparmor_restrict_unprivileged_userns = 1).',
    command: 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
  })
  const open = { 'kernel.apparmor_restrict_unprivileged_userns': '0', 'user.max_user_namespaces': '63000' }
  expect(brokenBox({ ...open, 'kernel.unprivileged_userns_clone': '0' }).command).toBe(
    'sudo sysctl -w kernel.unprivileged_userns_clone=1',
  )
  expect(brokenBox({ ...open, 'user.max_user_namespaces': '0' }).text).toMatch(/= 0\)\.$/)
  expect(brokenBox(open)).toEqual({
    text: '',
    command: 'bwrap --ro-bind / / --proc /proc --unshare-pid true',
  })
})

const agent = (
  name: string,
  file: string | null,
  wanted = false,
): Parameters<typeof agentFindings>[0][number] => ({
  name,
  program: `${name}-acp`,
  file,
  wanted,
  install: `npm install ${name}`,
})

test('agents: the configured one must be there, and one at least should be', () => {
  const levels = (...agents: Parameters<typeof agentFindings>[0]): string[] =>
    agentFindings(agents).map(({ level, command }) => `${level} ${command ?? ''}`.trim())
  expect(levels(agent('a', '/bin/a'), agent('b', null))).toEqual(['ok'])
  expect(levels(agent('a', null), agent('b', null))).toEqual(['warn npm install a'])
  expect(levels(agent('a', '/bin/a'), agent('b', null, true))).toEqual(['ok', 'fail npm install b'])
  expect(levels(agent('a', null), agent('b', null, true))).toEqual(['fail npm install b'])
})

test('agents: one that drives another program needs it, and one that boxes hide starts in none', () => {
  expect(agentObstacles([agent('a', '/bin/a'), { ...agent('b', null), lacks: ['c'] }])).toEqual([])
  const hidden = { file: '/tmp/x/pi-acp.js', folder: '/tmp' }
  expect(agentObstacles([{ ...agent('pi', '/bin/pi-acp', true), lacks: ['pi'], hidden }])).toMatchObject([
    {
      level: 'fail',
      text: 'The agent pi does not start: pi-acp is installed, and the program pi, which it drives, is not.',
      command: 'npm install pi',
    },
    {
      level: 'fail',
      text: 'The agent pi does not start in a box: its program is /tmp/x/pi-acp.js, and boxes hide /tmp. Install it elsewhere.',
    },
  ])
})

test('worktrees: each stale one with the command that mends it', () => {
  expect(worktreeFindings({ linked: 3, prunable: [], stale: [] })).toEqual([
    { check: 'worktrees', level: 'ok', text: '3 linked, none stale.' },
  ])
  const stale = [{ path: '/w/a', session: 'auth-1/a' }]
  expect(worktreeFindings({ linked: 3, prunable: ['/w/b'], stale }).map(({ command }) => command)).toEqual([
    'quintet run --watch auth-1',
    'git worktree prune --verbose',
  ])
})

test('a left-over lock is named with a command that survives quotes', () => {
  expect(indexLockFinding('/r/.git/index.lock', null).level).toBe('ok')
  expect(indexLockFinding("/it's/index.lock", 5000)).toMatchObject({
    level: 'warn',
    command: String.raw`rm '/it'\''s/index.lock'`,
  })
})

test('the worst finding is the verdict', () => {
  const of = (...levels: ('ok' | 'warn' | 'fail')[]): string =>
    worst(levels.map((level) => ({ check: 'x', level, text: '' })))
  expect([of(), of('ok'), of('ok', 'warn'), of('warn', 'fail', 'ok')]).toEqual(['ok', 'ok', 'warn', 'fail'])
})

test('what agents have left is named with the command that removes it, or with what keeps it', () => {
  const path = '/r/.claude/worktrees/x'
  const worktree = { path, owner: 'claude', branch: null, head: null, lock: null, holder: null }
  expect(leftoverFindings([], null).map(({ level }) => level)).toEqual(['ok'])
  const found = leftoverFindings(
    [
      { worktree, verdict: { kind: 'removable', proof: ['It is dead.', 'It is clean.'] } },
      { worktree, verdict: { kind: 'in-use', why: 'processes 7 work in it' } },
    ],
    'core.hooksPath is /gone for all worktrees, which is not there: no hook runs.',
  )
  expect(found).toEqual([
    {
      check: 'leftovers',
      level: 'warn',
      text: `claude has left the worktree ${path}: It is dead. It is clean.`,
      command: 'quintet clean --foreign',
    },
    {
      check: 'leftovers',
      level: 'ok',
      text: `The worktree ${path} of claude stays: processes 7 work in it.`,
    },
    expect.objectContaining({ level: 'warn', command: 'git config --local --unset-all core.hooksPath' }),
  ])
})
