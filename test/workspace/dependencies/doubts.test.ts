import { describe, expect, it } from 'vitest'
import { buildOf, otherAbi } from '../../../src/workspace/dependencies/builds.ts'
import { installedPaths, whyNotMain, type MainFacts } from '../../../src/workspace/dependencies/doubts.ts'
import { importersOf } from '../../../src/workspace/dependencies/importers.ts'
import { codeInside, ownScript } from '../../../src/workspace/dependencies/own-code.ts'
import type { InstallRoot } from '../../../src/workspace/dependencies/policy.ts'

const root = (manager: InstallRoot['manager'], changes: Partial<InstallRoot> = {}): InstallRoot => ({
  dir: '',
  manager,
  lock: 'lock',
  workspaces: true,
  ...changes,
})
const npmLock = (packages: object) => JSON.stringify({ lockfileVersion: 3, packages })

describe('the main worktree is not copied from', () => {
  const lock = npmLock({ 'node_modules/a': { version: '1.0.0' } })
  const npm = root('npm', { workspaces: false })
  const sure: MainFacts = {
    root: npm,
    roots: [npm],
    lock,
    folders: [{ dir: '', names: new Set(), packageJson: '{"name":"shop"}', yarnLock: null }],
    same: true,
    doneAt: 10,
    noted: lock,
    state: '',
    input: { path: 'package.json', at: 10 },
    deleted: null,
    inventory: { packages: ['node_modules/a'], newest: { path: 'node_modules/a', at: 10 }, strange: null },
  }

  it('unless nothing speaks against it', () => {
    expect(whyNotMain(sure)).toBeNull()
  })

  it.each<[string, Partial<MainFacts>, string]>([
    ['it has another fingerprint', { same: false }, 'differ'],
    ['there is no lock file', { root: { ...npm, lock: null } }, 'without a lock file'],
    ['the manager was not done', { doneAt: null }, 'is complete'],
    ['an input is younger', { input: { path: '.npmrc', at: 11 } }, '.npmrc'],
    ['an input is gone', { deleted: '.npmrc' }, '.npmrc was deleted'],
    [
      'a package is younger',
      { inventory: { ...sure.inventory, newest: { path: 'node_modules/a', at: 11 } } },
      'node_modules/a',
    ],
    ['another version is installed', { noted: lock.replace('1.0.0', '1.0.1') }, 'lock file'],
    ['a package is gone', { inventory: { ...sure.inventory, packages: [] } }, 'node_modules/a'],
    [
      'a script is to be run',
      {
        folders: [
          { dir: '', names: new Set(), packageJson: '{"scripts":{"postinstall":"x"}}', yarnLock: null },
        ],
      },
      'postinstall of the top',
    ],
  ])('when %s', (_, changes, why) => {
    expect(whyNotMain({ ...sure, ...changes })).toContain(why)
  })

  it.each([
    ['pendingBuilds:\n  - a@1.0.0\n', 'pnpm has installed only a part in the main worktree'],
    ['{ "pendingBuilds": [ "a@1.0.0" ] }', 'pnpm has installed only a part in the main worktree'],
    ['{ "filteredInstall": true }', 'pnpm has installed only a part in the main worktree'],
    ['{ "pendingBuilds": [],\n"filteredInstall": false }', null],
    ['pendingBuilds: []\n', null],
  ])('when pnpm has noted %j', (state, why) => {
    const pnpm = root('pnpm')
    const facts = { ...sure, root: pnpm, roots: [pnpm], lock: 'x', noted: 'x', state }
    expect(whyNotMain(facts)).toEqual(why)
  })
})

it('is not copied from what yarn 1 has installed in part', () => {
  const yarn = root('yarn-classic')
  const nothing = { packages: [], newest: null, strange: null }
  const facts = { root: yarn, roots: [yarn], lock: '', folders: [], same: true, doneAt: 1, state: '' }
  const why = (flags: string) =>
    whyNotMain({ ...facts, noted: `{"flags": [${flags}]}`, input: null, deleted: null, inventory: nothing })
  expect(why('')).toBeNull()
  expect(why('"production"')).toContain('only a part')
})

