import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { run } from '../../../src/process/run.ts'
import { programFile } from '../../../src/process/spawn.ts'
import { prepareWorkspace } from '../../../src/workspace/prepare.ts'
import { gitIn } from '../../support/repository.ts'
import { ground, type Ground } from '../sessions.ts'

const never = new AbortController().signal
let here: Ground

afterEach(() => here[Symbol.asyncDispose]())

const FILES = {
  '.gitignore': 'node_modules\n',
  'package.json': '{"name":"shop","private":true}',
  'packages/own/package.json': '{"name":"own","version":"1.0.0","main":"index.js"}',
  'packages/own/index.js': 'module.exports = __filename',
  'packages/user/package.json': '{"name":"user","version":"1.0.0","dependencies":{"own":"1.0.0"}}',
}

it('a session whose set-up links the dependencies of the main worktree does not start', async () => {
  here = await ground(FILES)
  const { root } = here.repo
  const script = `
const fs = require('fs')
fs.mkdirSync('${root}/node_modules', { recursive: true })
fs.rmSync('${root}/node_modules/own', { force: true })
fs.symlinkSync('../packages/own', '${root}/node_modules/own')
fs.symlinkSync('${root}/node_modules', 'node_modules')`
  const spec = await here.spec('auth', { setup: [process.execPath, '-e', script] })
  await expect(prepareWorkspace(spec, never)).rejects.toMatchObject({
    code: 'E_NOT_ISOLATED',
    kind: 'environment',
    details: { leaks: [{ what: 'own', from: 'packages/user', found: join(root, 'packages/own') }] },
  })
})

it('pnpm itself: packages of the repository are those of the session, copied or installed', async ({
  skip,
}) => {
  if ((await programFile('pnpm', { cwd: '/' })) === null) skip('pnpm is not here')
  here = await ground({
    ...FILES,
    'pnpm-workspace.yaml': 'packages:\n  - packages/*\n',
    'packages/user/package.json': FILES['packages/user/package.json'].replace('"1.0.0"}', '"workspace:*"}'),
  })
  const env = {
    npm_config_store_dir: join(here.top, 'store'),
    npm_config_offline: 'true',
    npm_config_manage_package_manager_versions: 'false',
    CI: 'true',
  }
  const made = await run('pnpm', ['install', '--no-frozen-lockfile'], { cwd: here.repo.root, env })
  expect(made.exitCode).toBe(0)
  await here.git('add', '--all')
  await here.git('commit', '-qm', 'lock')
  for (const piece of ['first', 'second']) {
    const { path } = await prepareWorkspace(await here.spec(piece, { env }), never)
    expect((await lstat(join(path, 'packages/user/node_modules/own'))).isSymbolicLink()).toBe(true)
    const { stdout } = await run(process.execPath, ['-p', 'require("own")'], {
      cwd: join(path, 'packages/user'),
    })
    expect(stdout.toString().trim()).toBe(join(path, 'packages/own/index.js'))
    expect(await gitIn(path, 'status', '--porcelain')).toBe('')
  }
})
