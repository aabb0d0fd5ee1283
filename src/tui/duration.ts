const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A span in milliseconds in at most two units: `8s`, `4m05s`, `3h20m`, `2d04h`. A negative span counts as none. */
export function duration(ms: number): string {
  const span = Math.max(0, ms)
  if (span < MINUTE) return `${Math.floor(span / SECOND)}s`
  if (span < HOUR) return `${Math.floor(span / MINUTE)}m${two(Math.floor((span % MINUTE) / SECOND))}s`
  if (span < DAY) return `${Math.floor(span / HOUR)}h${two(Math.floor((span % HOUR) / MINUTE))}m`
  return `${Math.floor(span / DAY)}d${two(Math.floor((span % DAY) / HOUR))}h`
}

/** Local time of day, `14:03:09`, of milliseconds since the epoch. */
export function clock(at: number): string {
  const date = new Date(at)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
