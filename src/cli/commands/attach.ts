import { QuintetError } from '../../contract/errors.ts'
import { TERMINAL_AGENTS, type TerminalAgent } from '../../contract/terminal.ts'
import type { RunView, SessionView } from '../../contract/view.ts'
import type { Repository } from '../../git/repository.ts'
import { terminalLines } from '../../tui/terminals.ts'
import { oneLine } from '../../tui/text.ts'
import { repositoryOf, viewOf } from '../access.ts'
import type { Invocation } from '../command.ts'
import { loadSession } from '../session-argument.ts'

const NONE = ['No terminal is open in the worktree of a session.', '  → run: quintet attach <session>']
/** While one of these lasts, the worktree has a driver. */
const DRIVEN = new Set<SessionView['state']>(['preparing', 'working'])

/** Opens a person's own agent in the worktree of a session, or lists the terminals that are open. */
export async function run(invocation: Invocation): Promise<number> {
  const repo = await repositoryOf(invocation)
  const wanted = invocation.arguments[0]
  if (wanted === undefined) return await list(repo, invocation)
  const { view, session } = await loadSession(repo, named(wanted, invocation.options.text('run')))
  await requireFree(repo, view, session)
  const agent = await agentOf(repo, session, invocation.options.text('agent'))
  const inside = process.env['TMUX'] !== undefined
  const { options } = invocation
  if (options.flag('tmux') || (inside && !options.flag('here')))
    return await inWindow(invocation, { repo, view, session, agent, inside })
  return await inThisTerminal(invocation, { repo, view, session, agent })
}

const named = (session: string, run: string | undefined): string =>
  run === undefined || session.includes('/') ? session : `${run}/${session}`

async function list(repo: Repository, { output, options }: Invocation): Promise<number> {
  const view = await viewOf(repo, options.text('run'))
  const sessions = view?.sessions ?? []
  const terminals = sessions.flatMap(({ id, terminals: open = [] }) =>
    open.map((terminal) => ({ session: id, ...terminal })),
  )
  output.answer(terminals, () =>
    terminals.length === 0 ? NONE : terminalLines(sessions).map((line) => oneLine(line)),
  )
  return 0
}

interface Opening {
  readonly repo: Repository
  readonly view: RunView
  readonly session: SessionView
  readonly agent: TerminalAgent
}

/** Refuses where somebody else works. Throws `E_SESSION_WORKING`, `E_TERMINAL_OPEN`. */
async function requireFree(repo: Repository, { run }: RunView, session: SessionView): Promise<void> {
  const { id, piece, terminals = [] } = session
  const { liveLaunch } = await import('../../engine/attached/launch.ts')
  const { stateFolder } = await import('../../git/repository.ts')
  if ((await liveLaunch(stateFolder(repo), { run, piece })) !== null) throw terminalOpen(id)
  if (!DRIVEN.has(session.state) || terminals.length > 0) return
  throw new QuintetError(
    'E_SESSION_WORKING',
    'precondition',
    `The session ${id} is at work, with an agent that is driven.`,
    {
      hints: [
        {
          text: 'Wait until it waits or has finished; see how far it is.',
          command: `quintet session show ${piece}`,
        },
        { text: 'Or look on, in a shell beside it.', command: `quintet shell ${piece}` },
      ],
    },
  )
}

function terminalOpen(id: string): QuintetError {
  return new QuintetError(
    'E_TERMINAL_OPEN',
    'precondition',
    `A terminal is open for the session ${id} already.`,
    {
      hints: [{ text: 'See which.', command: 'quintet attach' }],
    },
  )
}

/** The flag, the configuration, the agent of the piece, else Claude. */
async function agentOf(
  repo: Repository,
  session: SessionView,
  flag: string | undefined,
): Promise<TerminalAgent> {
  const { loadConfig } = await import('../../plan/config.ts')
  const { terminal } = await loadConfig(repo.root, process.env)
  return terminalAgent(flag) ?? terminal ?? terminalAgent(session.agent) ?? 'claude'
}

const terminalAgent = (name: string | undefined): TerminalAgent | undefined =>
  TERMINAL_AGENTS.find((agent) => agent === name)

async function inThisTerminal({ output }: Invocation, opening: Opening): Promise<number> {
  const { repo, view, session, agent } = opening
  const { readShell } = await import('../../daemon/projection/shell.ts')
  const { terminalArguments } = await import('../../agents/attached/launch.ts')
  const { announceLaunch } = await import('../../engine/attached/launch.ts')
  const { stateFolder } = await import('../../git/repository.ts')
  const { runInForeground } = await import('../../process/foreground.ts')
  const name = { run: view.run, piece: session.piece }
  const more = (start: Parameters<typeof terminalArguments>[1]): readonly string[] =>
    terminalArguments(agent, start)
  const shell = await readShell(repo, name, { words: [agent], agent, more })
  const { level, gaps, boxed, cwd, env } = shell
  output.narrate(`A terminal with ${agent} for session ${session.id}, ${level}, in ${cwd}.`)
  for (const gap of gaps) output.narrate(`  ${oneLine(gap)}`)
  let exit: number
  try {
    await announceLaunch(stateFolder(repo), name, { agent, level, gaps: [...gaps], boxed })
    const { program, args } = shell.command
    exit = await runInForeground(program, args, { cwd, env, aside: output.json })
  } finally {
    await shell.end()
  }
  output.answer({ session: session.id, agent, level, exit }, () => [])
  return exit
}

/** The same command, in a window of its own. */
async function inWindow(
  invocation: Invocation,
  opening: Opening & { readonly inside: boolean },
): Promise<number> {
  const { repo, view, session, agent, inside } = opening
  const { openWindow, showWindow } = await import('../tmux.ts')
  const own = [process.execPath, ...process.execArgv, ...process.argv.slice(1, 2)]
  const window = {
    session: `quintet-${view.run}`,
    index: session.number,
    name: session.piece,
    cwd: repo.root,
    command: [...own, '-C', repo.root, 'attach', session.id, '--here', '--agent', agent],
    env: { PATH: process.env['PATH'] ?? '' },
  }
  const how = await openWindow(window)
  const shown = invocation.output.json ? false : await showWindow(window, inside)
  const at = `${window.session}:${window.index}`
  invocation.output.answer({ session: session.id, agent, window: at, opened: how === 'opened' }, () =>
    shown ? [] : [`Window ${at} of tmux.`, `  → run: tmux attach-session -t ${at}`],
  )
  return 0
}
