// A repository with a plan of five small sessions, played by the scripted agent: to be looked at when they have finished,
// or to be left alone while each waits for an answer.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { stringify } from 'smol-toml'
import type { Script, ScriptStep } from '../../src/contract/script.ts'
import { git } from '../scratch.ts'

const PIECES = ['one', 'two', 'three', 'four', 'five'] as const

/** Makes a repository at `path` whose plan `five` plays `steps` in each of five sessions. */
export async function makeFiveSessions(
  path: string,
  steps: (piece: string) => readonly ScriptStep[],
): Promise<void> {
  const files: Record<string, string> = {
    'README.md': 'Five folders, one per session.\n',
    '.quintet/plans/five.toml': planText(),
  }
  for (const piece of PIECES) {
    files[`${piece}/main.js`] = `export const name = '${piece}'\n`
    const script: Script = { schema: 1, name: piece, window: 200_000, steps: [...steps(piece)] }
    files[scriptPath(piece)] = JSON.stringify(script, null, 2)
  }
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true })
    await writeFile(join(path, name), content)
  }
  await git(path, 'init', '--quiet', '--initial-branch=main')
  await git(path, 'add', '--all')
  await git(path, 'commit', '--quiet', '--message', 'Five folders')
}

const scriptPath = (piece: string): string => `.quintet/scripts/${piece}.json`

function planText(): string {
  return stringify({
    goal: 'One change in each of five folders.',
    base: 'main',
    target: 'main',
    integration: { checks: [{ name: 'version', run: ['git', 'version'] }] },
    pieces: PIECES.map((piece) => ({
      id: piece,
      title: `Change folder ${piece}`,
      brief: `Change the folder ${piece} and commit.`,
      scope: { include: [`/${piece}/`] },
      agent: 'scripted',
      script: scriptPath(piece),
    })),
  })
}

/** A session that reads, writes and commits, and then is finished. */
export const finishing = (piece: string): readonly ScriptStep[] => [
  { usage: 12_000 },
  { say: 'I read the folder first.' },
  { read: `${piece}/main.js` },
  { write: { path: `${piece}/more.js`, content: `export const more = '${piece}'\n` } },
  { usage: 18_000 },
  { commit: `Add more to ${piece}` },
  { write: { path: `${piece}/main.js`, content: `export const name = '${piece}, changed'\n` } },
  { usage: 23_000 },
  { commit: `Change the name of ${piece}` },
  { say: 'Both changes are committed.' },
]

/** A session that asks something and waits. */
export const asking = (piece: string): readonly ScriptStep[] => [
  { usage: 12_000 },
  { read: `${piece}/main.js` },
  { ask: { name: 'more', question: 'Shall the folder get more?', options: ['yes', 'no'] } },
]
