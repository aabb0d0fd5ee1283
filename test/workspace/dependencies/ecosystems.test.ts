import { describe, expect, it } from 'vitest'
import { leftAlone, travels } from '../../../src/workspace/dependencies/ecosystems.ts'
import { foreignModules, linkStaysInside, rebased } from '../../../src/workspace/dependencies/links.ts'
import { codeOfOwn } from '../../../src/workspace/dependencies/own-code.ts'
import { installCommand, installRoots } from '../../../src/workspace/dependencies/policy.ts'

describe('what a copy would bring along', () => {
  it('is refused where packages of the repository are copied into it', () => {
    expect(codeOfOwn('pnpm', 'resolution: {directory: packages/own, type: directory}')).toContain('packages')
    expect(codeOfOwn('yarn-classic', '"own@file:./own":\n  version "1"')).toContain('packages')
    expect(codeOfOwn('npm', '{"packages":{"node_modules/a":{"version":"1"}}}')).toBeNull()
    expect(codeOfOwn('pnpm', "lockfileVersion: '9.0'\n")).toBeNull()
  })

  it('is refused where an npm package of the repository was packed, not linked', () => {
    const packed = { 'node_modules/own': { version: '1.0.0', resolved: 'file:packages/own' } }
    expect(codeOfOwn('npm', JSON.stringify({ packages: packed }, null, 2))).toContain('packages')
  })

  it('is refused where code is generated into it', () => {
    expect(codeOfOwn('npm', '"node_modules/@prisma/client": {}')).toContain('@prisma/client')
  })

  it('leaves out what tools keep beside the packages', () => {
    expect(['a', '@scope', '.bin', '.pnpm', '.modules.yaml', '.package-lock.json'].every(travels)).toBe(true)
    expect(['.cache', '.vite', '.prisma', '.vue-global-types', '.env'].some(travels)).toBe(false)
  })
})

it('says what is left to the set-up command', () => {
  expect(leftAlone(new Set(['requirements.txt', 'go.mod']))).toHaveLength(2)
  expect(leftAlone(new Set(['requirements.txt', 'uv.lock', 'package.json']))).toEqual([])
})

describe('paths', () => {
  it('are judged by where they lead', () => {
    expect(linkStaysInside('node_modules/a', '../packages/a')).toBe(true)
    expect(linkStaysInside('node_modules/a', '../../a')).toBe(false)
    expect(linkStaysInside('a', '/a')).toBe(false)
  })

  it('are rewritten whole, and no others', () => {
    const text = '"/a/b/node_modules:/a/b-2:/x/a/b/c:/a/b"'
    expect(rebased(text, '/a/b', '/w/ä')).toBe(
      `"${latin1('/w/ä')}/node_modules:/a/b-2:/x/a/b/c:${latin1('/w/ä')}"`,
    )
  })

  it('of another tree are found in start scripts', () => {
    const script = 'export NODE_PATH="/a/b/node_modules/.pnpm/x/node_modules:/other/node_modules"'
    expect(foreignModules(script, '/a/b')).toBe('/other/node_modules')
    expect(foreignModules(script, '/other')).toContain('/a/b')
    expect(foreignModules('exec "$basedir/../x/node_modules/y.js"', '/a/b')).toBeNull()
  })
})

describe('hard links into the store of pnpm', () => {
  const env = (pnpmSettings: string) => {
    const names = new Set(['pnpm-lock.yaml', 'package.json'])
    const [root] = installRoots(
      [{ dir: '', names, packageJson: '{}', yarnLock: null, pnpmSettings }],
      new Set(),
    )
    return root === undefined ? null : installCommand(root).env
  }

  it('are made only where the repository asks for them', () => {
    const key = 'pnpm_config_package_import_method'
    expect(env('')).toHaveProperty(key, 'clone-or-copy')
    expect(env('packageImportMethod: copy')).toHaveProperty(key, 'clone-or-copy')
    expect(env('# package-import-method=hardlink')).toHaveProperty(key)
    expect(env('\npackageImportMethod: hardlink\n')).not.toHaveProperty(key)
    expect(env('package-import-method = hardlink')).not.toHaveProperty(key)
  })
})

const latin1 = (text: string) => Buffer.from(text).toString('latin1')
