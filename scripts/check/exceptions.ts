/** Files (`path`) and functions (`path#name`) that may be longer than the rules allow. The list may only shrink. */
export const EXCEPTIONS: readonly string[] = []
