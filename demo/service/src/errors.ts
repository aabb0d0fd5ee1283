/** What went wrong, in terms of the caller. The API turns each kind into a status code. */
export type ErrorKind = 'invalid' | 'unauthenticated' | 'forbidden' | 'missing' | 'conflict'

/** A failure that the caller caused and can be told about. Everything else is a fault of ours. */
export class ServiceError extends Error {
  readonly kind: ErrorKind

  constructor(kind: ErrorKind, message: string) {
    super(message)
    this.name = 'ServiceError'
    this.kind = kind
  }
}
