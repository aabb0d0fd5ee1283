// A played terminal: the executable of the fixtures in a folder, with a home of its own, told one thing at a time.
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

const PROGRAM = join(import.meta.dirname, '../fixtures/agents/terminal-claude.mjs')

export interface PlayedTerminal extends AsyncDisposable {
  readonly pid: number
  /** Does one thing, and resolves when it is done. */
  play(deed: Readonly<Record<string, unknown>>): Promise<void>
  end(): Promise<void>
  /** Ends it without a chance to tidy up. */
  kill(): Promise<void>
}

/** Starts the terminal in `cwd`; it has told of itself when this resolves. */
export async function playedTerminal(
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<PlayedTerminal> {
  const child = spawn(process.execPath, [PROGRAM], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  await lines.next()
  return {
    pid: child.pid ?? 0,
    play: async (deed) => {
      child.stdin.write(`${JSON.stringify(deed)}\n`)
      await lines.next()
    },
    end: () => ended(child, () => child.stdin.write('{"exit":true}\n')),
    kill: () => ended(child, () => child.kill('SIGKILL')),
    [Symbol.asyncDispose]: () => ended(child, () => child.kill('SIGKILL')),
  }
}

async function ended(child: ChildProcessByStdio<Writable, Readable, null>, end: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  end()
  await exit
}

/** Lines of a transcript as Claude Code writes them. */
export const said = (id: string, content: readonly object[], tokens: number): object => ({
  type: 'assistant',
  isSidechain: false,
  message: {
    id,
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content,
    usage: {
      input_tokens: 3_000,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: tokens - 3_080,
      output_tokens: 80,
    },
  },
})

export const wrote = (id: string, path: string): object => ({
  type: 'tool_use',
  id,
  name: 'Write',
  input: { file_path: path, content: 'text\n' },
})

export const result = (id: string, text: string, failed = false): object => ({
  type: 'user',
  message: {
    role: 'user',
    content: [{ type: 'tool_result', tool_use_id: id, content: text, ...(failed ? { is_error: true } : {}) }],
  },
})
