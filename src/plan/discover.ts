// Looking at a repository for `quintet init`, and writing what init.ts composed. Nothing that exists is overwritten.
import { mkdir, readFile, realpath, stat, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { errnoOf, ignoring, QuintetError } from '../contract/errors.ts'
import { trackedFiles } from '../git/files.ts'
import { head, resolveCommit } from '../git/repository.ts'
import { runGit } from '../git/run.ts'
import { programFile } from '../process/spawn.ts'
import { detectPackageManager, detectTests } from './detect.ts'
import { INIT_PATHS, type Detected, type InitFile } from './init.ts'

export interface DiscoverInput {
  /** Agents to look for, by name. */
  readonly presets: Readonly<Record<string, { readonly command: readonly string[] }>>
  /** The PATH variable; default that of this process. */
  readonly path?: string
}

/** Looks at the repository whose main worktree is `root`, and at the programs of this machine. */
export async function discover(root: string, input: DiscoverInput): Promise<Detected> {
  const env = {
    PATH: [input.path ?? process.env['PATH'] ?? '', join(root, 'node_modules', '.bin')].join(delimiter),
  }
  const isThere = async (command: readonly string[]): Promise<boolean> =>
    (await programFile(command[0] ?? '', { cwd: root, env })) !== null
  const files = await trackedFiles(root)
  const [packageJson, makefile] = await Promise.all([textOf(root, 'package.json'), textOf(root, 'Makefile')])
  const tests = detectTests({
    files,
    ...(packageJson === undefined ? {} : { packageJson }),
    ...(makefile === undefined ? {} : { makefile }),
  })
  return {
    packageManager: detectPackageManager(files),
    tests,
    missing: (await those(tests, async ({ run }) => !(await isThere(run)))).map(({ run }) => run[0] ?? ''),
    agents: (await those(Object.entries(input.presets), ([, { command }]) => isThere(command))).map(
      ([name]) => name,
    ),
    base: await baseBranch(root),
    files,
    existing: await those(
      INIT_PATHS,
      async (path) => (await ignoring(ABSENT, stat(join(root, path)))) !== undefined,
    ),
  }
}

/** Writes files that do not exist yet; answers which were written and which were there. */
export async function writeMissing(
  root: string,
  files: readonly InitFile[],
): Promise<{ readonly written: readonly string[]; readonly kept: readonly string[] }> {
  const written: string[] = []
  const kept: string[] = []
  for (const { path, content } of files) {
    const isNew = await writeNew(root, path, content)
    if (isNew) written.push(path)
    else kept.push(path)
  }
  return { written, kept }
}

const ABSENT = ['ENOENT', 'ENOTDIR', 'EISDIR']

async function writeNew(root: string, path: string, content: string): Promise<boolean> {
  const file = join(root, path)
  await mkdir(dirname(file), { recursive: true })
  const folder = await realpath(dirname(file))
  if (!folder.startsWith(`${await realpath(root)}/`)) {
    throw new QuintetError(
      'E_PATH_ESCAPES',
      'precondition',
      `The file ${path} would be written outside of the repository.`,
      {
        hints: [
          {
            text: 'A folder on its way is a symbolic link; see where it leads.',
            command: 'ls -ld .quintet .quintet/plans',
          },
        ],
      },
    )
  }
  try {
    await writeFile(file, content, { flag: 'wx' })
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  }
}

async function textOf(root: string, path: string): Promise<string | undefined> {
  return ignoring(ABSENT, readFile(join(root, path), 'utf8'))
}

/** The branch that the remote calls its own, if there is a local one of that name; else the one that is checked out. */
async function baseBranch(root: string): Promise<string | null> {
  const remote = await runGit(['symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD'], {
    cwd: root,
    op: 'read the default branch of the remote',
    ok: [0, 1],
  })
  const name = remote.stdout.trim().replace(/^origin\//, '')
  if (name !== '' && (await resolveCommit(root, `refs/heads/${name}`)) !== null) return name
  const { branch, commit } = await head(root)
  return commit === null ? null : branch
}

async function those<T>(all: readonly T[], isWanted: (one: T) => Promise<boolean>): Promise<readonly T[]> {
  const wanted = await Promise.all(all.map(isWanted))
  return all.filter((_, index) => wanted[index])
}
