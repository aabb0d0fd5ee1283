// A generated code base: how many folders, how large the files, what is in them. The same number of files always gives
// the same tree. Pure.
import { seeded, type Random } from '../../test/scope/random.ts'

export interface GeneratedFile {
  readonly path: string
  readonly content: string
}

const AREAS = ['src', 'src/model', 'src/view', 'src/store', 'src/http', 'test', 'test/fixtures', 'docs']
const WORDS = [
  'account', 'batch', 'cursor', 'delta', 'entry', 'frame', 'graph', 'header', 'index', 'journal', 'kernel', 'ledger',
  'module', 'node', 'offset', 'parser', 'query', 'record', 'stream', 'token', 'update', 'vector', 'window', 'zone',
] // prettier-ignore
const FILES_PER_PACKAGE = 90
const ROOT_FILES = ['README.md', 'LICENSE', '.gitignore', '.editorconfig', 'tsconfig.json']
const SEED = 2017

/** Exactly `count` files: a few at the root, the others in packages with a handful of folders each. */
export function* generatedFiles(count: number): Generator<GeneratedFile> {
  const random = seeded(SEED)
  for (const path of ROOT_FILES.slice(0, count)) yield { path, content: fileContent(random) }
  for (let index = ROOT_FILES.length; index < count; index += 1) {
    yield { path: filePath(index, random), content: fileContent(random) }
  }
}

/** Most folders hold about ten files; the number keeps the names apart. */
function filePath(index: number, random: Random): string {
  const pack = Math.floor(index / FILES_PER_PACKAGE)
  const folder = `packages/${wordAt(pack)}-${wordAt(pack * 7 + 3)}-${pack}/${random.pick(AREAS)}`
  const name = `${random.pick(WORDS)}-${random.pick(WORDS)}-${index % FILES_PER_PACKAGE}`
  return `${folder}/${name}.${folder.endsWith('docs') ? 'md' : 'ts'}`
}

function wordAt(index: number): string {
  return WORDS[index % WORDS.length] ?? 'word'
}

/** Half of the files are below 2 KB, one in ten is about 10 KB, one in a hundred 60 KB: much like a real code base. */
function fileContent(random: Random): string {
  const dice = random.below(100)
  const lines =
    dice < 50 ? 10 + random.below(30) : dice < 89 ? 40 + random.below(100) : dice < 99 ? 250 : 1_500
  const text: string[] = []
  for (let line = 0; line < lines; line += 1) {
    text.push(
      `  const ${random.pick(WORDS)}${random.below(1_000)} = ${random.pick(WORDS)}(${random.below(1e6)})`,
    )
  }
  return `${text.join('\n')}\n`
}
