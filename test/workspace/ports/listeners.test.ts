import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Lease } from '../../../src/workspace/ports/lease.ts'
import { misplacedListeners } from '../../../src/workspace/ports/listeners.ts'
import { temporaryFolder } from '../../support/repository.ts'

const SERVE = `
  const server = require('net').createServer()
  server.listen(0, process.argv[1], () => console.log(server.address().port))`

/** A server that plays an agent's; its process and its port. */
async function serve(cwd: string, host: string) {
  const child = spawn(process.execPath, ['-e', SERVE, host], { cwd })
  const [data] = await once(child.stdout, 'data')
  return { child, port: Number(String(data)) }
}

test.each(['127.0.0.1', '::1'])(
  'a server on %s in the worktree of another session is named',
  async (host) => {
    await using folder = await temporaryFolder()
    const [mine, other] = [join(folder.path, 'mine'), join(folder.path, 'other')]
    for (const path of [mine, other]) await mkdir(join(path, 'src'), { recursive: true })
    const { child, port } = await serve(join(other, 'src'), host).catch(() => ({ child: null, port: 0 }))
    // Where IPv6 is off there is no such address.
    if (child === null || port === 0) return
    const lease = (session: string, worktree: string, first: number): Lease => ({
      owner: session,
      commonDir: folder.path,
      worktree,
      session,
      block: 0,
      ports: { first, count: 1 },
    })
    const elsewhere = lease('r-1/other', other, 1)
    try {
      expect(await misplacedListeners([lease('r-1/mine', mine, port), elsewhere])).toEqual([
        { port, pid: child.pid, folder: join(other, 'src'), session: 'r-1/mine', by: 'r-1/other' },
      ])
      expect(await misplacedListeners([lease('r-1/mine', mine, port)])).toMatchObject([{ by: null }])
      expect(await misplacedListeners([lease('r-1/other', other, port)])).toEqual([])
    } finally {
      child.kill('SIGKILL')
    }
  },
)
