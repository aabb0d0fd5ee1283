// Windows of tmux: one server session a run, in it one window a session with the session's number. Nothing is ever typed
// into them.
import { errorData, QuintetError } from '../contract/errors.ts'
import { runInForeground } from '../process/foreground.ts'
import { run } from '../process/run.ts'

export interface TmuxWindow {
  /** Name of the server session; letters, digits and dashes. */
  readonly session: string
  readonly index: number
  readonly name: string
  readonly cwd: string
  /** The program and its arguments; no shell sees them. */
  readonly command: readonly string[]
  /** Variables that the program needs as they are here. */
  readonly env: Readonly<Record<string, string>>
}

/** Opens the window where it is not there yet; tells whether it was. Throws `E_TMUX`, `E_PROGRAM_MISSING`. */
export async function openWindow(window: TmuxWindow): Promise<'opened' | 'there'> {
  const { session, index, name, cwd, command } = window
  const env = Object.entries(window.env).flatMap(([key, value]) => ['-e', `${key}=${value}`])
  const more = ['-n', name, '-c', cwd, ...env, '--', ...command]
  if ((await tmux(cwd, ['has-session', '-t', `=${session}`], [0, 1])) === null) {
    await tmux(cwd, ['new-session', '-d', '-s', session, ...more])
    const first = await tmux(cwd, ['display-message', '-p', '-t', `=${session}:^`, '#{window_index}'])
    if (first?.trim() !== String(index))
      await tmux(cwd, ['move-window', '-s', `=${session}:^`, '-t', `=${session}:${index}`])
    return 'opened'
  }
  const windows = (await tmux(cwd, ['list-windows', '-t', `=${session}`, '-F', '#{window_index}'])) ?? ''
  if (windows.split('\n').includes(String(index))) return 'there'
  await tmux(cwd, ['new-window', '-d', '-t', `=${session}:${index}`, ...more])
  return 'opened'
}

/** Brings a window before the eyes: in the client that this runs in, or in this terminal; false where there is none. */
export async function showWindow({ session, index, cwd }: TmuxWindow, inside: boolean): Promise<boolean> {
  await tmux(cwd, ['select-window', '-t', `=${session}:${index}`])
  if (inside) {
    await tmux(cwd, ['switch-client', '-t', `=${session}`])
    return true
  }
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false
  await runInForeground('tmux', ['attach-session', '-t', `=${session}`], { cwd, env: {} })
  return true
}

/** What tmux answers; null when it exits with another code than 0 that is allowed. */
async function tmux(
  cwd: string,
  args: readonly string[],
  ok: readonly number[] = [0],
): Promise<string | null> {
  const place = ['TMUX', 'TMUX_TMPDIR'].flatMap((key): [string, string][] => {
    const value = process.env[key]
    return value === undefined ? [] : [[key, value]]
  })
  const { exitCode, stdout, stderr } = await run('tmux', args, { cwd, env: Object.fromEntries(place) }).catch(
    (error: unknown) => {
      throw errorData(error).code === 'E_PROGRAM_MISSING' ? tmuxMissing(error) : error
    },
  )
  if (exitCode === 0) return stdout.toString('utf8')
  if (exitCode !== null && ok.includes(exitCode)) return null
  const why = stderr.toString('utf8').trim().split('\n').at(-1) ?? ''
  throw new QuintetError('E_TMUX', 'environment', `tmux ${args[0] ?? ''} failed: ${why}`, { hints: HERE })
}

const HERE = [{ text: 'Open it in this terminal.', command: 'quintet attach <session> --here' }]

function tmuxMissing(cause: unknown): QuintetError {
  const message = 'A window needs tmux, which was not found on this machine.'
  return new QuintetError('E_PROGRAM_MISSING', 'environment', message, { cause, hints: HERE })
}
