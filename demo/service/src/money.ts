import { ServiceError } from './errors.ts'

const decimals = { EUR: 2, GBP: 2, JPY: 0, USD: 2 } as const

export type Currency = keyof typeof decimals

export function isCurrency(value: string): value is Currency {
  return Object.hasOwn(decimals, value)
}

/** Reads "-12.50" as -1250, the amount in the smallest unit of the currency. */
export function parseAmount(text: string, currency: Currency): number {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text.trim())
  if (match === null) {
    throw new ServiceError('invalid', `"${text}" is not an amount`)
  }
  const [, sign = '', whole = '0', fraction = ''] = match
  const places = decimals[currency]
  if (fraction.length > places) {
    throw new ServiceError('invalid', `${currency} has ${places} decimal places`)
  }
  const amount = Number(whole + fraction.padEnd(places, '0'))
  if (!Number.isSafeInteger(amount)) {
    throw new ServiceError('invalid', `"${text}" is too large`)
  }
  return sign === '-' && amount !== 0 ? -amount : amount
}

/** Writes -1250 as "-12.50". */
export function formatAmount(amount: number, currency: Currency): string {
  const places = decimals[currency]
  const sign = amount < 0 ? '-' : ''
  const digits = String(Math.abs(amount)).padStart(places + 1, '0')
  if (places === 0) {
    return sign + digits
  }
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`
}
