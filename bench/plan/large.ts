// A generated repository with a history, larger than most and with what repositories have that makes trouble: a name that
// is no UTF-8, a link, a submodule, a pointer to a large file kept elsewhere, and a file of 50 MB.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { seeded, type Random } from '../../test/scope/random.ts'
import { git } from '../scratch.ts'
import { generatedFiles } from '../workspace/tree.ts'

const COMMITS = 2_500
const SEED = 7
const LARGE_BYTES = 50 * 1024 * 1024
const START = 1_700_000_000

/** Makes a bare repository of about `files` files at `path`; its last commit changed ten of them. */
export async function largeRepository(path: string, files: number): Promise<string> {
  await mkdir(path)
  await git(path, 'init', '--quiet', '--bare', '--initial-branch=main')
  const child = spawn('git', ['fast-import', '--quiet', '--done'], {
    cwd: path,
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  const write = async (data: string | Buffer): Promise<void> => {
    if (!child.stdin.write(data)) await once(child.stdin, 'drain')
  }
  const random = seeded(SEED)
  const paths: string[] = []
  await write(commitLine(0))
  for (const { path: file, content } of generatedFiles(files)) {
    const imports = importsFor(file, paths, random)
    await write(`M 100644 inline ${file}\n${data(imports + content)}`)
    paths.push(file)
  }
  for (const odd of oddEntries()) await write(odd)
  for (let commit = 1; commit < COMMITS; commit += 1) await write(changeOf(commit, paths, random))
  await write(commitLine(COMMITS))
  for (const file of sample(paths, 10, random))
    await write(`M 100644 inline ${file}\n${data('import "./new.ts"\n')}`)
  await write('done\n')
  child.stdin.end()
  const [exitCode] = await once(child, 'exit')
  if (exitCode !== 0) throw new Error(`git fast-import ended with ${String(exitCode)}.`)
  return path
}

function commitLine(number: number): string {
  return `commit refs/heads/main\ncommitter Bench <bench@example.invalid> ${START + number * 60} +0000\ndata 1\nx\n`
}

function data(content: string): string {
  return `data ${Buffer.byteLength(content)}\n${content}\n`
}

/** A few files of the neighbourhood. */
function importsFor(file: string, paths: readonly string[], random: Random): string {
  if (!file.endsWith('.ts')) return ''
  const from = file.split('/').slice(0, -1)
  const near = paths.slice(-80).filter((path) => path.endsWith('.ts'))
  return sample(near, 5, random)
    .map((path) => `import '${'../'.repeat(from.length)}${path}'\n`)
    .join('')
}

function* oddEntries(): Generator<string | Buffer> {
  yield Buffer.concat([
    Buffer.from('M 100644 inline "odd/caf\\351.ts"\n'),
    Buffer.from(data('import "./x"\n')),
  ])
  yield `M 120000 inline odd/link.ts\n${data('../packages')}`
  yield `M 160000 ${'1'.repeat(40)} odd/submodule\n`
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 123456789\n`
  yield `M 100644 inline odd/movie.ts\n${data(pointer)}`
  yield `M 100644 inline odd/large.js\n${data('x'.repeat(LARGE_BYTES))}`
}

function changeOf(commit: number, paths: readonly string[], random: Random): string {
  const start = random.below(Math.max(1, paths.length - 40))
  const files = sample(paths.slice(start, start + 40), 1 + random.below(8), random)
  return (
    commitLine(commit) +
    files.map((file) => `M 100644 inline ${file}\n${data(`export const at = ${commit}\n`)}`).join('')
  )
}

function sample(paths: readonly string[], count: number, random: Random): readonly string[] {
  if (paths.length === 0) return []
  return [...new Set(Array.from({ length: count }, () => random.pick(paths)))]
}
