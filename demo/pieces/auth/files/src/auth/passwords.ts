import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

type Cost = { readonly N: number; readonly r: number; readonly p: number }
type ScryptHash = { readonly cost: Cost; readonly salt: Buffer; readonly key: Buffer }

/** Whether a password fits a stored hash, and whether that hash should be replaced by a new one. */
export type PasswordCheck = 'wrong' | 'right' | 'right-but-outdated'

const currentCost: Cost = { N: 16_384, r: 8, p: 1 }
const keyLength = 32
const saltLength = 16

function deriveKey(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, keyLength, cost, (error, key) => {
      if (error === null) {
        resolve(key)
      } else {
        reject(error)
      }
    })
  })
}

function formatHash({ cost, salt, key }: ScryptHash): string {
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('hex'), key.toString('hex')].join('$')
}

function parseHash(stored: string): ScryptHash | undefined {
  const match = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([0-9a-f]+)\$([0-9a-f]{64})$/.exec(stored)
  if (match === null) {
    return undefined
  }
  const [, N, r, p, salt = '', key = ''] = match
  return {
    cost: { N: Number(N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'hex'),
    key: Buffer.from(key, 'hex'),
  }
}

function isCurrent({ N, r, p }: Cost): boolean {
  return N === currentCost.N && r === currentCost.r && p === currentCost.p
}

/** Up to 1.4.0 a password was stored as its bare SHA-1. */
function fitsSha1(password: string, stored: string): boolean {
  if (!/^[0-9a-f]{40}$/.test(stored)) {
    return false
  }
  const digest = createHash('sha1').update(password).digest()
  return timingSafeEqual(digest, Buffer.from(stored, 'hex'))
}

/** Answers `scrypt$N$r$p$salt$key`, which carries all that is needed to check it later. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltLength)
  const key = await deriveKey(password, salt, currentCost)
  return formatHash({ cost: currentCost, salt, key })
}

export async function checkPassword(password: string, stored: string): Promise<PasswordCheck> {
  const hash = parseHash(stored)
  if (hash === undefined) {
    return fitsSha1(password, stored) ? 'right-but-outdated' : 'wrong'
  }
  const key = await deriveKey(password, hash.salt, hash.cost)
  if (!timingSafeEqual(key, hash.key)) {
    return 'wrong'
  }
  return isCurrent(hash.cost) ? 'right' : 'right-but-outdated'
}
