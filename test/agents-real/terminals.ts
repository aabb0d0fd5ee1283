// What tests of terminals with real agents share: tmux, the agents' programs, and sessions that wait.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { vi } from 'vitest'
import { offlineSetup } from '../../src/agents/conformance/offline.ts'
import type { SessionView } from '../../src/contract/view.ts'
import type { Home, Machine } from '../support/cli.ts'
import { planFiles } from '../support/scenario.ts'

const exec = promisify(execFile)
const CACHE = process.env['QUINTET_AGENTS_CACHE'] ?? join(homedir(), '.cache', 'quintet-agents')
/** Folder of the agents' programs. */
export const PROGRAMS = join(CACHE, 'node_modules', '.bin')

/** What is not installed of what such a test needs, and says so; empty: nothing. */
export async function missingFor(agent: string): Promise<string> {
  const hasTmux = await exec('tmux', ['-V']).then(
    () => true,
    () => false,
  )
  const missing = !existsSync(join(PROGRAMS, agent)) ? `${agent} in ${CACHE}` : hasTmux ? '' : 'tmux'
  if (missing !== '')
    process.stderr.write(
      `SKIPPED, terminals with real agents: ${missing} not found; run: npm run agents:install\n`,
    )
  return missing
}

/** A session that waits, and whose worktree is there; its daemon is not running. */
export async function waiting(machine: Machine): Promise<{ home: Home; worktree: string }> {
  const pieces = {
    auth: { steps: [{ endTurn: true } as const, { endTurn: true } as const] },
    api: { steps: [{ endTurn: true } as const] },
  }
  const files = planFiles({ limits: { reprompts: 0 }, pieces })
  const home = await machine.repository({ ...files, 'src/auth/a.txt': 'one\n', 'src/api/b.txt': 'two\n' })
  await home.quintet('run', 'work', '--no-wait')
  const { path } = await home.json<SessionView>('session', 'show', 'auth')
  await home.quintet('stop', '--force')
  return { home, worktree: path ?? '' }
}

/** The environment of a person whose agent is set up for the scripted model; its files are in the home folder. */
export async function personWith(
  machine: Machine,
  agent: string,
  modelUrl: string,
): Promise<Record<string, string>> {
  const setup = offlineSetup(agent, modelUrl)
  for (const [path, text] of Object.entries(setup?.files ?? {})) await writeHome(machine, path, text)
  return {
    ...machine.env,
    PATH: [PROGRAMS, machine.env['PATH'] ?? ''].join(delimiter),
    ...setup?.env,
    IS_SANDBOX: '1',
  }
}

/** Writes a file of the machine's home folder. */
export async function writeHome(machine: Machine, path: string, text: string): Promise<void> {
  const file = join(machine.env['HOME'] ?? '', path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}

/** The home folder of somebody who has used Claude before, and trusts this worktree. */
export async function settledClaude(machine: Machine, worktree: string, key: string): Promise<void> {
  const project = { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true, allowedTools: [] }
  const settled = {
    hasCompletedOnboarding: true,
    theme: 'dark',
    customApiKeyResponses: { approved: [key.slice(-20)], rejected: [] },
    projects: { [worktree]: project },
  }
  await writeHome(machine, '.claude.json', JSON.stringify(settled))
}

/** What Codex asks somebody who has not used it before, answered in its settings. */
export const settledCodex = (repository: string): string => `
[projects.${JSON.stringify(repository)}]
trust_level = "trusted"
[notice.model_migrations]
"gpt-5.5" = "gpt-6-sol"
[tui]
screen_reader_detection_done = true
`

/** A server of tmux for one test. */
export class Tmux implements AsyncDisposable {
  readonly #socket: string
  readonly #options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }

  constructor(machine: Machine, cwd: string, env: Readonly<Record<string, string>>) {
    this.#socket = join(machine.path, 'tmux')
    this.#options = { cwd, env }
  }

  async call(...args: readonly string[]): Promise<string> {
    return (await exec('tmux', ['-S', this.#socket, ...args], this.#options)).stdout
  }

  /** Opens a person's terminal with a program in it, by which it is named. */
  async open(...command: readonly string[]): Promise<void> {
    await this.call('new-session', '-d', '-s', 'person', '-x', '160', '-y', '50', ...command)
  }

  screen(): Promise<string> {
    return this.call('capture-pane', '-p', '-t', 'person')
  }

  /** Gives it a line, as its person does: pasted, since keys that come too fast are no typing to some agents. */
  async type(text: string): Promise<void> {
    await this.call('set-buffer', '--', text)
    await this.call('paste-buffer', '-p', '-t', 'person')
    await this.shows(text.slice(0, 6))
    await this.call('send-keys', '-t', 'person', 'Enter')
  }

  /** Presses one key by its name in tmux. */
  async press(key: string): Promise<void> {
    await this.call('send-keys', '-t', 'person', key)
  }

  async shows(text: string | RegExp): Promise<void> {
    const look = async (): Promise<void> => {
      const screen = await this.screen()
      if (screen.search(text) === -1) throw new Error(`Not shown: ${text}\n${screen}`)
    }
    await vi.waitFor(look, { timeout: 60_000, interval: 100 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.call('kill-server').catch(() => '')
  }
}
