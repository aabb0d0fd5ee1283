// What the doctor measures on this machine and in this repository. Nothing is changed by it.
import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errorData, ignoring, QuintetError } from '../../contract/errors.ts'
import { connectDaemon, runningDaemon } from '../../daemon/connect.ts'
import { loadDaemonFile, requireToken } from '../../daemon/files.ts'
import { trackedFiles } from '../../git/files.ts'
import { gitFolder, openRepository, requireGit, type Repository, hasIdentity } from '../../git/repository.ts'
import { listWorktrees } from '../../git/worktree.ts'
import { probeBox } from '../../process/box.ts'
import { inotifyLimits, inotifyUse } from '../../process/inotify.ts'
import { isAlive } from '../../process/identity.ts'
import { SRT_INSTALL } from '../../process/srt/locate.ts'
import { readPoolView } from '../../daemon/pool.ts'
import { measuredTimes } from '../../workspace/clone/samples.ts'
import { diskSpace } from '../../workspace/disk.ts'
import { sharedArtifacts } from '../../workspace/isolation/local-repository.ts'
import { strayHooksPath } from '../../workspace/native/hooks-path.ts'
import { examineNative, nativeWorktrees } from '../../workspace/native/native.ts'
import { parseLockReason } from '../../workspace/lock-reason.ts'
import { leasesOf, type Lease } from '../../workspace/ports/lease.ts'
import { misplacedListeners } from '../../workspace/ports/listeners.ts'
import { busyPort } from '../../workspace/ports/probe.ts'
import { requireUserState, userStateFolder } from '../../workspace/user-state.ts'
import { examineAgents } from './agent-programs.ts'
import { dependencyFinding } from './dependency-times.ts'
import {
  brokenBox,
  diskFinding,
  indexLockFinding,
  inotifyFinding,
  leftoverFindings,
  misplacedFindings,
  poolFinding,
  NAMESPACE_REFUSALS,
  watchingFinding,
  worktreeFindings,
  type DoctorFinding,
} from './finding.ts'

type Findings = Promise<readonly DoctorFinding[]>

const ENFORCED = 'sessions with a scope of whole folders are enforced, others are guarded.'
const GUARDED = 'Sessions are guarded: by git hooks and by the gate, not by the kernel.'

/** Everything that is wrong or right, in a fixed order. Outside of a repository only the machine is looked at. */
export async function examine(cwd: string): Promise<readonly DoctorFinding[]> {
  const machine = [
    node(),
    measured('git', git()),
    measured('sandbox', sandbox()),
    measured('inotify', inotify()),
    measured('state', userState()),
  ]
  const found = await repositoryAt(cwd)
  const rest =
    found.repo === null
      ? [measured('agents', examineAgents(cwd)), measured('disk', disk(cwd))]
      : ofRepository(found.repo)
  return (await Promise.all([...machine, Promise.resolve([found.finding]), ...rest])).flat()
}

function ofRepository(repo: Repository): Findings[] {
  return [
    measured('identity', identity(repo)),
    measured('agents', examineAgents(repo.root)),
    measured('disk', disk(dirname(repo.root))),
    measured('dependencies', dependencies(repo)),
    measured('ports', ports(repo)),
    measured('worktrees', worktrees(repo)),
    measured('pool', pool(repo)),
    measured('leftovers', leftovers(repo)),
    measured('locks', locks(repo)),
    measured('daemon', daemon(repo)),
    measured('watching', watching(repo)),
  ]
}

/** A measurement that fails is a finding of its own; the others go on. */
async function measured(check: string, probe: Findings): Findings {
  try {
    return await probe
  } catch (error) {
    if (!(error instanceof QuintetError)) throw error
    return [failure(check, error)]
  }
}

function failure(check: string, error: QuintetError): DoctorFinding {
  const command = errorData(error).hints.find((hint) => hint.command !== undefined)?.command
  const itself = command === 'quintet doctor'
  return {
    check,
    level: 'fail',
    text: error.message,
    ...(command === undefined || itself ? {} : { command }),
  }
}

async function node(): Findings {
  return [{ check: 'node', level: 'ok', text: `Node ${process.versions.node}.` }]
}

async function git(): Findings {
  return [{ check: 'git', level: 'ok', text: `Git ${(await requireGit()).text}.` }]
}

async function sandbox(): Findings {
  const support = await probeBox()
  if (support.available) return [{ check: 'sandbox', level: 'ok', text: `${support.version}: ${ENFORCED}` }]
  const install = process.platform === 'linux' ? 'sudo apt-get install bubblewrap' : SRT_INSTALL
  // Root needs none of what the kernel may refuse to others.
  const settings = process.getuid?.() === 0 ? {} : await namespaceSettings()
  const mend = support.broken === true ? brokenBox(settings) : { text: '', command: install }
  const text = [support.reason, mend.text, GUARDED].filter(Boolean).join(' ')
  return [{ check: 'sandbox', level: 'warn', text, command: mend.command }]
}

