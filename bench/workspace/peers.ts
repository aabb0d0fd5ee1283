// Published programs that make worktrees, as they are called for a branch of a commit. Nothing is downloaded: where a
// program is, is said on the command line. What a program does not do itself (dependencies) is done after it by the package
// manager's own best install.
import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { git, removeTree } from '../scratch.ts'
import { installFrozen, type Project } from './project.ts'

const exec = promisify(execFile)

/** Arguments that make a worktree on a new branch from `main`. */
const CREATE: Readonly<Record<string, (branch: string) => readonly string[]>> = {
  'git-worktree-runner': (branch) => ['new', branch, '--from', 'main', '--no-fetch', '--yes'],
  'agent-worktree': (branch) => ['new', branch, '--base', 'main'],
  worktrunk: (branch) => ['switch', '--create', branch, '--base', 'main', '--no-cd', '--yes'],
}

export interface Peer {
  readonly name: string
  readonly program: string
}

/** Parses `name=path,name=path`. Throws a sentence about a program that is not known. */
export function parsePeers(text: string | undefined): readonly Peer[] {
  return (text ?? '')
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', program = ''] = part.split('=')
      if (CREATE[name] === undefined || program === '')
        throw new Error(`--peer takes <name>=<program>; known are ${Object.keys(CREATE).join(', ')}.`)
      return { name, program }
    })
}

/** A worktree with dependencies by the peer; its path. */
export async function createByPeer(peer: Peer, project: Project, branch: string): Promise<string> {
  const { root } = project.repo
  const home = join(root, '..', 'peers', peer.name)
  await mkdir(home, { recursive: true })
  await exec(peer.program, [...(CREATE[peer.name]?.(branch) ?? [])], {
    cwd: root,
    env: { ...process.env, HOME: home, GIT_CONFIG_GLOBAL: join(home, 'gitconfig') },
  })
  const path = await worktreeOf(root, branch)
  await installFrozen(project, path)
  return path
}

/** Takes away what a peer has made, without asking it. */
export async function removeByHand({ repo }: Project, branch: string): Promise<void> {
  const path = await worktreeOf(repo.root, branch)
  await removeTree(path)
  await git(repo.root, 'worktree', 'prune')
  await git(repo.root, 'branch', '--quiet', '-D', branch)
}

async function worktreeOf(root: string, branch: string): Promise<string> {
  const blocks = (await git(root, 'worktree', 'list', '--porcelain')).split('\n\n')
  const found = blocks.find((block) => block.split('\n').includes(`branch refs/heads/${branch}`))
  const path = /^worktree (.*)$/m.exec(found ?? '')?.[1]
  if (path === undefined) throw new Error(`There is no worktree of the branch ${branch}.`)
  return path
}
