const levels = ['debug', 'info', 'error'] as const

export type LogLevel = (typeof levels)[number]
export type Log = (level: LogLevel, message: string, fields?: Record<string, unknown>) => void

export function isLogLevel(value: string): value is LogLevel {
  return levels.some((level) => level === value)
}

/** Writes one JSON object per line, and nothing below the level asked for. */
export function createLog(minimum: LogLevel, write: (line: string) => void): Log {
  const threshold = levels.indexOf(minimum)
  return (level, message, fields = {}) => {
    if (levels.indexOf(level) >= threshold) {
      write(`${JSON.stringify({ level, message, ...fields })}\n`)
    }
  }
}

export const silent: Log = () => undefined