async function namespaceSettings(): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {}
  for (const { setting } of NAMESPACE_REFUSALS) {
    const file = join('/proc/sys', setting.replaceAll('.', '/'))
    const value = await ignoring(['ENOENT', 'ENOTDIR', 'EACCES'], readFile(file, 'utf8'))
    if (value !== undefined) found[setting] = value.trim()
  }
  return found
}

async function inotify(): Findings {
  return [inotifyFinding(await inotifyLimits(), await inotifyUse({ own: true }))]
}

/** What is kept there is not kept per repository: without it no session gets ports. */
async function userState(): Findings {
  await requireUserState()
  return [{ check: 'state', level: 'ok', text: `${userStateFolder()} can be written.` }]
}

async function repositoryAt(
  cwd: string,
): Promise<{ readonly repo: Repository | null; readonly finding: DoctorFinding }> {
  const check = 'repository'
  try {
    const repo = await openRepository(cwd)
    return { repo, finding: { check, level: 'ok', text: `${repo.root}.` } }
  } catch (error) {
    if (!(error instanceof QuintetError)) throw error
    return { repo: null, finding: failure(check, error) }
  }
}

/** Merges are commits, and git makes none without a name and an address. */
async function identity({ root }: Repository): Findings {
  if (await hasIdentity(root)) return [{ check: 'identity', level: 'ok', text: 'Git knows who commits.' }]
  return [
    {
      check: 'identity',
      level: 'fail',
      text: 'Git does not know who commits.',
      command: 'git config --global user.name "<name>" && git config --global user.email "<address>"',
    },
  ]
}

async function disk(folder: string): Findings {
  return [diskFinding(folder, await diskSpace(folder))]
}

async function dependencies(repo: Repository): Findings {
  const shared = await sharedArtifacts({ cwd: repo.root, env: {} }, await trackedFiles(repo.root))
  return [
    dependencyFinding(await measuredTimes(repo)),
    ...shared.map((text) => ({ check: 'dependencies', level: 'warn' as const, text })),
  ]
}

/** While a daemon runs, the sessions themselves listen on their ports. */
async function ports(repo: Repository): Findings {
  const leases = await leasesOf(repo.commonDir)
  const misplaced = misplacedFindings(await misplacedListeners(leases))
  if (misplaced.length > 0) return misplaced
  const taken = (await runningDaemon(repo)) === null ? await takenPorts(leases) : []
  if (taken.length > 0) return taken
  return [
    {
      check: 'ports',
      level: 'ok',
      text: leases.length === 0 ? 'No blocks held.' : `Blocks held: ${leases.length}.`,
    },
  ]
}

async function takenPorts(leases: readonly Lease[]): Promise<DoctorFinding[]> {
  const findings: DoctorFinding[] = []
  for (const { session, ports: block } of leases) {
    const port = await busyPort(block)
    if (port === null) continue
    const text = `Port ${port} of session ${session} is used by another program; the session will get other ports.`
    findings.push({ check: 'ports', level: 'warn', text, command: `lsof -nP -i :${port}` })
  }
  return findings
}

async function leftovers(repo: Repository): Findings {
  const found = []
  for (const worktree of await nativeWorktrees(repo))
    found.push({ worktree, verdict: await examineNative(repo, worktree) })
  return leftoverFindings(found, await strayHooksPath(repo))
}

async function worktrees(repo: Repository): Findings {
  const [, ...linked] = await listWorktrees(repo)
  const stale = []
  for (const { path, locked } of linked) {
    const owner = parseLockReason(locked ?? '')
    if (owner !== null && !(await isAlive(owner)))
      stale.push({ path, session: `${owner.run}/${owner.piece}` })
  }
  const prunable = linked.filter((entry) => entry.prunable !== null).map(({ path }) => path)
  return worktreeFindings({ linked: linked.length, prunable, stale })
}

async function pool(repo: Repository): Findings {
  return [poolFinding(await readPoolView(repo))]
}

async function locks({ root }: Repository): Findings {
  const path = join(await gitFolder(root), 'index.lock')
  const found = await ignoring(['ENOENT'], stat(path))
  return [indexLockFinding(path, found === undefined ? null : Date.now() - found.mtimeMs)]
}

/** Whose files are watched, and whose are looked at instead: as the daemon says, which is not started for it. */
async function watching(repo: Repository): Findings {
  const client = await connectDaemon(repo, { start: false })
  return client === null ? [] : [watchingFinding(await client.watching())]
}

async function daemon(repo: Repository): Findings {
  const check = 'daemon'
  const running = await runningDaemon(repo)
  if (running !== null) {
    await requireToken(repo)
    return [{ check, level: 'ok', text: `Running as process ${running.pid}.` }]
  }
  if ((await loadDaemonFile(repo)) === null) return [{ check, level: 'ok', text: 'None is running.' }]
  return [
    { check, level: 'ok', text: 'The last one was cut off; the next command that needs one takes over.' },
  ]
}
