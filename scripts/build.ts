// Compiles src/ to dist/ with the TypeScript compiler; dist/ is replaced as a whole, so that no module of an older
// source tree can be imported by accident.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'

rmSync('dist', { recursive: true, force: true })
const { status } = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: ['ignore', 2, 2] })
process.exit(status ?? 1)
