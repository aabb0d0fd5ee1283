import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openRepository, stateFolder } from '../../../src/git/repository.ts'
import { loadSamples, noteSample } from '../../../src/workspace/clone/samples.ts'
import { temporaryRepository } from '../../support/repository.ts'

it('keeps what was measured on this file system, and forgets it on another one', async () => {
  await using repository = await temporaryRepository()
  const repo = await openRepository(repository.path)
  expect((await loadSamples(repo, repo.root)).samples).toEqual({})
  await noteSample(repo, repo.root, { of: 'npm', method: 'copy', ms: 12.4 })
  await noteSample(repo, repo.root, { of: 'npm', method: 'install', ms: 99 })
  await noteSample(repo, repo.root, { of: 'pnpm web', method: 'install', ms: 7 })
  const { samples, fileSystem } = await loadSamples(repo, repo.root)
  expect(samples).toEqual({ npm: { copy: [12], install: [99] }, 'pnpm web': { copy: [], install: [7] } })
  const file = join(stateFolder(repo), 'dependency-times.json')
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replace(JSON.stringify(fileSystem.source), '"/dev/another"'))
  expect((await loadSamples(repo, repo.root)).samples).toEqual({})
  await writeFile(file, 'half')
  expect((await loadSamples(repo, repo.root)).samples).toEqual({})
})
