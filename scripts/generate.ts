// `npm run generate`: JSON Schemas under schemas/, the reference under docs/reference/ and the tables of what a box stops
// and of what agents can do, from the schemas and tables of the source. With `--check` nothing is written, and the exit code is 1 when a file is not what would be written.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withResults } from './reference/agents.ts'
import { withAttempts } from './reference/attempts.ts'
import { errorsPage } from './reference/errors.ts'
import { presetsPage } from './reference/presets.ts'
import { schemaFile, schemaPage, SCHEMAS } from './reference/schemas.ts'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const FOLDERS = ['schemas', 'docs/reference']
/** Written by hand but for their tables. */
const ENFORCEMENT = 'docs/enforcement.md'
const AGENTS = 'docs/agents.md'
const RESULTS = 'docs/agents.results.json'

/** Content of every generated file by path, relative to the root of the package. */
function generated(): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  for (const described of SCHEMAS) {
    files.set(`schemas/${described.name}.schema.json`, schemaFile(described))
    files.set(`docs/reference/${described.name}.md`, schemaPage(described))
  }
  files.set('docs/reference/agents.md', presetsPage())
  files.set('docs/reference/errors.md', errorsPage(join(ROOT, 'src')))
  files.set(ENFORCEMENT, withAttempts(readFileSync(join(ROOT, ENFORCEMENT), 'utf8')))
  const results = { file: RESULTS, text: readFileSync(join(ROOT, RESULTS), 'utf8') }
  files.set(AGENTS, withResults(readFileSync(join(ROOT, AGENTS), 'utf8'), results))
  return files
}

/** Files that stand in the folders of generated files. */
function present(): readonly string[] {
  return FOLDERS.flatMap((folder) => {
    mkdirSync(join(ROOT, folder), { recursive: true })
    return readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`)
  })
}

function stale(files: ReadonlyMap<string, string>): readonly string[] {
  const there = present()
  const changed = [...files].filter(
    ([path, content]) => !existsSync(join(ROOT, path)) || readFileSync(join(ROOT, path), 'utf8') !== content,
  )
  return [
    ...changed.map(([path]) => `${path} is out of date`),
    ...there.filter((path) => !files.has(path)).map((path) => `${path} is not generated any more`),
  ]
}

const files = generated()
const problems = stale(files)
if (process.argv.includes('--check')) {
  for (const problem of problems) console.log(problem)
  process.exitCode = problems.length === 0 ? 0 : 1
} else {
  for (const path of present()) if (!files.has(path)) rmSync(join(ROOT, path))
  for (const [path, content] of files) writeFileSync(join(ROOT, path), content)
  console.log(`${files.size} files, ${problems.length} of them changed.`)
}
