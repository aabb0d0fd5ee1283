// Makes the repository that the demo works on: the service, its plan and the scripts of its five sessions, in one
// commit. It is built beside its place and renamed into it, so that a repository found there is a whole one.
import { existsSync } from 'node:fs'
import { cp, mkdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runGit } from '../../git/run.ts'

/** The material of the demo. */
export const MATERIAL = new URL('../../../demo/', import.meta.url)
const IDENTITY: readonly (readonly [string, string])[] = [
  ['user.name', 'Quintet demo'],
  ['user.email', 'demo@quintet.invalid'],
  ['commit.gpgSign', 'false'],
]

/** Changes what is about to be committed. */
type Arrange = (root: string) => Promise<void>

/** Makes the demo repository at `path`, unless it is there from an earlier, interrupted demo. */
export async function makeService(path: string, arrange?: Arrange): Promise<'made' | 'found'> {
  if (existsSync(join(path, '.git'))) return 'found'
  await mkdir(dirname(path), { recursive: true })
  const building = `${path}.building-${process.pid}`
  await cp(new URL('service', MATERIAL), building, { recursive: true })
  await rename(join(building, 'gitignore'), join(building, '.gitignore'))
  await mkdir(join(building, '.quintet', 'plans'), { recursive: true })
  await cp(new URL('plan.toml', MATERIAL), join(building, '.quintet', 'plans', 'demo.toml'))
  if (arrange === undefined)
    await cp(new URL('pieces', MATERIAL), join(building, '.quintet', 'scripts'), { recursive: true })
  else await arrange(building)
  await commitAll(building)
  await cp(join(building, 'env.local.example'), join(building, '.env.local'))
  await rename(building, path)
  return 'made'
}

async function commitAll(cwd: string): Promise<void> {
  const op = 'make the demo repository'
  await runGit(['init', '--quiet', '--initial-branch=main'], { cwd, op })
  for (const [name, value] of IDENTITY) await runGit(['config', name, value], { cwd, op })
  await runGit(['add', '--all'], { cwd, op, locks: true })
  await runGit(['commit', '--quiet', '--message', 'An account service that has grown by itself'], {
    cwd,
    op,
    locks: true,
  })
}
