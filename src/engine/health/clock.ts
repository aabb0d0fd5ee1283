// The local clock, for what begins with a day.

/** Local minutes since a midnight, of a time in milliseconds since 1970. */
export function localMinutes(time: number): number {
  return Math.floor(time / 60_000) - new Date(time).getTimezoneOffset()
}