describe('importers', () => {
  it('are what the lock file names', () => {
    const npm = npmLock({ '': {}, 'packages/a': {}, 'node_modules/a': { link: true }, '../out': {} })
    expect(importersOf(root('npm'), npm)).toEqual(new Set(['', 'packages/a']))
    expect(importersOf(root('npm', { dir: 'web' }), npm)).toEqual(new Set(['web', 'web/packages/a']))
    const pnpm =
      "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      a:\n        version: 1\n\n  packages/a: {}\n\n  'packages/@b':\n    dependencies: {}\n\npackages:\n\n  a@1:\n"
    expect(importersOf(root('pnpm'), pnpm)).toEqual(new Set(['', 'packages/a', 'packages/@b']))
    const yarn = '"b@workspace:packages/b":\n  version: 0.0.0\n  resolution: "b@workspace:packages/b"\n'
    expect(importersOf(root('yarn'), yarn)).toEqual(new Set(['', 'packages/b']))
  })

  it('are not known where the lock file does not tell', () => {
    expect(importersOf(root('yarn-classic'), '')).toBeNull()
    expect(importersOf(root('yarn-classic', { workspaces: false }), '')).toEqual(new Set(['']))
    const paths = ['node_modules', 'a/node_modules']
    expect(installedPaths(paths, { dir: '' }, null)).toContain('a/node_modules')
    expect(installedPaths(['node_modules'], { dir: '' }, null)).toMatchObject({ paths: ['node_modules'] })
    expect(installedPaths(paths, { dir: '' }, new Set(['']))).toEqual({
      paths: ['node_modules'],
      left: ['a/node_modules'],
    })
  })
})

describe('own code inside of an installation', () => {
  const inside = (one: InstallRoot, lock: string, packageJson = '{}', names: string[] = []) =>
    codeInside({
      root: one,
      roots: [one],
      lock,
      folders: [{ dir: '', names: new Set(names), packageJson, yarnLock: null }],
    })

  it('is the packed folders', () => {
    const packed = npmLock({ 'node_modules/own': { resolved: 'file:packages/own' } })
    expect(inside(root('npm'), packed)).toEqual(['packages/own'])
    expect(inside(root('npm', { dir: 'web' }), packed.replace('file:', 'file:../'))).toEqual(['packages/own'])
    expect(inside(root('npm'), npmLock({ 'node_modules/own': { resolved: 'own', link: true } }))).toEqual([])
    const pnpm = '  own@file:packages/own:\n    resolution: {directory: packages/own, type: directory}\n'
    expect(inside(root('pnpm'), pnpm)).toEqual(['packages/own'])
    expect(inside(root('uv'), 'source = { directory = "libs/own" }')).toEqual(['libs/own'])
    expect(inside(root('uv'), 'source = { editable = "." }')).toEqual([])
  })

  it('is everything where it is not known', () => {
    expect(inside(root('yarn-classic'), '"own@file:./own":\n')).toEqual([''])
    expect(inside(root('npm'), '{"resolved": "file:../elsewhere"}')).toEqual([''])
    expect(inside(root('npm'), '', '{"scripts":{"prepare":"tsc"}}')).toEqual([''])
    expect(inside(root('npm'), '', '{}', ['binding.gyp'])).toEqual([''])
    expect(inside(root('npm', { lock: null }), '', '{"dependencies":{"own":"file:own"}}')).toEqual([''])
  })

  it('is no script that has no effect, and none of a package elsewhere', () => {
    expect(inside(root('npm'), '', '{"scripts":{"prepare":"husky","test":"vitest"}}')).toEqual([])
    const one = root('npm')
    const folders = ['', 'examples/app'].map((dir) => ({
      dir,
      names: new Set<string>(),
      packageJson: dir === '' ? '{}' : '{"scripts":{"postinstall":"x"}}',
      yarnLock: null,
    }))
    expect(ownScript({ root: one, roots: [one], lock: npmLock({ '': {} }), folders })).toBeNull()
    expect(ownScript({ root: one, roots: [one], lock: npmLock({ 'examples/app': {} }), folders })).toContain(
      'examples/app',
    )
  })
})

describe('native builds', () => {
  const addon = (path: string, ...uses: string[]) => buildOf(path, uses, '')
  const why = (abi: string | null, ...builds: ReturnType<typeof buildOf>[]) =>
    otherAbi(
      builds.filter((build) => build !== null),
      abi,
    )

  it('are for every Node where they use the stable interface alone', () => {
    expect(why(null, addon('a.node', 'napi_'))).toBeNull()
    expect(why('137', addon('a.node', 'napi_', 'node_module_register'))).toContain('a.node')
    expect(why('137', addon('a.node'))).toContain('a.node')
    expect(buildOf('a/x.so', [], '')).toBeNull()
  })

  it('are for the Node that their configuration names', () => {
    const config = (text: string) => buildOf('m/a/build/config.gypi', [], text)
    const made = config("'node_module_version': 137")
    expect(why('137', made, addon('m/a/build/Release/a.node'))).toBeNull()
    expect(why('115', made, addon('m/a/build/Release/a.node'))).toContain('config.gypi')
    expect(why(null, made)).toContain('config.gypi')
    expect(why('137', config('{}'))).toContain('config.gypi')
    expect(why('137', made, addon('m/b/build/Release/b.node'))).toContain('b.node')
  })
})
