import { expect, it } from 'vitest'
import { ownEnvironment } from '../../../src/workspace/dependencies/environment.ts'

const trees = { worktree: '/code/shop.quintet/r-1/a', main: '/code/shop' }
const own = (inherited: Record<string, string>) => ownEnvironment(trees, inherited)

it('leads what points into the main worktree into the own one', () => {
  expect(own({ VIRTUAL_ENV: '/code/shop/.venv' })).toEqual({ VIRTUAL_ENV: '/code/shop.quintet/r-1/a/.venv' })
  expect(own({ PYTHONPATH: '/code/shop/src:/lib', NODE_PATH: '/lib' })).toEqual({
    PYTHONPATH: '/code/shop.quintet/r-1/a/src:/lib',
  })
  expect(own({ GOWORK: '/code/shop/go.work' })).toEqual({ GOWORK: '/code/shop.quintet/r-1/a/go.work' })
})

it('takes programs from the own worktree; packages of the main one come last', () => {
  expect(own({ PATH: '/code/shop/.venv/bin:/code/shop/node_modules/.bin:/usr/bin' })).toEqual({
    PATH: '/code/shop.quintet/r-1/a/.venv/bin:/code/shop.quintet/r-1/a/node_modules/.bin:/usr/bin:/code/shop/node_modules/.bin',
  })
})

it('leaves out the map of packages that yarn has for the main worktree', () => {
  const map = '--require /code/shop/.pnp.cjs --experimental-loader file:///code/shop/.pnp.loader.mjs'
  expect(own({ NODE_OPTIONS: `--max-old-space-size=4096 ${map}` })).toEqual({
    NODE_OPTIONS: '--max-old-space-size=4096',
  })
  expect(own({ NODE_OPTIONS: '--no-warnings --require=/code/shop/.pnp.cjs' })).toEqual({
    NODE_OPTIONS: '--no-warnings',
  })
  expect(own({ NODE_OPTIONS: '--require /code/other/.pnp.cjs' })).toEqual({})
  expect(own({ NODE_OPTIONS: '' })).toEqual({})
})

it('shares no results', () => {
  expect(own({ CARGO_TARGET_DIR: '/tmp/target', UV_PROJECT_ENVIRONMENT: '../venv' })).toEqual({
    CARGO_TARGET_DIR: '/code/shop.quintet/r-1/a/target',
    UV_PROJECT_ENVIRONMENT: '/code/shop.quintet/r-1/a/.venv',
  })
  expect(own({ CARGO_TARGET_DIR: 'out' })).toEqual({})
})

it('leaves everything else alone', () => {
  expect(own({ PATH: '/usr/bin:/code/shop-2/bin', VIRTUAL_ENV: '/venvs/x', HOME: '/root' })).toEqual({})
  const inside = { worktree: '/code/shop/trees/a', main: '/code/shop' }
  expect(ownEnvironment(inside, { VIRTUAL_ENV: '/code/shop/trees/a/.venv' })).toEqual({})
})
