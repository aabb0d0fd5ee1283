// Boxes on the sandbox runtime. The same places as in a box of bubblewrap, held by the kernel's own means on a Mac;
// processes have no namespace of their own there, and are ended by their group and their mark.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../run.ts'
import { locateSrt, type SrtInstallation } from './locate.ts'
import type { Box, Command, SrtBox } from '../walls.ts'
import { srtSettings } from './settings.ts'

export type SrtSupport =
  | { readonly available: true; readonly installation: SrtInstallation }
  | { readonly available: false; readonly reason: string }

const TRIAL_TIMEOUT_MS = 30_000

/** Tries whether the sandbox runtime is installed and works here. */
export async function probeSrt(): Promise<SrtSupport> {
  const installation = await locateSrt()
  if (installation === null) {
    return {
      available: false,
      reason: 'The sandbox runtime (srt) is not installed; children run without a box.',
    }
  }
  const folder = await mkdtemp(join(tmpdir(), 'quintet-srt-'))
  try {
    const settings = join(folder, 'settings.json')
    await writeSrtSettings({ mounts: [], network: 'shared' }, settings)
    const { program, args } = srtCommand('true', [], { library: installation.library, settings })
    const { exitCode, stderr } = await run(program, args, { cwd: '/', timeout: TRIAL_TIMEOUT_MS })
    if (exitCode === 0) return { available: true, installation }
    const said = stderr.toString('utf8').trim().split('\n').at(-1) ?? ''
    return {
      available: false,
      reason: `The sandbox runtime is installed but cannot make a box: ${said || 'no reason given'}`,
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Writes what the box is made of; returns the read-only places that it cannot hold. */
export async function writeSrtSettings(box: Box, file: string): Promise<readonly string[]> {
  const { settings, givenUp } = srtSettings(box)
  await writeFile(file, `${JSON.stringify(settings, null, 1)}\n`, { mode: 0o600 })
  return givenUp
}

/** The command line that runs `program` in such a box. */
export function srtCommand(program: string, args: readonly string[], { library, settings }: SrtBox): Command {
  const runner = fileURLToPath(
    new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url),
  )
  return { program: process.execPath, args: [runner, library, settings, program, ...args] }
}
