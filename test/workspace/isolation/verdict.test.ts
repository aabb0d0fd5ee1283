import { describe, expect, it } from 'vitest'
import {
  cargoFolders,
  goFolders,
  nodeUses,
  pythonModules,
} from '../../../src/workspace/isolation/packages.ts'
import { leaks, type Sighting } from '../../../src/workspace/isolation/verdict.ts'

const seen = (found: string, changes: Partial<Sighting> = {}): Sighting => ({
  what: 'own',
  from: 'packages/user',
  found,
  own: ['/work/packages/own'],
  marked: true,
  ...changes,
})

describe('leaks', () => {
  it('names what is found outside of the worktree, once', () => {
    const outside = seen('/main/packages/own', { marked: false })
    expect(leaks('/work', [outside, { ...outside, from: 'packages/other' }])).toEqual([
      { what: 'own', from: 'packages/other', found: '/main/packages/own' },
    ])
    expect(leaks('/work', [seen('/work-2/packages/own')])).toHaveLength(1)
  })

  it('is content with the folder itself when the mark is seen there, and only then', () => {
    expect(leaks('/work', [seen('/work/packages/own')])).toEqual([])
    expect(leaks('/work', [seen('/work/packages/own', { marked: false })])).toHaveLength(1)
  })

  it('leaves copies alone that a package manager keeps in the worktree', () => {
    expect(
      leaks('/work', [seen('/work/node_modules/.pnpm/own@file/node_modules/own', { marked: false })]),
    ).toEqual([])
  })
})

describe('what a repository consists of', () => {
  it('finds who uses which package of it', () => {
    const files = [
      { path: 'package.json', content: '{"name":"shop","devDependencies":{"own":"*","left":"1"}}' },
      { path: 'packages/own/package.json', content: '{"name":"own"}' },
      { path: 'packages/user/package.json', content: '{"name":"user","peerDependencies":{"own":"*"}}' },
      { path: 'broken/package.json', content: '{' },
      { path: 'package-lock.json', content: '{"name":"x"}' },
    ]
    expect(nodeUses(files)).toEqual([
      { name: 'own', from: '', folders: ['packages/own'] },
      { name: 'own', from: 'packages/user', folders: ['packages/own'] },
    ])
  })

  it('finds importable packages at the top of a project and in src', () => {
    const tracked = [
      'pyproject.toml',
      'src/shop/__init__.py',
      'src/shop/sub/__init__.py',
      'tests/__init__.py',
      'flat/__init__.py',
      'loose/script.py',
      'src/single.py',
      'src/space/part/code.py',
      'tools/setup.cfg',
      'tools/src/tool.py',
    ]
    expect([...pythonModules(tracked)]).toEqual([
      [
        '',
        [
          { name: 'shop', folder: 'src/shop' },
          { name: 'flat', folder: 'flat' },
          { name: 'single', folder: 'src' },
          { name: 'space', folder: 'src/space' },
        ],
      ],
      ['tools', [{ name: 'tool', folder: 'tools/src' }]],
    ])
  })

  it('finds the folders in which cargo is asked', () => {
    const manifest = (path: string, content = '[package]') => ({ path, content })
    const nested = [manifest('app/Cargo.toml'), manifest('app/core/Cargo.toml')]
    const fuzz = manifest('app/fuzz/Cargo.toml', '[package]\n[workspace]\n')
    expect(cargoFolders([...nested, fuzz])).toEqual(['app', 'app/fuzz'])
    expect(cargoFolders([manifest('Cargo.toml'), ...nested])).toEqual([''])
  })

  it('reads the local folders of go.work and go.mod', () => {
    const text = `go 1.22
use (
	./a // first
	"../b"
)
use .
replace example.com/x v1.0.0 => ../x
replace (
	example.com/y => ./y
	example.com/z => example.com/fork v1.2.3
)`
    expect(goFolders(text)).toEqual(['./a', '../b', '.', '../x', './y'])
  })
})
