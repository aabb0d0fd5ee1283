import { expect, test } from 'vitest'
import { boxFolder, doors, hiddenBy, refFolders } from '../../../src/workspace/box/places.ts'

const SESSION = { run: 'r-1', piece: 'a' }

test('a session has its own folders', () => {
  expect(boxFolder('/state', SESSION)).toBe('/state/boxes/r-1/a')
  expect(refFolders('/repo/.git', SESSION)).toEqual([
    '/repo/.git/refs/heads/quintet/r-1/a',
    '/repo/.git/logs/refs/heads/quintet/r-1/a',
  ])
})

test('doors are sockets in the home folder, and those that the environment names', () => {
  const env = { SSH_AUTH_SOCK: '/home/me/agent.sock', DOCKER_HOST: 'unix:///srv/docker.sock' }
  const found = doors('/home/me', env)
  expect(found).toEqual(
    expect.arrayContaining(['/home/me/.gnupg/S.gpg-agent', '/home/me/agent.sock', '/srv/docker.sock']),
  )
})

test('what is hidden with its folder, or is no file, is no door', () => {
  const env = { SSH_AUTH_SOCK: '/run/user/1000/agent.sock', DOCKER_HOST: 'tcp://127.0.0.1:2375' }
  const found = doors('/home/me', env)
  expect(found.filter((path) => !path.startsWith('/home/me/'))).toEqual([])
  expect(doors('/home/me', { SSH_AUTH_SOCK: '/tmp/ssh-x/agent' })).not.toContain('/tmp/ssh-x/agent')
})

test('a file is hidden below the folders that a box empties, but for what is seen there', () => {
  expect(hiddenBy('/tmp/agents/a.js', ['/tmp/agents/bin'])).toBe('/tmp')
  expect(hiddenBy('/tmp/agents/bin/a', ['/tmp/agents/bin'])).toBeNull()
  expect(hiddenBy('/run/current-system/bin/a', [])).toBeNull()
  expect(hiddenBy('/usr/bin/a', [])).toBeNull()
})
