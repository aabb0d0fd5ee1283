// One bearer token a session: it opens the tools of that session and nothing else. Kept as hashes and only in memory:
// an agent never outlives the daemon that gave it its token by more than its own end.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { SessionName } from '../../engine/names.ts'
import type { ToolAccess } from '../../engine/services.ts'

const NOBODY = createHash('sha256').update(randomBytes(32)).digest()

export class SessionTokens implements ToolAccess {
  readonly #hashes = new Map<string, Buffer>()
  #port: number | null = null

  /** Notes where the daemon listens on 127.0.0.1; nothing can be opened before. */
  listening(port: number): void {
    this.#port = port
  }

  open(session: SessionName): { readonly url: string; readonly token: string } {
    if (this.#port === null) throw new Error('Tools are opened before the daemon listens.')
    const token = randomBytes(32).toString('base64url')
    this.#hashes.set(keyOf(session), hashOf(token))
    return { url: `http://127.0.0.1:${this.#port}/mcp/${session.run}/${session.piece}`, token }
  }

  close(session: SessionName, token: string): void {
    if (this.accepts(session, token)) this.#hashes.delete(keyOf(session))
  }

  /** Whether this is the session's own token; takes the same time for every wrong one. */
  accepts(session: SessionName, token: string): boolean {
    const wanted = this.#hashes.get(keyOf(session))
    return timingSafeEqual(hashOf(token), wanted ?? NOBODY) && wanted !== undefined
  }
}

function keyOf({ run, piece }: SessionName): string {
  return `${run}/${piece}`
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
