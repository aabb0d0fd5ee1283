// Where Node finds the packages of the repository: in the nearest node_modules above each package that uses them, or where
// Plug'n'Play says.
import { realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { ignoring } from '../../contract/errors.ts'
import type { Marks } from './marks.ts'
import type { Use } from './packages.ts'
import { ask, type Looked, type Place } from './place.ts'
import type { Sighting } from './verdict.ts'

const ABSENT = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES']
const BATCH = 128

/** Everything that the uses lead to; what is not installed is not there. */
export async function nodeSightings(place: Place, uses: readonly Use[], marks: Marks): Promise<Looked> {
  const { cwd } = place
  if (uses.length === 0) return { sightings: [], open: [] }
  const pnp = (await ignoring(ABSENT, stat(join(cwd, '.pnp.cjs'))))?.isFile() === true
  const answers = pnp ? await plugAndPlay(place, uses) : await inModules(cwd, uses)
  if (answers === null) return { sightings: [], open: ['The map .pnp.cjs gave no answer.'] }
  const sightings: Sighting[] = []
  for (const [index, found] of answers.entries()) {
    const use = uses[index]
    if (use === undefined || found === null) continue
    const own = await Promise.all(use.folders.map((folder) => resolved(join(cwd, folder))))
    sightings.push({
      what: use.name,
      from: use.from,
      found,
      own: own.flatMap((folder) => (folder !== null && marks.has(folder) ? [folder] : [])),
      marked: await marks.seenIn(found),
    })
  }
  return { sightings, open: [] }
}

async function inModules(cwd: string, uses: readonly Use[]): Promise<(string | null)[]> {
  const result: (string | null)[] = []
  for (let start = 0; start < uses.length; start += BATCH) {
    const batch = uses.slice(start, start + BATCH)
    result.push(...(await Promise.all(batch.map(({ name, from }) => nearest(join(cwd, from), name)))))
  }
  return result
}

/** Node goes up to the root of the file system, beyond the worktree too. */
async function nearest(from: string, name: string): Promise<string | null> {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = await resolved(join(folder, 'node_modules', name))
    if (found !== null) return found
    if (dirname(folder) === folder) return null
  }
}

const resolved = async (path: string): Promise<string | null> =>
  (await ignoring(ABSENT, realpath(path))) ?? null

const Answers = v.array(v.nullable(v.string()))
const SCRIPT = `
const fs = require('fs'), path = require('path'), pnp = require('pnpapi')
const uses = JSON.parse(fs.readFileSync(0, 'utf8'))
const find = ({ name, from }) => {
  try { return fs.realpathSync(pnp.resolveToUnqualified(name, path.join(process.cwd(), from) + path.sep)) } catch { return null }
}
console.log(JSON.stringify(uses.map(find)))`

async function plugAndPlay(place: Place, uses: readonly Use[]): Promise<(string | null)[] | null> {
  const input = JSON.stringify(uses.map(({ name, from }) => ({ name, from })))
  const args = ['--require', join(place.cwd, '.pnp.cjs'), '-e', SCRIPT]
  const reply = await ask(place, { program: 'node', args, cwd: place.cwd, input })
  const text = reply.kind === 'said' ? reply.text : null
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Answers), text)
  return parsed.success ? parsed.output : null
}
