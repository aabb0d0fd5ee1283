// An agent started as a person would start it from an editor: its program alone, one conversation, one prompt.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface ByHand {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly prompt: string
  readonly signal: AbortSignal
}

const UNKNOWN_METHOD = -32_601

/** Starts the agent, prompts it, and ends it and all its processes when `reached` resolves; how long that took, in
 *  milliseconds. Rejects when the agent ends before. */
export async function timeByHand(
  { command: [program = '', ...args], env, cwd, prompt, signal }: ByHand,
  reached: Promise<unknown>,
): Promise<number> {
  const begun = performance.now()
  // Claude Code starts for root only where it is told that something else holds it.
  const asRoot = process.getuid?.() === 0 ? { IS_SANDBOX: '1' } : {}
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...asRoot, ...env },
    stdio: 'pipe',
    detached: true,
  })
  const ended = once(child, 'close', { signal })
  child.stderr.resume()
  child.stdin.on('error', () => undefined)
  try {
    const write = (message: object): void => {
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
    }
    const words = [
      () => ({ method: 'initialize', params: { protocolVersion: 1, clientCapabilities: {} } }),
      () => ({ method: 'session/new', params: { cwd, mcpServers: [] } }),
      (sessionId: unknown) => ({
        method: 'session/prompt',
        params: { sessionId, prompt: [{ type: 'text', text: prompt }] },
      }),
    ]
    const say = (id: number, sessionId?: unknown): void => {
      const word = words[id]
      if (word !== undefined) write({ id, ...word(sessionId) })
    }
    const refused = Promise.withResolvers<never>()
    createInterface(child.stdout).on('line', (line) => {
      const message = parsed(line)
      if (message === null) return
      if ('method' in message) {
        if (message.id !== undefined)
          write({ id: message.id, error: { code: UNKNOWN_METHOD, message: 'Not offered.' } })
      } else if ('error' in message) {
        refused.reject(new Error(`${program} refused: ${JSON.stringify(message.error)}`))
      } else if (typeof message.id === 'number') say(message.id + 1, message.result?.sessionId)
    })
    say(0)
    const early = ended.then(() => {
      throw new Error(`${program} ended before it asked its model anything.`)
    })
    await Promise.race([reached, early, refused.promise])
    return performance.now() - begun
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    await ended.catch(() => undefined)
  }
}

interface Message {
  readonly id?: unknown
  readonly method?: unknown
  readonly error?: unknown
  readonly result?: { readonly sessionId?: unknown }
}

function parsed(line: string): Message | null {
  if (!line.startsWith('{')) return null
  const message: Message = JSON.parse(line)
  return message
}
