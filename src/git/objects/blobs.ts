// Contents of objects by their hashes, several in one call.
import { runGit } from '../run.ts'
import { decode, encode } from '../text.ts'

const NEWLINE = 10

/** Text of those blobs that exist and have at most `limit` bytes each, by hash. */
export async function blobTexts(
  cwd: string,
  blobs: readonly string[],
  limit: number,
): Promise<ReadonlyMap<string, string>> {
  if (blobs.length === 0) return new Map()
  const small = await smallBlobs(cwd, [...new Set(blobs)], limit)
  if (small.length === 0) return new Map()
  const { stdout } = await runGit(['cat-file', '--batch'], {
    cwd,
    op: 'read blobs',
    input: small.map((blob) => `${blob}\n`).join(''),
    maxBytes: small.length * (limit + 200),
  })
  return parseBatch(encode(stdout))
}

async function smallBlobs(cwd: string, blobs: readonly string[], limit: number): Promise<readonly string[]> {
  const { stdout } = await runGit(['cat-file', '--batch-check=%(objectname) %(objecttype) %(objectsize)'], {
    cwd,
    op: 'look at blobs',
    input: blobs.map((blob) => `${blob}\n`).join(''),
  })
  return stdout.split('\n').flatMap((line) => {
    const [name = '', type, size] = line.split(' ')
    return type === 'blob' && Number(size) <= limit ? [name] : []
  })
}

/** Parses `git cat-file --batch`: a line `<hash> blob <size>`, the content, a line end; sizes are bytes. */
function parseBatch(output: Buffer): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  let at = 0
  while (at < output.length) {
    const end = output.indexOf(NEWLINE, at)
    if (end === -1) break
    const [name = '', , size = '0'] = decode(output.subarray(at, end)).split(' ')
    const start = end + 1
    found.set(name, decode(output.subarray(start, start + Number(size))))
    at = start + Number(size) + 1
  }
  return found
}
