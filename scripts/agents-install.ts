// `npm run agents:install`: installs the agents that the conformance suite plays, in exactly the versions of
// scripts/agents/, into a cache outside of the repository ($QUINTET_AGENTS_CACHE, else ~/.cache/quintet-agents).
// `--only claude,codex` leaves the others alone. What is there already is not fetched again. Exit codes: 0 everything is
// there, 2 wrong call or a cache that boxes hide, 69 the packages cannot be had.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { AGENTS, agentsCache, hidingFolder, LOCK, missingOf, pinsOf } from './agents/pins.ts'

const UNAVAILABLE = 69

process.exitCode = main()

function main(): number {
  const { values } = parseArgs({ options: { only: { type: 'string' } } })
  const wanted = values.only === undefined ? AGENTS : values.only.split(',').map((name) => name.trim())
  const unknown = wanted.filter((name) => !AGENTS.includes(name))
  if (unknown.length > 0) {
    console.error(`There is no agent named ${unknown.join(', ')}; there are ${AGENTS.join(', ')}.`)
    return 2
  }
  const cache = agentsCache()
  const hiding = hidingFolder(cache)
  if (hiding !== null) {
    console.error(
      `The cache ${cache} lies in ${hiding}, which the boxes of sessions hide: no agent could start there.`,
    )
    console.error('Name a folder elsewhere in QUINTET_AGENTS_CACHE, such as one below the home folder.')
    return 2
  }
  const missing = wanted.flatMap((agent) => missingOf(agent, cache))
  if (missing.length === 0) {
    console.log(`Nothing to do: ${wanted.join(', ')} are in ${cache} in their pinned versions.`)
    return 0
  }
  console.log(`Installing ${missing.join(', ')} into ${cache}.`)
  return install(cache, wanted)
}

/** Agents that are there keep their place: npm takes away what the manifest does not name. */
function install(cache: string, wanted: readonly string[]): number {
  const present = AGENTS.filter((agent) => missingOf(agent, cache).length === 0)
  const dependencies = Object.assign({}, ...[...new Set([...present, ...wanted])].map(pinsOf))
  mkdirSync(cache, { recursive: true })
  copyFileSync(LOCK, join(cache, 'package-lock.json'))
  const manifest = { name: 'quintet-agents', private: true, dependencies }
  writeFileSync(join(cache, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: cache,
    stdio: ['ignore', 2, 2],
  })
  const missing = wanted.flatMap((agent) => missingOf(agent, cache))
  if (status === 0 && missing.length === 0) {
    console.log(`Installed: ${wanted.join(', ')}.`)
    return 0
  }
  console.error(`THE AGENTS COULD NOT BE INSTALLED: ${missing.join(', ')} cannot be had.`)
  return UNAVAILABLE
}
