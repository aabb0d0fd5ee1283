import { describe, expect, it } from 'vitest'
import {
  installCommand,
  installRoots,
  rootOf,
  type FolderFacts,
  type InstallRoot,
} from '../../../src/workspace/dependencies/policy.ts'

function folder(
  dir: string,
  names: string[],
  manifest: object | null = {},
  yarnLock: string | null = null,
): FolderFacts {
  return {
    dir,
    names: new Set(manifest === null ? names : [...names, 'package.json']),
    packageJson: manifest === null ? null : JSON.stringify(manifest),
    yarnLock,
  }
}
const none = new Set<string>()
const managers = (folders: FolderFacts[], installed = none) =>
  installRoots(folders, installed).map(({ dir, manager, lock }) => [dir, manager, lock])

describe('installRoots', () => {
  it('finds the package manager by its lock file', () => {
    expect(managers([folder('', ['package-lock.json'])])).toEqual([['', 'npm', 'package-lock.json']])
    expect(managers([folder('', ['pnpm-lock.yaml'])])).toEqual([['', 'pnpm', 'pnpm-lock.yaml']])
    expect(managers([folder('', ['bun.lock'])])).toEqual([['', 'bun', 'bun.lock']])
    expect(managers([folder('', ['yarn.lock'], {}, '# yarn lockfile v1\n')])).toEqual([
      ['', 'yarn-classic', 'yarn.lock'],
    ])
    expect(managers([folder('', ['yarn.lock'], {}, '__metadata:\n  version: 8\n')])).toEqual([
      ['', 'yarn', 'yarn.lock'],
    ])
    expect(managers([folder('', ['uv.lock'], null)])).toEqual([['', 'uv', 'uv.lock']])
  })

  it('believes packageManager more than a stray lock file', () => {
    const declared = (manager: string, locks: string[]) =>
      managers([folder('', locks, { packageManager: manager })])
    expect(declared('pnpm@10.1.0', ['package-lock.json', 'pnpm-lock.yaml'])).toEqual([
      ['', 'pnpm', 'pnpm-lock.yaml'],
    ])
    expect(declared('yarn@1.22.22', ['yarn.lock'])).toEqual([['', 'yarn-classic', 'yarn.lock']])
    expect(declared('yarn@4.5.0', ['yarn.lock'])).toEqual([['', 'yarn', 'yarn.lock']])
  })

  it('wants nothing where there is nothing to install', () => {
    expect(managers([])).toEqual([])
    expect(managers([folder('', [], { scripts: { test: 'node --test' }, dependencies: {} })])).toEqual([])
    expect(managers([folder('', [], null)])).toEqual([])
  })

  it('installs a manifest without a lock file', () => {
    expect(managers([folder('', [], { devDependencies: { vitest: '5' } })])).toEqual([['', 'npm', null]])
    expect(managers([folder('', [], { workspaces: ['packages/*'] })])).toEqual([['', 'npm', null]])
  })

  it('takes a lock file below only where the main worktree has dependencies', () => {
    const folders = [folder('test/data', ['package-lock.json']), folder('web', ['package-lock.json'])]
    expect(managers(folders, new Set(['web/node_modules']))).toEqual([['web', 'npm', 'package-lock.json']])
  })

  it('serves two languages in one tree', () => {
    expect(managers([folder('', ['uv.lock', 'package-lock.json'])]).map(([, manager]) => manager)).toEqual([
      'npm',
      'uv',
    ])
  })
})

describe('rootOf', () => {
  const roots = installRoots(
    [
      folder('', ['package-lock.json'], { workspaces: ['packages/*'] }),
      folder('web', ['yarn.lock'], {}, ''),
      folder('', ['uv.lock'], null),
    ],
    new Set(['web/node_modules']),
  )
  const dirOf = (path: string) => {
    const root = rootOf(path, roots)
    return root === null ? null : `${root.dir}:${root.manager}`
  }

  it('gives every dependency folder to the install that makes it', () => {
    expect(dirOf('node_modules')).toBe(':npm')
    expect(dirOf('packages/a/node_modules')).toBe(':npm')
    expect(dirOf('packages/a/node_modules/half/tracked')).toBe(':npm')
    expect(dirOf('web/node_modules')).toBe('web:yarn-classic')
    expect(dirOf('.venv')).toBe(':uv')
    expect(dirOf('tools/.venv')).toBeNull()
    expect(dirOf('dist')).toBeNull()
  })

  it('leaves folders below alone where there are no workspaces', () => {
    const alone = installRoots([folder('', ['package-lock.json'])], none)
    expect(rootOf('node_modules', alone)?.dir).toBe('')
    expect(rootOf('docs/node_modules', alone)).toBeNull()
  })
})

it('installs from the lock file, never around it', () => {
  const line = (manager: InstallRoot['manager'], lock: string | null) => {
    const { program, args } = installCommand({ manager, lock })
    return [program, ...args].join(' ')
  }
  expect(line('npm', 'package-lock.json')).toBe('npm ci --prefer-offline --no-audit --no-fund')
  expect(line('npm', null)).toBe('npm install --no-package-lock --prefer-offline --no-audit --no-fund')
  expect(line('pnpm', 'pnpm-lock.yaml')).toBe('pnpm install --frozen-lockfile --prefer-offline')
  expect(line('yarn', 'yarn.lock')).toBe('yarn install --immutable')
  expect(line('yarn-classic', 'yarn.lock')).toContain('--frozen-lockfile')
  expect(line('bun', 'bun.lock')).toBe('bun install --frozen-lockfile --backend=copyfile')
  expect(line('uv', 'uv.lock')).toBe('uv sync --frozen')
  expect(installCommand({ manager: 'pnpm', lock: 'pnpm-lock.yaml' }).env).toMatchObject({
    npm_config_package_import_method: 'clone-or-copy',
  })
})
