// Where the virtual environments of a worktree find its modules, and whose they are: one that was copied starts its programs
// in the place it was copied from.
import { open, readdir, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { ignoring } from '../../contract/errors.ts'
import { isBelow } from './marks.ts'
import type { Module } from './packages.ts'
import { ask, type Looked, type Looking } from './place.ts'
import type { Sighting } from './verdict.ts'

const ABSENT = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES']
const SHEBANG_BYTES = 512
const Answers = v.record(v.string(), v.array(v.string()))
/** The programs that a shell in the worktree would take. */
const PROGRAMS = ['python3', 'python'] as const
/** Modules are found, not run, and not in the folder that the question is asked in: programs of packages do not look there. */
const SCRIPT = `
import importlib.util, json, os, sys
if sys.path[:1] == ['']: del sys.path[0]
def find(name):
    try: spec = importlib.util.find_spec(name)
    except Exception: return []
    if spec is None: return []
    places = list(spec.submodule_search_locations or [])
    if not places and spec.has_location: places = [os.path.dirname(spec.origin)]
    return [os.path.realpath(place) for place in places]
print(json.dumps({name: find(name) for name in json.load(sys.stdin)}))`

export type Projects = ReadonlyMap<string, readonly Module[]>

/** Whether all projects of the worktree have virtual environments in it: another one may change at any time. */
export async function hasOwnPython(cwd: string, projects: Projects): Promise<boolean> {
  for (const project of projects.keys()) {
    const found = await ignoring(ABSENT, realpath(join(await environmentOf(cwd, project), 'pyvenv.cfg')))
    if (found === undefined || !isBelow(found, cwd)) return false
  }
  return true
}

/** The virtual environment of a project, or else that of the top. */
async function environmentOf(cwd: string, project: string): Promise<string> {
  const own = join(cwd, project, '.venv')
  return (await ignoring(ABSENT, stat(join(own, 'bin/python')))) === undefined ? join(cwd, '.venv') : own
}

/** What is seen from every virtual environment, and from the shell's own Python where a project has none. */
export async function pythonSightings(looking: Looking, projects: Projects): Promise<Looked> {
  const { cwd } = looking
  if (projects.size === 0) return { sightings: [], open: [] }
  const results: Looked[] = []
  const modules = [...projects.values()].flat()
  for (const project of new Set(['', ...projects.keys()])) {
    const program = join(cwd, project, '.venv/bin/python')
    if ((await ignoring(ABSENT, stat(program))) === undefined) continue
    results.push({ sightings: await startScripts(cwd, project), open: [] })
    results.push(await asked(looking, { program, from: project, modules }))
  }
  if (!(await hasOwnPython(cwd, projects)))
    results.push(
      ...(await Promise.all(PROGRAMS.map((program) => asked(looking, { program, from: '', modules })))),
    )
  return {
    sightings: results.flatMap(({ sightings }) => sightings),
    open: [...new Set(results.flatMap(({ open }) => open))],
  }
}

interface Interpreter {
  readonly program: string
  readonly from: string
  readonly modules: readonly Module[]
}

async function asked(looking: Looking, { program, from, modules }: Interpreter): Promise<Looked> {
  const { cwd, marks, worktrees } = looking
  const input = JSON.stringify(modules.map(({ name }) => name))
  const reply = await ask(looking, { program, args: ['-c', SCRIPT], cwd, input })
  if (reply.kind === 'absent') return { sightings: [], open: [] }
  const text = reply.kind === 'said' ? reply.text : null
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Answers), text)
  if (!parsed.success) return { sightings: [], open: [`${program} does not tell where it finds modules.`] }
  const sightings: Sighting[] = []
  const open = new Set<string>()
  for (const { name, folder } of modules) {
    for (const found of parsed.output[name] ?? []) {
      const own = [join(cwd, folder)].filter(marks.has)
      if (worktrees.some((path) => isBelow(found, path)))
        sightings.push({ what: name, from, found, own, marked: await marks.seenIn(found), by: program })
      // A module of the language itself may have the name of a folder by chance.
      else if (/\/(?:site|dist)-packages\//.test(`${found}/`))
        open.add(`${program} finds ${name} in ${found}, which is no worktree's.`)
    }
  }
  return { sightings, open: [...open] }
}

/** The virtual environments that the first lines of its programs name. */
async function startScripts(cwd: string, project: string): Promise<Sighting[]> {
  const bin = join(cwd, project, '.venv/bin')
  const sightings: Sighting[] = []
  for (const name of (await ignoring(ABSENT, readdir(bin))) ?? []) {
    const interpreter = await interpreterOf(join(bin, name))
    if (interpreter === null || isBelow(interpreter, cwd)) continue
    const venv = dirname(dirname(interpreter))
    if ((await ignoring(ABSENT, stat(join(venv, 'pyvenv.cfg')))) === undefined) continue
    const found = (await ignoring(ABSENT, realpath(venv))) ?? venv
    sightings.push({ what: `.venv/bin/${name}`, from: project, found, own: [], marked: false })
  }
  return sightings
}

async function interpreterOf(file: string): Promise<string | null> {
  const found = await ignoring(ABSENT, stat(file))
  if (found?.isFile() !== true) return null
  await using handle = await open(file, 'r')
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(SHEBANG_BYTES), 0, SHEBANG_BYTES, 0)
  return /^#!(\/\S+)/.exec(buffer.toString('utf8', 0, bytesRead))?.[1] ?? null
}
