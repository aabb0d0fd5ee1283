// Branches with commits, made without a checkout.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TemporaryRepository } from './repository.ts'

/** Content per path; null deletes. */
export type Files = Readonly<Record<string, string | null>>

/** Adds one commit per entry of `commits` to `branch`, which is made at `from` (default `main`) when it does not exist;
 *  the tip. */
export async function commitOn(
  repository: TemporaryRepository,
  branch: string,
  commits: readonly Files[],
  from = 'main',
): Promise<string> {
  const exists = (await repository.git('branch', '--list', branch)) !== ''
  const start = await repository.git('rev-parse', `${exists ? branch : from}^{commit}`)
  const stream = commits.map((files, index) => commitRecord(branch, index, { start, files }))
  await fastImport(
    repository.path,
    `${commits.length === 0 ? `reset refs/heads/${branch}\nfrom ${start}\n\n` : ''}${stream.join('')}`,
  )
  return repository.git('rev-parse', branch)
}

function commitRecord(
  branch: string,
  index: number,
  { start, files }: { readonly start: string; readonly files: Files },
): string {
  return [
    `commit refs/heads/${branch}\n`,
    `committer Test <test@example.invalid> ${Math.floor(Date.now() / 1_000)} +0000\n`,
    data(`${branch} ${index + 1}\n`),
    index === 0 ? `from ${start}\n` : '',
    ...Object.entries(files).map(([path, content]) =>
      content === null ? `D ${path}\n` : `M 100644 inline ${path}\n${data(content)}`,
    ),
    '\n',
  ].join('')
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`
}

async function fastImport(cwd: string, stream: string): Promise<void> {
  const child = spawn('git', ['fast-import', '--quiet'], { cwd, stdio: ['pipe', 'ignore', 'inherit'] })
  child.stdin.end(stream)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`git fast-import ended with ${String(code)}`)
}
