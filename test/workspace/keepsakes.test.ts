import { expect, it } from 'vitest'
import { isKeepsake } from '../../src/workspace/keepsakes.ts'

it('keeps what a person or an agent made, not what is made again', () => {
  const kept = [
    '.env.local',
    'data.sqlite',
    'apps/web/.env',
    'notes/',
    'secret/token',
    'distance/a',
    'buildings.json',
  ]
  const made = [
    'node_modules/',
    'packages/a/node_modules/',
    '.venv/',
    'dist/',
    'packages/a/dist/index.js',
    'coverage/lcov.info',
    'server.log',
    'a/tsconfig.tsbuildinfo',
    '__pycache__/',
    '.quintet/session/',
    '.quintet/session/status.md',
  ]
  expect(kept.filter((path) => !isKeepsake(path, '.quintet/session'))).toEqual([])
  expect(made.filter((path) => isKeepsake(path, '.quintet/session'))).toEqual([])
})
