// Schemas and reference are generated from the contract; what is committed must be what would be generated.
import { spawnSync } from 'node:child_process'

/** Generated files that are out of date, one line each. */
export function staleReference(): readonly string[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/generate.ts', '--check'], {
    encoding: 'utf8',
  })
  return status === 0
    ? []
    : `${stdout}\n${stderr}\nRun: npm run generate`.split('\n').filter((line) => line !== '')
}
