// What the doctor says of what it measured. Pure: figures in, findings out.
import type { PoolView } from '../../contract/pool.ts'
import { costsText } from '../../tui/pool.ts'
import { counted } from '../../tui/text.ts'
import type { WatchingView } from '../../contract/radar.ts'
import type { InotifyLimits, InotifyUse } from '../../process/inotify.ts'
import {
  UNSET_HOOKS_PATH,
  type NativeVerdict,
  type NativeWorktree,
} from '../../workspace/native/recognise.ts'
import type { Misplaced } from '../../workspace/ports/placement.ts'

/** `warn`: it works, but worse than it could. `fail`: a run would be refused or would break. */
export type Level = 'ok' | 'warn' | 'fail'

export interface DoctorFinding {
  /** What was looked at: `git`, `sandbox`, `disk`. */
  readonly check: string
  readonly level: Level
  readonly text: string
  /** The command that mends it. */
  readonly command?: string
}

const GIB = 1024 ** 3
const FEW_BYTES = 2 * GIB
const TOO_FEW_BYTES = GIB / 4
const FEW_INODES = 100_000
/** Every worktree with its dependencies is watched by editors, bundlers and test runners. */
const WATCHES = 65_536
const INSTANCES = 128
const NEARLY = 0.9

/** Judges the free space where worktrees are made. */
export function diskFinding(
  folder: string,
  { free, inodes }: { readonly free: number; readonly inodes: number | null },
): DoctorFinding {
  const room = `${(free / GIB).toFixed(1)} GiB${inodes === null ? '' : ` and ${inodes} files`} free in ${folder}`
  const command = 'quintet clean'
  if (free < TOO_FEW_BYTES)
    return { check: 'disk', level: 'fail', text: `Too little room: ${room}.`, command }
  if (free < FEW_BYTES || (inodes ?? FEW_INODES) < FEW_INODES) {
    return { check: 'disk', level: 'warn', text: `Little room for several worktrees: ${room}.`, command }
  }
  return { check: 'disk', level: 'ok', text: `${room}.` }
}

/** Judges the kernel's limits of file watching, and what of them is used; null: not Linux. */
export function inotifyFinding(limits: InotifyLimits | null, used: InotifyUse): DoctorFinding {
  const check = 'inotify'
  if (limits === null) return { check, level: 'ok', text: 'This system has no such limit.' }
  const { watches, instances } = limits
  const figures = `${watches} watches (${used.watches} in use), ${instances} instances (${used.instances} in use)`
  if (used.watches > watches * NEARLY || used.instances > instances * NEARLY)
    return {
      check,
      level: 'warn',
      text: `Nearly all are in use: ${figures}.`,
      command: `sudo sysctl -w fs.inotify.max_user_watches=${watches * 4} fs.inotify.max_user_instances=${instances * 4}`,
    }
  const short = [
    ...(watches < WATCHES ? [`fs.inotify.max_user_watches=${WATCHES * 8}`] : []),
    ...(instances < INSTANCES ? [`fs.inotify.max_user_instances=${INSTANCES * 8}`] : []),
  ]
  if (short.length === 0) return { check, level: 'ok', text: `${figures}.` }
  return {
    check,
    level: 'warn',
    text: `Several worktrees with file watchers may run out: ${figures}.`,
    command: `sudo sysctl -w ${short.join(' ')}`,
  }
}

/** Says whose files the daemon watches, and whose it looks at now and then instead. */
export function watchingFinding({ limit, taken, basis, overflows, sessions }: WatchingView): DoctorFinding {
  const check = 'watching'
  const polled = sessions.filter(({ watching }) => watching.how === 'polled')
  const spared =
    limit === null ? '' : `, ${taken} of ${limit} watches set${basis === undefined ? '' : ` (${basis})`}`
  const lost =
    overflows === 0 ? '' : ` Events may have been lost ${overflows} times; everything was read then.`
  const head = `${sessions.length - polled.length} of ${sessions.length} sessions watched${spared}.${lost}`
  const lines = polled.map(
    ({ session, watching: { everyS, why } }) => `${session} polled every ${everyS ?? '?'} s: ${why ?? ''}`,
  )
  return { check, level: polled.length > 0 ? 'warn' : 'ok', text: [head, ...lines].join(' ') }
}

