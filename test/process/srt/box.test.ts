// A box of the sandbox runtime for real, where that is installed; it makes boxes on Linux too.
import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { boxed, type Box } from '../../../src/process/box.ts'
import { run } from '../../../src/process/run.ts'
import { probeSrt, writeSrtSettings } from '../../../src/process/srt/box.ts'
import { locateSrt } from '../../../src/process/srt/locate.ts'
import { temporaryFolder } from '../../support/repository.ts'

const support = await probeSrt()

test('what is no sandbox runtime is not taken for one', async () => {
  await using folder = await temporaryFolder()
  expect(await locateSrt({ PATH: folder.path })).toBeNull()
  await writeFile(join(folder.path, 'srt'), '#!/bin/sh\n', { mode: 0o755 })
  expect(await locateSrt({ PATH: folder.path })).toBeNull()
})

test.skipIf(support.available)('where it is missing, that is said', () => {
  expect(support).toEqual({ available: false, reason: expect.stringMatching(/^The sandbox runtime /) })
})

test.skipIf(!support.available)('a box of the sandbox runtime holds what its mounts say', async () => {
  if (!support.available) return
  await using folder = await temporaryFolder()
  const root = await realpath(folder.path)
  for (const name of ['own/kept', 'other', 'state', 'temporary'])
    await mkdir(join(root, name), { recursive: true })
  await writeFile(join(root, 'state/token'), 'secret')
  const bare: Box = {
    mounts: [
      { kind: 'empty', path: join(root, 'state') },
      { kind: 'write', path: '/tmp', from: join(root, 'temporary') },
      { kind: 'write', path: join(root, 'own') },
      { kind: 'read', path: join(root, 'own/kept') },
    ],
    network: 'shared',
    relocated: { TMPDIR: join(root, 'temporary') },
  }
  const settings = join(root, 'settings.json')
  expect(await writeSrtSettings(bare, settings)).toEqual([])
  const box: Box = { ...bare, srt: { library: support.installation.library, settings } }
  const sh = async (script: string): Promise<number | null> => {
    const { program, args } = boxed('sh', ['-c', script, 'it is', "o'clock"], { cwd: join(root, 'own'), box })
    return (await run(program, args, { cwd: join(root, 'own') })).exitCode
  }
  expect(await sh('printf %s "$1" > here')).toBe(0)
  expect(await readFile(join(root, 'own/here'), 'utf8')).toBe("o'clock")
  expect(await sh('echo x > "$TMPDIR/file"')).toBe(0)
  expect(await sh('echo x > ../other/file')).not.toBe(0)
  expect(await sh('echo x > kept/file')).not.toBe(0)
  expect(await sh('grep -q secret ../state/token')).not.toBe(0)
  expect(await sh('exit 7')).toBe(7)
  expect(await sh('kill -TERM $$')).not.toBe(0)
})
