// How long copies and installations of dependencies have taken here. Kept in the state folder with the file system they
// were measured on; on another one, it is measured again.
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { ignoring } from '../../contract/errors.ts'
import { stateFolder, type Repository } from '../../git/repository.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { fileSystemOf, type FileSystem } from './file-system.ts'
import { NO_SAMPLES, withSample, type Method, type Samples } from './method.ts'

const Times = v.array(v.number())
const Measured = v.object({
  version: v.literal(1),
  fileSystem: v.object({ type: v.string(), source: v.string() }),
  /** By package manager and folder: `npm`, `pnpm web`. */
  samples: v.record(v.string(), v.object({ copy: Times, install: Times })),
})

export interface MeasuredHere {
  readonly fileSystem: FileSystem
  readonly samples: Readonly<Record<string, Samples>>
}

/** What was measured last, wherever that was; null when nothing was. */
export async function measuredTimes(repo: Repository): Promise<MeasuredHere | null> {
  const text = await ignoring(['ENOENT'], readFile(samplesFile(repo), 'utf8'))
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Measured), text)
  return parsed.success ? parsed.output : null
}

/** What was measured on the file system that `folder` is on; nothing where that is another one than before. */
export async function loadSamples(repo: Repository, folder: string): Promise<MeasuredHere> {
  const fileSystem = await fileSystemOf(folder)
  const measured = await measuredTimes(repo)
  const same = measured !== null && sameFileSystem(measured.fileSystem, fileSystem)
  return { fileSystem, samples: same ? measured.samples : {} }
}

/** Notes one more time. One that is lost because two processes write at once is made up for by the next. */
export async function noteSample(
  repo: Repository,
  folder: string,
  sample: { readonly of: string; readonly method: Method; readonly ms: number },
): Promise<void> {
  const { fileSystem, samples } = await loadSamples(repo, folder)
  const noted = withSample(samples[sample.of] ?? NO_SAMPLES, sample.method, sample.ms)
  const measured = { version: 1, fileSystem, samples: { ...samples, [sample.of]: noted } }
  await mkdir(stateFolder(repo), { recursive: true })
  await writeAtomic(samplesFile(repo), `${JSON.stringify(measured)}\n`)
}

const samplesFile = (repo: Repository): string => join(stateFolder(repo), 'dependency-times.json')

const sameFileSystem = (a: FileSystem, b: FileSystem): boolean => a.type === b.type && a.source === b.source
