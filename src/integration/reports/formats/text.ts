// Text of messages without what a terminal makes of it. Pure.

// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001B\[[0-?]*[ -/]*[@-~]/g

/** Without colours and cursor movements. */
export function plain(text: string): string {
  return text.replaceAll(ESCAPES, '')
}