export interface AgentProgram {
  readonly name: string
  readonly program: string
  /** Where it is; null when it is not installed. */
  readonly file: string | null
  /** The command that installs it; absent for an agent of the configuration. */
  readonly install?: string
  /** Named by the configuration as the default agent or described there. */
  readonly wanted: boolean
  /** Programs that it starts and that are not installed. */
  readonly lacks?: readonly string[]
  /** Where its program really stands, and the folder above it that boxes hide; absent: it is seen in a box. */
  readonly hidden?: { readonly file: string; readonly folder: string }
}

/** Judges the agents: those the configuration names must be there, and one at least should be. */
export function agentFindings(agents: readonly AgentProgram[]): DoctorFinding[] {
  const check = 'agents'
  const missing = agents
    .filter(({ wanted, file }) => wanted && file === null)
    .map(({ name, program, install }) => ({
      check,
      level: 'fail' as const,
      text: `The program ${program} of the agent ${name}, which the configuration names, is not installed.`,
      ...(install === undefined ? {} : { command: install }),
    }))
  const installed = agents.filter(({ file }) => file !== null).map(({ name }) => name)
  if (installed.length > 0)
    return [{ check, level: 'ok', text: `Installed: ${installed.join(', ')}.` }, ...missing]
  if (missing.length > 0) return missing
  const install = agents.find((agent) => agent.install !== undefined)?.install
  return [
    {
      check,
      level: 'warn',
      text: 'No agent that Quintet knows is installed; the scripted agent alone can be used.',
      ...(install === undefined ? {} : { command: install }),
    },
  ]
}

/** What keeps agents that are installed from starting. */
export function agentObstacles(agents: readonly AgentProgram[]): DoctorFinding[] {
  const check = 'agents'
  return agents.flatMap(({ name, program, file, install, wanted, lacks = [], hidden }) => {
    if (file === null) return []
    const level = wanted ? ('fail' as const) : ('warn' as const)
    const mend = install === undefined ? {} : { command: install }
    const lacking = lacks.map((needed) => ({
      check,
      level,
      text: `The agent ${name} does not start: ${program} is installed, and the program ${needed}, which it drives, is not.`,
      ...mend,
    }))
    if (hidden === undefined) return lacking
    const text = `The agent ${name} does not start in a box: its program is ${hidden.file}, and boxes hide ${hidden.folder}. Install it elsewhere.`
    return [...lacking, { check, level, text, ...mend }]
  })
}

/** Settings of the kernel by which ordinary users get no namespaces, and so no boxes. */
export const NAMESPACE_REFUSALS = [
  {
    setting: 'kernel.apparmor_restrict_unprivileged_userns',
    refuses: '1',
    allows: '0',
    why: 'AppArmor refuses user namespaces to ordinary users here, as on Ubuntu since 24.04; a profile that allows them to bwrap alone does as well',
  },
  {
    setting: 'kernel.unprivileged_userns_clone',
    refuses: '0',
    allows: '1',
    why: 'The kernel refuses user namespaces to ordinary users here',
  },
  {
    setting: 'user.max_user_namespaces',
    refuses: '0',
    allows: '15000',
    why: 'The kernel allows no user namespaces here',
  },
] as const

/** What helps where bubblewrap is installed and fails. `settings`: values of those that are there. */
export function brokenBox(settings: Readonly<Record<string, string>>): {
  readonly text: string
  readonly command: string
} {
  const found = NAMESPACE_REFUSALS.find(({ setting, refuses }) => settings[setting] === refuses)
  if (found === undefined) return { text: '', command: 'bwrap --ro-bind / / --proc /proc --unshare-pid true' }
  const { setting, refuses, allows, why } = found
  return { text: `${why} (${setting} = ${refuses}).`, command: `sudo sysctl -w ${setting}=${allows}` }
}

export interface StaleLock {
  readonly path: string
  readonly session: string
}

/** Judges the registry of worktrees: entries without a folder, and locks whose holder is gone. */
export function worktreeFindings(found: {
  readonly linked: number
  readonly prunable: readonly string[]
  readonly stale: readonly StaleLock[]
}): DoctorFinding[] {
  const check = 'worktrees'
  const findings: DoctorFinding[] = [
    ...found.stale.map(({ path, session }) => ({
      check,
      level: 'warn' as const,
      text: `The worktree ${path} of session ${session} is locked by a process that is gone; its run takes it over.`,
      command: `quintet run --watch ${session.slice(0, session.indexOf('/'))}`,
    })),
    ...found.prunable.map((path) => ({
      check,
      level: 'warn' as const,
      text: `The folder of the worktree ${path} is gone.`,
      command: 'git worktree prune --verbose',
    })),
  ]
  if (findings.length > 0) return findings
  return [
    {
      check,
      level: 'ok',
      text: found.linked === 0 ? 'No linked worktrees.' : `${found.linked} linked, none stale.`,
    },
  ]
}

