// Which packages each agent of the conformance suite is, in which versions (package.json beside this file), and where they
// are installed: outside of the repository, which must stay without them.
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { hiddenBy } from '../../src/workspace/box/places.ts'

const FOLDER = import.meta.dirname
const Manifest = v.object({ version: v.string() })
const Pins = v.object({ dependencies: v.record(v.string(), v.string()) })

/** Packages by the names of the presets; the first is the one that speaks to us. */
const AGENT_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  claude: ['@agentclientprotocol/claude-agent-acp', '@anthropic-ai/claude-code'],
  codex: ['@agentclientprotocol/codex-acp', '@openai/codex'],
  gemini: ['@google/gemini-cli'],
  opencode: ['opencode-ai'],
  copilot: ['@github/copilot'],
  pi: ['pi-acp', '@earendil-works/pi-coding-agent'],
}

export const AGENTS: readonly string[] = Object.keys(AGENT_PACKAGES)
/** Tested versions of everything, down to the last dependency. */
export const LOCK = join(FOLDER, 'package-lock.json')

/** Where agents are installed: `$QUINTET_AGENTS_CACHE`, else a folder of the user's cache. */
export function agentsCache(env: NodeJS.ProcessEnv = process.env): string {
  const named = env['QUINTET_AGENTS_CACHE'] ?? ''
  return named === '' ? join(homedir(), '.cache', 'quintet-agents') : named
}

/** The folder by which the boxes of sessions hide a cache; null: agents in it are seen. */
export const hidingFolder = (cache: string): string | null => hiddenBy(resolve(cache), [])

/** The pinned versions of an agent's packages. */
export function pinsOf(agent: string): Readonly<Record<string, string>> {
  const all = v.parse(Pins, JSON.parse(readFileSync(join(FOLDER, 'package.json'), 'utf8'))).dependencies
  const names = Object.hasOwn(AGENT_PACKAGES, agent) ? (AGENT_PACKAGES[agent] ?? []) : []
  return Object.fromEntries(names.map((name) => [name, all[name] ?? '']))
}

/** Packages of an agent that the cache has not, or has in another version. */
export function missingOf(agent: string, cache: string): readonly string[] {
  return Object.entries(pinsOf(agent)).flatMap(([name, version]) =>
    installedVersion(name, cache) === version ? [] : [`${name}@${version}`],
  )
}

function installedVersion(name: string, cache: string): string | null {
  try {
    const text = readFileSync(join(cache, 'node_modules', name, 'package.json'), 'utf8')
    return v.parse(Manifest, JSON.parse(text)).version
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
