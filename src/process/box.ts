// The box around a child: bubblewrap. Everything in it lives in a process namespace of its own, so that nothing outlives
// the process that leads it. A box with mounts also says what can be written: the whole file system is read-only but for
// what the mounts name. Elsewhere the sandbox runtime (srt/) stands in for it; where neither is, the reason is said.
import { errorData } from '../contract/errors.ts'
import { run } from './run.ts'
import { probeSrt, srtCommand } from './srt/box.ts'
import type { Box, Command, Mount } from './walls.ts'

export type { Box, Command, Mount } from './walls.ts'

/** Whether children can be boxed here; `reason` is a sentence for `doctor`. */
export type BoxSupport =
  | {
      readonly available: true
      readonly version: string
      /** The module of the sandbox runtime, where that makes the boxes. */
      readonly library?: string
    }
  | {
      readonly available: false
      readonly reason: string
      /** The program is there, and fails. */
      readonly broken?: true
    }

const PROGRAM = 'bwrap'
const PROBE_TIMEOUT_MS = 10_000
const NAMESPACES = ['--unshare-pid', '--die-with-parent']
/** Settings of the kernel stand in /proc, and root may write many of them without any capability. */
const SYSTEM = [
  '--ro-bind',
  '/',
  '/',
  '--dev',
  '/dev',
  '--proc',
  '/proc',
  '--ro-bind',
  '/proc/sys',
  '/proc/sys',
]
/** What root needs in order to work on files that are not its own. Everything that could undo a mount is left out. */
const ROOT_KEEPS = ['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER', 'CAP_FSETID']
/** A box of the kind that agents are put into, without anything of their own. */
const TRIAL: Box = { mounts: [{ kind: 'empty', path: '/tmp' }], network: 'shared' }

let support: Promise<BoxSupport> | undefined

/** Whether a box really works here: tried once per process. */
export function boxAvailable(): Promise<BoxSupport> {
  support ??= probeBox()
  return support
}

/** Tries a box, whatever an earlier trial said. */
export async function probeBox(): Promise<BoxSupport> {
  if (process.platform !== 'linux') {
    const srt = await probeSrt()
    if (!srt.available) return srt
    const { library, version } = srt.installation
    return { available: true, version: `sandbox-runtime ${version}`, library }
  }
  const trial = boxed('true', [], { cwd: '/', box: TRIAL })
  try {
    const version = await run(PROGRAM, ['--version'], { cwd: '/', timeout: PROBE_TIMEOUT_MS })
    const result = await run(trial.program, trial.args, { cwd: '/', timeout: PROBE_TIMEOUT_MS })
    if (result.exitCode === 0) return { available: true, version: version.stdout.toString('utf8').trim() }
    const said = result.stderr.toString('utf8').trim().split('\n').at(-1) ?? ''
    const why = (said || 'no reason given').replace(/\.$/, '')
    return {
      available: false,
      broken: true,
      reason: `Bubblewrap is installed but cannot make a box: ${why}.`,
    }
  } catch (error) {
    if (errorData(error).code !== 'E_PROGRAM_MISSING') throw error
    return { available: false, reason: 'Bubblewrap (bwrap) is not installed; children run without a box.' }
  }
}

/** The command line that runs `program` in a box; without `box` in one in which everything can be written. When the
 *  process that leads the box dies, everything in it dies. */
export function boxed(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly box?: Box },
): Command {
  const { cwd, box } = options
  if (box?.srt !== undefined) return srtCommand(program, args, box.srt)
  const walls = box === undefined ? ['--dev-bind', '/', '/', '--proc', '/proc'] : wallsOf(box)
  return { program: PROGRAM, args: [...walls, ...NAMESPACES, '--chdir', cwd, '--', program, ...args] }
}

function wallsOf({ mounts, network }: Box): string[] {
  const keeps = process.getuid?.() === 0 ? ROOT_KEEPS : []
  return [
    ...SYSTEM,
    ...mounts.flatMap(mountArguments),
    '--unshare-ipc',
    ...(network === 'none' ? ['--unshare-net'] : []),
    '--cap-drop',
    'ALL',
    ...keeps.flatMap((capability) => ['--cap-add', capability]),
  ]
}

function mountArguments({ kind, path, from = path }: Mount): string[] {
  switch (kind) {
    case 'read':
      return ['--ro-bind', from, path]
    case 'write':
      return ['--bind', from, path]
    case 'empty':
      return ['--tmpfs', path]
    case 'blank':
      return ['--ro-bind', '/dev/null', path]
  }
}
