// A package registry of our own on the loopback address: generated packages, so that an install is the same everywhere and
// needs no network. It answers what npm and pnpm ask of a registry, and nothing else.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { generatedFiles } from './tree.ts'

const exec = promisify(execFile)
const VERSION = '1.0.0'

export interface Registry extends AsyncDisposable {
  readonly url: string
  /** Names of all packages. */
  readonly packages: readonly string[]
  /** Files in all packages together. */
  readonly files: number
}

interface Tarball {
  readonly bytes: Buffer
  readonly integrity: string
  readonly shasum: string
}

/** Makes `count` packages of `filesEach` files below `folder` and serves them until disposed of. */
export async function startRegistry(
  folder: string,
  { count, filesEach }: { readonly count: number; readonly filesEach: number },
): Promise<Registry> {
  const tarballs = await makeTarballs(folder, count, filesEach)
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '/').slice(1)).split('?')[0] ?? ''
    const name = path.split('/')[0] ?? ''
    const tarball = tarballs.get(name)
    if (tarball === undefined) return response.writeHead(404).end('{}')
    if (path.endsWith('.tgz')) return response.end(tarball.bytes)
    response.setHeader('content-type', 'application/json')
    return response.end(packument(name, tarball, `http://${request.headers.host ?? ''}`))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${portOf(server.address())}/`,
    packages: [...tarballs.keys()],
    files: count * filesEach,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('The registry has no port.')
  return address.port
}

async function makeTarballs(folder: string, count: number, filesEach: number): Promise<Map<string, Tarball>> {
  const root = join(folder, 'package')
  const files = [...generatedFiles(filesEach - 1)]
  for (const folderOf of new Set(files.map(({ path }) => dirname(join(root, path)))))
    await mkdir(folderOf, { recursive: true })
  for (const { path, content } of files) await writeFile(join(root, path), content)
  const tarballs = new Map<string, Tarball>()
  for (let n = 1; n <= count; n += 1) {
    const name = `bench-package-${n}`
    await writeFile(join(root, 'package.json'), `${JSON.stringify({ name, version: VERSION })}\n`)
    const file = join(folder, `${name}.tgz`)
    await exec('tar', ['-czf', file, '-C', folder, 'package'])
    const bytes = await readFile(file)
    tarballs.set(name, {
      bytes,
      integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
      shasum: createHash('sha1').update(bytes).digest('hex'),
    })
    await rm(file)
  }
  return tarballs
}

function packument(name: string, { integrity, shasum }: Tarball, origin: string): string {
  const tarball = `${origin}/${name}/-/${name}-${VERSION}.tgz`
  const version = { name, version: VERSION, dist: { tarball, integrity, shasum } }
  return JSON.stringify({
    name,
    'dist-tags': { latest: VERSION },
    versions: { [VERSION]: version },
    time: { [VERSION]: '2020-01-01T00:00:00.000Z' },
  })
}
