import { describe, expect, it } from 'vitest'
import { worktreePlace, type PlaceRequest } from '../../src/workspace/place.ts'

const place = (template: string, worktrees: string[] = []) =>
  worktreePlace({ ...request, template, worktrees })
const request: PlaceRequest = {
  template: '{parent}/{name}.quintet/{run}/{piece}',
  root: '/home/dev/shop',
  commonDir: '/home/dev/shop/.git',
  run: 'r-1',
  piece: 'auth',
  worktrees: [],
}

describe('worktreePlace', () => {
  it('fills the default template', () => {
    expect(worktreePlace(request)).toEqual({ path: '/home/dev/shop.quintet/r-1/auth', exclude: null })
  })

  it('keeps worktrees inside the repository, with one exclude line for all of them', () => {
    expect(place('{repo}/.trees/{run}/{piece}')).toEqual({
      path: '/home/dev/shop/.trees/r-1/auth',
      exclude: '/.trees/*/*/',
    })
    expect(place('{repo}/.trees/{run}-{piece}').exclude).toBe('/.trees/*-*/')
  })

  it('takes absolute templates and resolves dots', () => {
    expect(place('/var/trees//./x/../{name}/{piece}').path).toBe('/var/trees/shop/auth')
    expect(place('{repo}/../{name}.trees/{piece}')).toEqual({
      path: '/home/dev/shop.trees/auth',
      exclude: null,
    })
  })

  it.each([
    ['{parent}/trees/{run}', 'has no {piece}'],
    ['{parent}/{branch}/{piece}', 'unknown placeholder {branch}'],
    ['trees/{piece}', 'does not begin with'],
    ['~/trees/{piece}', 'does not begin with'],
    ['{repo}/.git/trees/{piece}', 'inside the git directory'],
    ['{repo}/{piece}/../../{name}', 'is or contains the main worktree'],
    ['{parent}/{piece}/..', 'is or contains the main worktree'],
    ['{repo}/{piece}', 'between the files of the project'],
    ['{repo}/x-{run}/{piece}', 'between the files of the project'],
  ])('refuses %s', (template, why) => {
    expect(() => place(template)).toThrow(why)
    expect(() => place(template)).toThrow(
      expect.objectContaining({ code: 'E_WORKTREE_TEMPLATE', kind: 'config' }),
    )
  })

  it('refuses a path nested with another worktree, but not its own', () => {
    expect(() => place('{parent}/w/{piece}', ['/home/dev/w'])).toThrow('nested with the worktree /home/dev/w')
    expect(() => place('{parent}/w/{piece}', ['/home/dev/w/auth/inner'])).toThrow('nested')
    expect(
      place('{parent}/w/{piece}', ['/home/dev/w/auth', '/home/dev/w/api', '/home/dev/w/authority']).path,
    ).toBe('/home/dev/w/auth')
  })

  it('gives every piece a path of its own', () => {
    const pieces = ['a', 'ab', 'b', 'a-b']
    const paths = pieces.map(
      (piece) => worktreePlace({ ...request, template: '{parent}/{run}{piece}x', piece }).path,
    )
    expect(new Set(paths).size).toBe(pieces.length)
  })
})
