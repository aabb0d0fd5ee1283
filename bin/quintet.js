#!/usr/bin/env node
// Plain JavaScript that any Node can parse: it must be able to say that this Node is too old.
import { readFileSync } from 'node:fs'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `quintet: Node 22.18 or newer is needed, this is Node ${process.versions.node}.\n` +
      '  Quintet stores its state in the SQLite that newer Node versions bring along.\n' +
      '  → run: npm install --global n && n 24    (or any other way to install Node 24)\n',
  )
  process.exit(2)
}

if (process.argv.length === 3 && (process.argv[2] === '--version' || process.argv[2] === '-V')) {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  process.stdout.write(`${manifest.version}\n`)
} else {
  const { enableCompileCache } = await import('node:module')
  enableCompileCache()
  const { main } = await import('../dist/cli/main.js').catch(notCompiled)
  await main(process.argv.slice(2))
}

/** A fresh clone has no dist/ yet; every other failure goes on up. */
function notCompiled(error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || !String(error.url).endsWith('/dist/cli/main.js')) throw error
  process.stderr.write('quintet: The program is not compiled yet.\n  → run: npm install && npm run build\n')
  process.exit(2)
}
