// The ids of scratch workspaces: made for a look and thrown away, whatever they hold. No piece can have such an id, since
// pieces begin with a letter, so nothing that belongs to a session can ever be meant by one. Pure.

const SCRATCH = /^_fresh-[0-9a-f]{8}$/

/** The id that stands where a piece's id would stand. `unique`: eight hexadecimal digits, other ones for every look. */
export const scratchId = (unique: string): string => `_fresh-${unique}`

/** Whether an id is that of a scratch workspace. */
export const isScratch = (id: string): boolean => SCRATCH.test(id)
