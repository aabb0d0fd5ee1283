// Where the parts of a box are, and which places of a machine are closed in it. Pure.
import { isAbsolute, join } from 'node:path'
import { isAtOrBelow } from '../../scope/place.ts'

interface Named {
  readonly run: string
  readonly piece: string
}

/** Below the state folder, where the shared objects are seen from inside of a box. */
export const OBJECTS = 'objects'

/** In a session's folder of references. Git takes no name that ends so for a reference, and no branch can want it for its
 *  lock: `~` is in no name of a branch. */
export const KEEPER = 'keep~.lock'

/** What a session's box keeps between two openings: objects that are not imported yet, and temporary files. */
export const boxFolder = (state: string, { run, piece }: Named): string => join(state, 'boxes', run, piece)

/** The home folder of what runs for a session, boxed or not: what programs keep there between two turns. */
export const homeFolder = (state: string, { run, piece }: Named): string => join(state, 'homes', run, piece)

/** In that folder: where the git folder of the session's worktree is, noted when its box was made. */
export const GIT_FOLDER = 'git-folder'

/** Folders of a session's references and of their logs. */
export const refFolders = (commonDir: string, { run, piece }: Named): readonly string[] =>
  ['refs', 'logs/refs'].map((folder) => join(commonDir, folder, 'heads/quintet', run, piece))

/** Folders that hold the sockets of everything else that runs on the machine. */
export const HIDDEN: readonly string[] = ['/run', '/var/run', '/var/tmp']

/** Of these, what only answers: names, data bases, programs. */
export const KEPT_VISIBLE: readonly string[] = [
  '/run/current-system',
  '/run/opengl-driver',
  '/run/nscd',
  '/run/systemd/resolve',
  '/run/postgresql',
  '/run/mysqld',
  '/run/redis',
]

/** The folder by which a box hides a file that is given with its real path; null: the file is seen. */
export function hiddenBy(file: string, visible: readonly string[]): string | null {
  if ([...visible, ...KEPT_VISIBLE].some((folder) => isAtOrBelow(file, folder))) return null
  return ['/tmp', ...HIDDEN].find((folder) => isAtOrBelow(file, folder)) ?? null
}

/** Sockets outside of these folders that make other programs act: in the home folder, or named by the environment. */
export function doors(home: string, env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const inHome = [
    '.docker/desktop/docker.sock',
    '.docker/run/docker.sock',
    '.colima/default/docker.sock',
    '.orbstack/run/docker.sock',
    '.gnupg/S.gpg-agent',
    '.gnupg/S.gpg-agent.ssh',
    '.gnupg/S.gpg-agent.extra',
    '.1password/agent.sock',
  ].map((path) => join(home, path))
  const named = [env['SSH_AUTH_SOCK'], env['DOCKER_HOST']?.replace(/^unix:\/\//, '')].filter(
    (path) => path !== undefined,
  )
  const closed = [...HIDDEN, '/tmp'].map((folder) => `${folder}/`)
  return [...inHome, ...named.filter(isAbsolute)].filter(
    (path) => !closed.some((folder) => path.startsWith(folder)),
  )
}
