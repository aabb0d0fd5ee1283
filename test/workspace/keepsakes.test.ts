import { expect, it } from 'vitest'
import { fateOf, type Fate } from '../../src/workspace/keepsakes.ts'

/** What becomes of a path of which git names `top` as ignored; by default itself. */
const fate = (path: string, top = path): Fate => fateOf(path, top, '.quintet/session')

it('keeps what a person or an agent made', () => {
  const paths = ['.env.local', 'data.sqlite', 'apps/web/.env', 'notes/', 'distance/a', 'buildings.json']
  expect(paths.filter((path) => fate(path) !== 'keep')).toEqual([])
})

it('keeps an ignored file in a folder of tracked ones, whatever that is called', () => {
  expect(['dist/settings.json', 'packages/a/target/notes.txt'].map((path) => fate(path))).toEqual([
    'keep',
    'keep',
  ])
})

it('takes the name of a folder for output only where git ignores that very folder', () => {
  expect(fate('env/target/', 'env/')).toBe('keep')
  expect(fate('env/target/prod.json', 'env/')).toBe('keep')
  expect(fate('env/target/prod.json', 'env/target/')).toBe('made')
  expect([fate('packages/a/dist/'), fate('packages/a/dist/x/', 'packages/a/dist/')]).toEqual([
    'output',
    'output',
  ])
})

it('keeps keys, databases and environment files in output', () => {
  const files = ['prod.key', 'sub/cert.pem', 'rows.sqlite', '.env.local']
  expect(files.map((file) => fate(`target/${file}`, 'target/'))).toEqual(['keep', 'keep', 'keep', 'keep'])
})

it('lets go of dependencies, caches and logs', () => {
  const made = [
    'node_modules/',
    'packages/a/node_modules/',
    '.venv/',
    '.cache/',
    '__pycache__/',
    'server.log',
  ]
  expect(made.filter((path) => fate(path) !== 'made')).toEqual([])
  expect(fate('secret/node_modules/', 'secret/')).toBe('made')
  expect(fate('node_modules/x/prod.key', 'node_modules/')).toBe('made')
})

it("does not count Quintet's own folder as anything", () => {
  expect([fate('.quintet/session/'), fate('.quintet/session/status.md', '.quintet/')]).toEqual(['own', 'own'])
})
