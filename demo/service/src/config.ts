import { isLogLevel } from './log.ts'
import type { LogLevel } from './log.ts'

export type Config = {
  readonly host: string
  readonly port: number
  readonly databasePath: string
  readonly logLevel: LogLevel
}

export class ConfigError extends Error {
  readonly variable: string

  constructor(variable: string, message: string) {
    super(`${variable} ${message}`)
    this.name = 'ConfigError'
    this.variable = variable
  }
}

function portFrom(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new ConfigError('PORT', `must be a number from 0 to 65535, not "${text}"`)
  }
  return port
}

function logLevelFrom(text: string): LogLevel {
  if (!isLogLevel(text)) {
    throw new ConfigError('LOG_LEVEL', `must be debug, info or error, not "${text}"`)
  }
  return text
}

/** Reads the environment. Port 0 lets the system choose a free one. */
export function configFrom(env: Readonly<Record<string, string | undefined>>): Config {
  return {
    host: env['HOST'] ?? '127.0.0.1',
    port: portFrom(env['PORT'] ?? '8080'),
    databasePath: env['DATABASE_PATH'] ?? 'accounts.sqlite',
    logLevel: logLevelFrom(env['LOG_LEVEL'] ?? 'info'),
  }
}
