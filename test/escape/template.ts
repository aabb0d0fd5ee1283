// What every arena begins with: a repository whose dependencies are installed, and a home folder with something to lose.
import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../src/process/run.ts'
import { gitIn, writeFiles } from '../support/repository.ts'

export const SECRET = 'a private key of the operator'

const FILES: Readonly<Record<string, string>> = {
  '.gitignore': 'node_modules/\ncoverage/\n/dist\n*.log\n',
  'README.md': '# A service\n',
  'package.json': JSON.stringify({
    name: 'service',
    version: '1.0.0',
    scripts: {
      test: 'cd src/left && node --test',
      build: 'mkdir -p dist && cp src/left/main.js dist/main.js',
    },
    dependencies: { small: 'file:vendor/small-1.0.0.tgz' },
  }),
  'docs/guide.md': '# Guide\n',
  'src/left/check.sh': 'exit 0\n',
  'src/left/main.js': 'export const answer = () => 42\n',
  'src/left/main.test.js': [
    "import { mkdtempSync, writeFileSync } from 'node:fs'",
    "import { tmpdir } from 'node:os'",
    "import { join } from 'node:path'",
    "import { test } from 'node:test'",
    "import assert from 'node:assert'",
    "import { answer } from './main.js'",
    "test('answers', () => {",
    "  writeFileSync(join(mkdtempSync(join(tmpdir(), 'case-')), 'file'), 'x')",
    '  assert.equal(answer(), 42)',
    '})',
    '',
  ].join('\n'),
  'src/left/more/deep.txt': 'deep\n',
  'src/left/one/two/own.txt': 'own\n',
  'src/left/one/two/theirs/kept.txt': 'kept\n',
  'src/left/notes.txt': 'one\ntwo\nthree\n',
  'src/right/main.js': "export const question = () => 'six by nine'\n",
  'src/right/util.js': 'export const nothing = null\n',
}

export interface Template extends AsyncDisposable {
  readonly path: string
}

/** Makes the template; takes about as long as an installation of one package. */
export async function makeTemplate(): Promise<Template> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'quintet-template-')))
  const root = join(path, 'repo')
  const cache = { npm_config_cache: join(path, 'npm'), npm_config_update_notifier: 'false' }
  await mkdir(join(root, 'vendor'), { recursive: true })
  await gitIn(root, 'init', '--quiet', '--initial-branch=main')
  await gitIn(root, 'config', 'user.name', 'Test')
  await gitIn(root, 'config', 'user.email', 'test@example.invalid')
  await writeFiles(root, FILES)
  await writeFiles(join(path, 'small/package'), {
    'package.json': JSON.stringify({ name: 'small', version: '1.0.0', main: 'index.js' }),
    'index.js': 'module.exports = 1\n',
  })
  await succeed('tar', ['-czf', 'vendor/small-1.0.0.tgz', '-C', join(path, 'small'), 'package'], root)
  await succeed('npm', ['install', '--offline', '--no-audit', '--no-fund'], root, cache)
  await gitIn(root, 'add', '--all')
  await gitIn(root, 'commit', '--quiet', '--message=first')
  await gitIn(root, 'tag', 'v1')
  // Some of the objects in a pack, some not.
  await gitIn(root, 'repack', '-a', '-d', '--quiet')
  await writeFiles(root, { 'README.md': '# A service\n\nIt answers.\n' })
  await gitIn(root, 'commit', '--quiet', '--all', '--message=second')
  // As in nearly every repository: it lowers no level, and opens nothing.
  await writeFiles(root, { 'service.log': '' })
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) }
}

/** A home folder of its own for the operator, so that what an escape does to it can be seen and hurts nobody. */
export async function operatorsHome(path: string): Promise<AsyncDisposable> {
  const names = ['HOME', 'XDG_STATE_HOME', 'XDG_CONFIG_HOME', 'npm_config_cache'] as const
  const before = names.map((name) => [name, process.env[name]] as const)
  const home = join(path, 'operator')
  await writeFiles(home, {
    '.ssh/id_ed25519': SECRET,
    '.bashrc': '# quiet\n',
    '.gitconfig': '[alias]\n\tst = status\n',
    '.claude.json': '{}\n',
    '.claude/hooks/before.sh': 'exit 0\n',
    '.cache/node/corepack/v1/pnpm.cjs': '// a program\n',
    'dot/settings.json': '{}\n',
  })
  await symlink('../dot/settings.json', join(home, '.claude/settings.json'))
  // A folder that is made for every session alike.
  await mkdir(join(home, '.npm'))
  Object.assign(process.env, {
    HOME: home,
    XDG_STATE_HOME: join(path, 'xdg-state'),
    XDG_CONFIG_HOME: join(path, 'xdg-config'),
    npm_config_cache: join(path, 'npm'),
  })
  return {
    [Symbol.asyncDispose]: () => {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      }
      return Promise.resolve()
    },
  }
}

async function succeed(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { exitCode, stdout } = await run(program, args, { cwd, env, merged: true, timeout: 60_000 })
  if (exitCode !== 0) throw new Error(`${program} failed: ${stdout.toString('utf8')}`)
}