interface NativeLeftover {
  readonly worktree: NativeWorktree
  readonly verdict: NativeVerdict
}

/** Judges what agents have left by themselves: worktrees, and a path of git hooks for everybody. */
export function leftoverFindings(found: readonly NativeLeftover[], hooks: string | null): DoctorFinding[] {
  const check = 'leftovers'
  const findings = [
    ...found.flatMap((one) => leftoverFinding(one)),
    ...(hooks === null ? [] : [{ check, level: 'warn' as const, text: hooks, command: UNSET_HOOKS_PATH }]),
  ]
  if (findings.length > 0) return findings
  return [{ check, level: 'ok', text: 'Agents have left no worktrees and no git hooks of their own.' }]
}

function leftoverFinding({ worktree, verdict }: NativeLeftover): readonly DoctorFinding[] {
  const check = 'leftovers'
  const { owner, path } = worktree
  if (verdict.kind === 'removable') {
    const text = `${owner} has left the worktree ${path}: ${verdict.proof.join(' ')}`
    return [{ check, level: 'warn', text, command: 'quintet clean --foreign' }]
  }
  const text = `The worktree ${path} of ${owner} stays: ${verdict.why}.`
  return [{ check, level: 'ok', text }]
}

/** Servers that stand on the ports of another session than their own. */
export function misplacedFindings(found: readonly Misplaced[]): DoctorFinding[] {
  return found.map(({ port, pid, session, by }) => ({
    check: 'ports',
    level: 'warn',
    text:
      by === null
        ? `Port ${port} of session ${session} is used by the process ${pid}, which is no session's.`
        : `Port ${port} of session ${session} is used by a server of session ${by}, process ${pid}.`,
    command: `lsof -nP -i :${port}`,
  }))
}

/** Judges a lock of git's index by its age in milliseconds; null when there is none. */
export function indexLockFinding(path: string, ageMs: number | null): DoctorFinding {
  const check = 'locks'
  if (ageMs === null) return { check, level: 'ok', text: 'No lock of git is left over.' }
  return {
    check,
    level: 'warn',
    text: `The lock ${path} is ${Math.round(ageMs / 1000)} s old; if no git command is running, it is left over.`,
    command: `rm '${path.replaceAll("'", String.raw`'\''`)}'`,
  }
}

/** Judges the workspaces that are made ahead. */
export function poolFinding({ on, slots, failures, costs, old }: PoolView): DoctorFinding {
  const check = 'pool'
  const cost = costsText(costs)
  const tail = cost === '' ? '' : ` ${cost}`
  if (!on && slots.length === 0)
    return { check, level: 'ok', text: `No workspaces are made ahead: slots = 0.${tail}` }
  const [failure] = failures
  if (failure !== undefined) {
    const text = `A workspace could not be made ahead: ${failure.message}${tail}`
    return { check, level: 'warn', text, command: 'quintet pool' }
  }
  if (old.count > 0) {
    const text = `${counted(old.count, 'workspace')} that ${old.count === 1 ? 'was' : 'were'} made ahead and that nobody took for long: ${Math.round(old.bytes / 1024 ** 2).toLocaleString('en')} MB.${tail}`
    return { check, level: 'warn', text, command: 'quintet pool trim' }
  }
  const ready = slots.filter(({ state }) => state === 'ready')
  const kept = ready.filter((slot) => slot.kept !== null).length
  const left =
    kept === 0 ? '' : ` ${counted(kept, 'workspace')} that no session is given; quintet pool tells why.`
  const count = ready.length - kept
  const standing = count === 0 ? 'No workspaces stand ready.' : `${counted(count, 'workspace')} ready.`
  return { check, level: 'ok', text: `${standing}${left}${tail}` }
}

/** The worst level of all findings. */
export function worst(findings: readonly DoctorFinding[]): Level {
  if (findings.some(({ level }) => level === 'fail')) return 'fail'
  return findings.some(({ level }) => level === 'warn') ? 'warn' : 'ok'
}
