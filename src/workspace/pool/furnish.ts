// The common end of filling a slot and of moving it to another base: everything that a session would otherwise wait for is
// done in it, and it is written down as ready.
import { join } from 'node:path'
import { run } from '../../process/run.ts'
import { endSurvivors } from '../../process/marker.ts'
import { furnish, type Furnished, type Present } from '../furnish.ts'
import { includeFiles } from '../include.ts'
import { leasePorts } from '../ports/lease.ts'
import { adminFolder } from '../register.ts'
import { furnishingsOf, namesOf } from './furnishings.ts'
import { includesHash } from './includes.ts'
import { programsHash, setupHash } from './inputs.ts'
import { lookAtAll, type Look } from './look.ts'
import { giveBack, POOL, slotPlace } from './records.ts'
import { ownState } from './settings.ts'
import type { SlotRecord, SlotSpec } from './slot.ts'

/** Environment files, ports, dependencies and the set-up; the record of the ready slot. Throws like prepareWorkspace. */
export async function makeReady(
  spec: SlotSpec,
  record: SlotRecord,
  { present, signal }: { readonly present: Present; readonly signal: AbortSignal },
): Promise<SlotRecord> {
  const { repo, portNames } = spec
  const { id, path } = record
  // Before they are copied: one that changes meanwhile is another one afterwards.
  const includes = await includesHash(repo, { whole: true })
  await includeFiles(repo, path, signal)
  const lease = { commonDir: repo.commonDir, run: POOL, piece: id, worktree: path }
  const ports = await leasePorts(lease, signal)
  const place = furnishedPlace(spec, record)
  let left: readonly number[] = []
  const { installation, readyAt } = await furnish(place, {
    ports,
    present,
    unsettled: record.unsettled,
    onSetUp: async () => {
      left = await endSurvivors(place.marker)
    },
    signal,
  })
  const made = {
    ...record,
    ...(installation === null
      ? {}
      : { fingerprint: installation.fingerprint, dependencies: installation.how }),
    programs: await programsHash({ cwd: repo.root, env: spec.env }),
    includes,
    setup: setupHash(spec.setup),
    again: left.length > 0,
    portNames: [...portNames],
    port: ports.first,
    readyAt,
  }
  return await settled(spec, made, signal)
}

/** Looks at the finished slot once more and lets it be claimed. */
async function settled(spec: SlotSpec, record: SlotRecord, signal: AbortSignal): Promise<SlotRecord> {
  const { repo } = spec
  const admin = await adminFolder(record.path)
  const made = {
    ...record,
    ...namesOf(await furnishingsOf(record)),
    settings: admin === null ? null : (await ownState(record.path, admin)).settings,
  }
  const found = await lookAtAll(repo, made, signal)
  const now = Date.now()
  return await giveBack(repo, found.kind === 'clean' ? found.seen : { ...made, marks: null }, {
    kept: keptFor(found),
    bytes: await bytesOf(record.path, signal),
    filledAt: now,
    verifiedAt: now,
  })
}

/** Why a slot that was looked at is given to no session; null when it may be. */
export function keptFor(found: Look): string | null {
  // Before it is given to a session, all of it is looked at once more.
  if (found.kind === 'clean' || found.kind === 'changing') return null
  return found.kind === 'busy' ? `Processes ${found.pids.join(', ')} work in it.` : found.reason
}

function furnishedPlace(spec: SlotSpec, record: SlotRecord): Furnished {
  const { repo, env, box, portNames, setup, setupTimeout, logFile, onProgress } = spec
  return {
    repo,
    env,
    portNames,
    setupTimeout,
    logFile,
    onProgress,
    ...(box === undefined ? {} : { box }),
    ...(setup === undefined ? {} : { setup }),
    path: record.path,
    coordinationFolder: record.coordinationFolder,
    marker: slotPlace(repo, record).marker,
  }
}

/** What a slot takes on the disk; null when that cannot be found out. */
async function bytesOf(path: string, signal: AbortSignal): Promise<number | null> {
  const { exitCode, stdout } = await run('du', ['-sk', join(path, '.')], { cwd: path, signal })
  const kilobytes = Number(stdout.toString('utf8').split('\t')[0])
  return exitCode === 0 && Number.isFinite(kilobytes) ? kilobytes * 1024 : null
}
