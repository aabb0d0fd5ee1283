import { describe, expect, it } from 'vitest'
import { fingerprintText, isFingerprinted } from '../../../src/workspace/dependencies/fingerprint.ts'
import { dependencyPaths, outermost, ownedFolder } from '../../../src/workspace/dependencies/folders.ts'
import { installedMatchesLock, unlistedPackage } from '../../../src/workspace/dependencies/installed.ts'
import { linkStaysInside } from '../../../src/workspace/dependencies/links.ts'

describe('fingerprint', () => {
  const manifest = { name: 'shop', dependencies: { a: '^1.0.0' }, scripts: { test: 'node --test' } }
  const text = (changes: object = {}, more: { path: string; content: string }[] = [], programs = 'npm:1') =>
    fingerprintText({
      files: [
        { path: 'package-lock.json', content: '{}' },
        { path: 'package.json', content: JSON.stringify({ ...manifest, ...changes }) },
        ...more,
      ],
      programs: [{ name: 'npm', identity: programs }],
      platform: 'linux-x64',
    })

  it('does not depend on the order of files or fields', () => {
    const files = [
      { path: 'a/package.json', content: '{"name":"a","version":"1"}' },
      { path: 'b/package.json', content: '{"name":"b"}' },
    ]
    expect(text({}, files)).toBe(text({}, files.toReversed()))
    const swapped = fingerprintText({
      files: [{ path: 'package.json', content: '{"version":"1","name":"a"}' }],
      programs: [],
      platform: '',
    })
    const straight = fingerprintText({
      files: [{ path: 'package.json', content: '{"name":"a","version":"1"}' }],
      programs: [],
      platform: '',
    })
    expect(swapped).toBe(straight)
  })

  it('ignores what no installation looks at', () => {
    expect(text({ description: 'x', keywords: ['y'], scripts: { test: 'vitest', build: 'tsc' } })).toBe(
      text(),
    )
  })

  it('changes with everything an installation looks at', () => {
    const same = text()
    expect(text({ dependencies: { a: '^1.0.1' } })).not.toBe(same)
    expect(text({ scripts: { postinstall: 'node build.js' } })).not.toBe(same)
    expect(text({ overrides: { b: '2' } })).not.toBe(same)
    expect(text({}, [{ path: '.npmrc', content: 'legacy-peer-deps=true' }])).not.toBe(same)
    expect(text({}, [{ path: 'patches/a.patch', content: 'x' }])).not.toBe(same)
    expect(text({}, [], 'npm:2')).not.toBe(same)
  })

  it('keeps a manifest that cannot be read as it is', () => {
    const broken = (content: string) =>
      fingerprintText({ files: [{ path: 'package.json', content }], programs: [], platform: '' })
    expect(broken('{ broken')).not.toBe(broken('{ broken '))
  })

  it('looks at lock files everywhere, at manifests outside test data', () => {
    const seen = [
      'package.json',
      'packages/a/package.json',
      'test/data/yarn.lock',
      '.npmrc',
      'patches/x.patch',
      'apps/mobile/patches/x.patch',
      'db/schema.prisma',
      'uv.lock',
    ]
    const unseen = [
      'src/a.ts',
      'test/fixtures/a/package.json',
      'x/node_modules/b/package.json',
      'docs/patches.md',
    ]
    expect(seen.filter((path) => !isFingerprinted(path))).toEqual([])
    expect(unseen.filter(isFingerprinted)).toEqual([])
  })
})

describe('installedMatchesLock', () => {
  const entry = (version: string, more: object = {}) => ({ version, integrity: `sha512-${version}`, ...more })
  const file = (packages: object) => JSON.stringify({ lockfileVersion: 3, packages })
  const lock = file({
    '': { name: 'shop' },
    'node_modules/a': entry('1.0.0'),
    'node_modules/a/node_modules/b': entry('2.0.0'),
    'node_modules/mac': entry('3.0.0', { optional: true }),
    'node_modules/own': { resolved: 'packages/own', link: true },
    'packages/own': { version: '0.0.1' },
  })
  const installed = {
    'node_modules/a': entry('1.0.0'),
    'node_modules/a/node_modules/b': entry('2.0.0'),
    'node_modules/own': { resolved: 'packages/own', link: true },
    'packages/own': { version: '0.0.1' },
  }

  it('accepts a full installation, with or without optional packages', () => {
    expect(installedMatchesLock(lock, file(installed))).toBe(true)
    expect(installedMatchesLock(lock, file({ ...installed, 'node_modules/mac': entry('3.0.0') }))).toBe(true)
  })

  it('refuses another version, a missing and an additional package', () => {
    expect(installedMatchesLock(lock, file({ ...installed, 'node_modules/a': entry('1.0.1') }))).toBe(false)
    expect(installedMatchesLock(lock, file({ 'node_modules/a': entry('1.0.0') }))).toBe(false)
    expect(installedMatchesLock(lock, file({ ...installed, 'node_modules/x': entry('1.0.0') }))).toBe(false)
    expect(installedMatchesLock('{"lockfileVersion":1,"dependencies":{}}', file(installed))).toBe(false)
    expect(installedMatchesLock(lock, '')).toBe(false)
  })

  it('notices folders that npm knows nothing of, and those that are gone', () => {
    const listed = file({ ...installed, 'node_modules/own': { link: true } })
    const there = ['node_modules/a', 'node_modules/a/node_modules/b', 'node_modules/own']
    expect(unlistedPackage(listed, there, '')).toBeNull()
    expect(unlistedPackage(listed, [...there, 'node_modules/x'], '')).toBe('node_modules/x')
    expect(unlistedPackage(listed, there.slice(1), '')).toBe('node_modules/a')
    expect(
      unlistedPackage(
        listed,
        there.map((path) => `web/${path}`),
        'web',
      ),
    ).toBeNull()
  })
})

describe('folders and links', () => {
  it('selects what a package manager owns', () => {
    expect(
      dependencyPaths(['node_modules/', 'dist/', '.env', 'a/node_modules/', 'a/node_modules_old/', '.venv/']),
    ).toEqual(['node_modules', 'a/node_modules', '.venv'])
    expect(
      dependencyPaths(['node_modules/', 'node_modules/a/', 'node_modules/a/b', 'x/', 'x/node_modules/']),
    ).toEqual(['node_modules', 'x/node_modules'])
    expect(outermost(['a/', 'a/b/', 'a/b/c', 'ab/c', 'd'])).toEqual(['a/', 'ab/c', 'd'])
    expect(ownedFolder('x/node_modules/y/node_modules/z')).toBe('x/node_modules')
  })

  it('keeps relative links that stay in the tree', () => {
    expect(linkStaysInside('node_modules/.bin/tsc', '../typescript/bin/tsc')).toBe(true)
    expect(linkStaysInside('node_modules/own', '../packages/own')).toBe(true)
    expect(linkStaysInside('node_modules/@shop/own', '../../packages/own')).toBe(true)
    expect(linkStaysInside('node_modules/other', '../../other')).toBe(false)
    expect(linkStaysInside('node_modules/other', '../../shop/packages/own')).toBe(false)
    expect(linkStaysInside('node_modules/own', '/home/dev/shop/packages/own')).toBe(false)
  })
})
