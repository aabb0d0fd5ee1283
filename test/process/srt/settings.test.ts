import { expect, test } from 'vitest'
import type { Box } from '../../../src/process/box.ts'
import { srtSettings } from '../../../src/process/srt/settings.ts'

const BOX: Box = {
  mounts: [
    { kind: 'empty', path: '/repo/.git/quintet' },
    { kind: 'write', path: '/tmp', from: '/repo/.git/quintet/boxes/tmp' },
    { kind: 'write', path: '/tree/src/auth' },
    { kind: 'read', path: '/tree/src/auth/generated' },
    { kind: 'read', path: '/tree/src' },
    { kind: 'write', path: '/repo/.git/worktrees/a' },
    { kind: 'read', path: '/repo/.git/worktrees/a/commondir' },
    { kind: 'write', path: '/repo/.git/objects', from: '/repo/.git/quintet/boxes/store' },
    { kind: 'read', path: '/repo/.git/objects/info', from: '/repo/.git/quintet/boxes/info' },
    { kind: 'write', path: '/repo/.git/quintet/homes/a' },
    { kind: 'blank', path: '/home/me/.docker/run/docker.sock' },
  ],
  network: 'shared',
  relocated: { TMPDIR: '/repo/.git/quintet/boxes/tmp' },
}

test('mounts become lists: what is written, what in that is not, what is hidden and what of that is shown', () => {
  expect(srtSettings(BOX)).toEqual({
    settings: {
      filesystem: {
        allowWrite: [
          '/tree/src/auth',
          '/repo/.git/worktrees/a',
          '/repo/.git/quintet/homes/a',
          '/repo/.git/quintet/boxes/tmp',
          '/repo/.git/quintet/boxes/store',
        ],
        denyWrite: ['/tree/src/auth/generated', '/repo/.git/worktrees/a/commondir'],
        denyRead: ['/repo/.git/quintet', '/home/me/.docker/run/docker.sock'],
        allowRead: [
          '/repo/.git/quintet/homes/a',
          '/repo/.git/quintet/boxes/tmp',
          '/repo/.git/quintet/boxes/store',
        ],
      },
      env: { TMPDIR: '/repo/.git/quintet/boxes/tmp' },
    },
    givenUp: [],
  })
})

test('without a network no host is allowed', () => {
  const { settings } = srtSettings({ ...BOX, network: 'none' })
  expect(settings.network).toEqual({ allowedDomains: [], deniedDomains: [] })
})

test('what is read-only above something that can be written is given up, and named', () => {
  const mounts: Box['mounts'] = [
    { kind: 'write', path: '/tree' },
    { kind: 'read', path: '/tree/src' },
    { kind: 'read', path: '/tree/docs' },
    { kind: 'write', path: '/tree/src/auth' },
  ]
  const { settings, givenUp } = srtSettings({ mounts, network: 'shared' })
  expect(givenUp).toEqual(['/tree/src'])
  expect(settings.filesystem.denyWrite).toEqual(['/tree/docs'])
})
