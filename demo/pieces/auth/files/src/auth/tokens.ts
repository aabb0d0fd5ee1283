import { createHash, randomBytes } from 'node:crypto'

/** A token that cannot be guessed. Only its owner ever has it: what is stored is its hash. */
export function createToken(): string {
  return randomBytes(32).toString('base64url')
}

/** A plain hash is enough here: 32 random bytes need no salt and no slow derivation. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
