// Whether a port can be had, by binding it. A bind of `::` meets a listener on any address of either family; where
// IPv6 is off, `0.0.0.0` stands in. 127.0.0.1 is tried as well, because not every system refuses the wider bind.
import { createServer } from 'node:net'
import { errnoOf } from '../../contract/errors.ts'
import type { PortBlock } from '../../contract/session.ts'

const NO_SUCH_FAMILY: ReadonlySet<string> = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL'])
const TAKEN: ReadonlySet<string> = new Set(['EADDRINUSE', 'EACCES', 'EPERM'])

/** The first port of the block that another program has; null when all are free. */
export async function busyPort(block: PortBlock): Promise<number | null> {
  for (let port = block.first; port < block.first + block.count; port++) {
    if (!(await isFree(port))) return port
  }
  return null
}

/** All ports of the block that a program has. */
export async function busyPorts({ first, count }: PortBlock): Promise<number[]> {
  const busy: number[] = []
  for (let port = first; port < first + count; port++) if (!(await isFree(port))) busy.push(port)
  return busy
}

async function isFree(port: number): Promise<boolean> {
  const wide = await bind(port, '::')
  if (wide === 'taken') return false
  if (wide === 'no-family' && (await bind(port, '0.0.0.0')) === 'taken') return false
  if ((await bind(port, '127.0.0.1')) === 'taken') return false
  return process.platform === 'linux' || (await bind(port, '::1')) !== 'taken'
}

function bind(port: number, host: string): Promise<'free' | 'taken' | 'no-family'> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error) => {
      const code = errnoOf(error) ?? ''
      if (TAKEN.has(code)) resolve('taken')
      else if (NO_SUCH_FAMILY.has(code)) resolve('no-family')
      else reject(error)
    })
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve('free')))
  })
}
