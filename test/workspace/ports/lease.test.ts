import { mkdir, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../../../src/process/run.ts'
import { leasePorts, leasesOf, releasePorts } from '../../../src/workspace/ports/lease.ts'
import { busyPort } from '../../../src/workspace/ports/probe.ts'
import { temporaryFolder } from '../../support/repository.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
const before = process.env['XDG_STATE_HOME']

beforeEach(async () => {
  folder = await temporaryFolder()
  process.env['XDG_STATE_HOME'] = join(folder.path, 'state')
})
afterEach(async () => {
  if (before === undefined) delete process.env['XDG_STATE_HOME']
  else process.env['XDG_STATE_HOME'] = before
  await folder[Symbol.asyncDispose]()
})

async function request(repo: string, run: string, piece: string) {
  const worktree = join(folder.path, `${repo}.quintet`, run, piece)
  const commonDir = join(folder.path, repo, '.git')
  await mkdir(worktree, { recursive: true })
  await mkdir(commonDir, { recursive: true })
  return { commonDir, run, piece, worktree }
}

/** Null where the machine has no such address (IPv6 off). */
async function listen(port: number, host: string): Promise<Server | null> {
  const server = createServer()
  return await new Promise((resolve) => {
    server.once('error', () => resolve(null))
    server.listen({ port, host }, () => resolve(server))
  })
}
const close = (server: Server | null) => new Promise((resolve) => server?.close(resolve))

describe('leasePorts', () => {
  it('keeps the block of a session and of a piece in later runs', async () => {
    const first = await leasePorts(await request('shop', 'r-1', 'auth'))
    expect(await leasePorts(await request('shop', 'r-1', 'auth'))).toEqual(first)
    await releasePorts(await request('shop', 'r-1', 'auth'))
    expect(await leasePorts(await request('shop', 'r-2', 'auth'))).toEqual(first)
  })

  it('names the folder that is in the way, and what to do', async () => {
    await writeFile(join(folder.path, 'state'), '')
    const refused = {
      code: 'E_USER_STATE',
      kind: 'environment',
      message: expect.stringContaining(join(folder.path, 'state', 'quintet')),
      hints: [{ command: expect.any(String) }, { text: expect.stringContaining('XDG_STATE_HOME') }],
    }
    const wanted = await request('shop', 'r-1', 'auth')
    await expect(leasePorts(wanted)).rejects.toMatchObject(refused)
    await expect(leasesOf(wanted.commonDir)).rejects.toMatchObject(refused)
  })

  it('keeps a session its block when an earlier one of its order becomes free', async () => {
    const first = await leasePorts(await request('shop', 'r-1', 'auth'))
    const second = await leasePorts(await request('shop', 'r-2', 'auth'))
    expect(second).not.toEqual(first)
    await releasePorts(await request('shop', 'r-1', 'auth'))
    expect(await leasePorts(await request('shop', 'r-2', 'auth'))).toEqual(second)
    await releasePorts(await request('shop', 'r-2', 'auth'))
    expect(await leasesOf(join(folder.path, 'shop', '.git'))).toEqual([])
  })

  it('gives sixty sessions of three repositories, leased by twelve processes at once, a block each', async () => {
    const requests = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        request(`repo${n % 3}`, `r-${n % 2}`, `piece-${Math.floor(n / 6)}`),
      ),
    )
    const fixture = join(import.meta.dirname, '../../fixtures/workspace/lease.ts')
    const lease = async (offset: number): Promise<number[]> => {
      const mine = requests.slice(offset * 5, offset * 5 + 5)
      const { exitCode, stdout, stderr } = await run(process.execPath, [fixture, JSON.stringify(mine)], {
        cwd: folder.path,
      })
      expect([exitCode, stderr.toString()]).toEqual([0, ''])
      return JSON.parse(stdout.toString())
    }
    const round = async () => (await Promise.all(Array.from({ length: 12 }, (_, n) => lease(n)))).flat()
    const first = await round()
    expect(new Set(first).size).toBe(60)
    expect(await round()).toEqual(first)
  })

  it('moves on from a block of which another program has a port, on any address', async () => {
    const had = await leasePorts(await request('shop', 'r-1', 'auth'))
    await releasePorts(await request('shop', 'r-1', 'auth'))
    for (const host of ['127.0.0.1', '0.0.0.0', '::1', '::']) {
      const server = await listen(had.first + 3, host)
      if (server === null && host.includes(':')) continue
      expect(await busyPort(had)).toBe(had.first + 3)
      const other = await leasePorts(await request('shop', 'r-1', 'auth'))
      expect(other.first).not.toBe(had.first)
      await close(server)
      await releasePorts(await request('shop', 'r-1', 'auth'))
    }
    expect(await leasePorts(await request('shop', 'r-1', 'auth'))).toEqual(had)
  })

  it('gives up a lease whose port was taken meanwhile, unless its own processes are running', async () => {
    const had = await leasePorts(await request('shop', 'r-1', 'auth'))
    const server = await listen(had.first, '127.0.0.1')
    expect(await leasePorts({ ...(await request('shop', 'r-1', 'auth')), running: true })).toEqual(had)
    const next = await leasePorts(await request('shop', 'r-1', 'auth'))
    expect(next).not.toEqual(had)
    expect((await leasesOf(join(folder.path, 'shop', '.git'))).map(({ ports }) => ports)).toEqual([next])
    await close(server)
  })

  it('takes over the block of a session whose worktree is gone', async () => {
    const had = await leasePorts(await request('shop', 'r-1', 'auth'))
    await rm(join(folder.path, 'shop.quintet', 'r-1'), { recursive: true })
    expect(await leasePorts(await request('shop', 'r-2', 'auth'))).toEqual(had)
    expect((await leasesOf(join(folder.path, 'shop', '.git'))).map(({ session }) => session)).toEqual([
      'r-2/auth',
    ])
  })

  it('keeps the block of a session whose worktree is away, as long as git knows it', async () => {
    const asked = await request('shop', 'r-1', 'auth')
    const had = await leasePorts(asked)
    const entry = join(asked.commonDir, 'worktrees/auth')
    await mkdir(entry, { recursive: true })
    await writeFile(join(entry, 'gitdir'), `${asked.worktree}/.git\n`)
    await rm(asked.worktree, { recursive: true })
    expect(await leasePorts(await request('shop', 'r-2', 'auth'))).not.toEqual(had)
    // Moved by git, which goes on knowing whose it is.
    await writeFile(join(entry, 'gitdir'), `${folder.path}/elsewhere/.git\n`)
    await writeFile(join(entry, 'locked'), 'quintet:r-1/auth pid 1 start 2\n')
    expect(await leasePorts(await request('shop', 'r-3', 'auth'))).not.toEqual(had)
    await rm(entry, { recursive: true })
    expect(await leasePorts(await request('shop', 'r-4', 'auth'))).toEqual(had)
  })

  it('keeps the block of a session whose repository is away', async () => {
    const asked = await request('shop', 'r-1', 'auth')
    const had = await leasePorts(asked)
    await rename(asked.commonDir, join(folder.path, 'away'))
    await rm(asked.worktree, { recursive: true })
    const lease = await request('other', 'r-1', 'auth')
    await leasePorts(lease)
    await rename(join(folder.path, 'away'), asked.commonDir)
    await mkdir(asked.worktree)
    expect(await leasePorts({ ...asked, running: true })).toEqual(had)
  })

  it('takes blocks of repositories that are gone when nothing else is left', async () => {
    const leases = join(folder.path, 'state/quintet/ports')
    await mkdir(leases, { recursive: true })
    const lost = { commonDir: join(folder.path, 'lost/.git'), worktree: join(folder.path, 'lost') }
    for (let block = 0; block < 1000; block++) {
      const text = block === 500 ? { owner: 'x', session: 'r-1/x', ...lost } : 'mine'
      await writeFile(join(leases, String(block)), JSON.stringify(text))
    }
    const { first } = await leasePorts(await request('shop', 'r-1', 'auth'))
    expect(first).toBe(20_000 + 500 * 10)
    await expect(leasePorts(await request('shop', 'r-1', 'other'))).rejects.toMatchObject({
      code: 'E_NO_PORTS',
    })
  })

  it('counts a block as taken whose lease cannot be read', async () => {
    const had = await leasePorts(await request('shop', 'r-1', 'auth'))
    await releasePorts(await request('shop', 'r-1', 'auth'))
    const leases = join(folder.path, 'state/quintet/ports')
    await mkdir(join(leases, String((had.first - 20_000) / 10)))
    await mkdir(join(leases, '.draft-folder'))
    await utimes(join(leases, '.draft-folder'), 0, 0)
    const other = await leasePorts(await request('shop', 'r-1', 'auth'))
    expect(other).not.toEqual(had)
    expect(await leasePorts(await request('shop', 'r-1', 'auth'))).toEqual(other)
    await releasePorts(await request('shop', 'r-1', 'auth'))
  })

  it('leaves a file alone that is not a lease', async () => {
    const had = await leasePorts(await request('shop', 'r-1', 'auth'))
    await releasePorts(await request('shop', 'r-1', 'auth'))
    const file = join(folder.path, 'state/quintet/ports', String((had.first - 20_000) / 10))
    await writeFile(file, 'mine')
    expect(await leasePorts(await request('shop', 'r-1', 'auth'))).not.toEqual(had)
    expect(
      (await readdir(join(folder.path, 'state/quintet/ports'))).filter((name) => name.startsWith('.draft')),
    ).toEqual([])
  })

  it('stops when it is told to', async () => {
    await expect(
      leasePorts(await request('shop', 'r-1', 'auth'), AbortSignal.abort(new Error('stop'))),
    ).rejects.toThrow('stop')
  })
})
