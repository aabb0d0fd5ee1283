// The patches that some agents hand to their editing tool (`*** Begin Patch`): files with hunks, read for what they
// replace by what. Pure.

export interface FileEdit {
  readonly path: string
  /** Null: the file is new, or nothing is known of what was there. */
  readonly old: string | null
  /** Null: the file goes. */
  readonly new: string | null
}

const HEADER = /^\*\*\* (Add|Update|Delete) File: (.+)$/
const MAX_EDITS = 200

/** Whether a text holds such a patch. */
export function holdsPatch(text: string): boolean {
  return text.includes('*** Begin Patch')
}

/** The files of a patch, one entry a hunk; nothing when there is none to be found. */
export function patchEdits(patch: string): readonly FileEdit[] {
  const edits: FileEdit[] = []
  let file: { readonly path: string; readonly verb: string } | null = null
  let before: string[] = []
  let after: string[] = []
  const finish = (): void => {
    if (file !== null && edits.length < MAX_EDITS) {
      const { path, verb } = file
      if (verb === 'Delete') edits.push({ path, old: null, new: null })
      else if (verb === 'Add') edits.push({ path, old: null, new: after.join('\n') })
      else if (before.length + after.length > 0) {
        edits.push({ path, old: before.join('\n'), new: after.join('\n') })
      }
    }
    before = []
    after = []
  }
  for (const line of patch.split('\n')) {
    const header = HEADER.exec(line)
    if (header !== null || line.startsWith('*** End Patch')) {
      finish()
      file = header === null ? null : { verb: header[1] ?? '', path: (header[2] ?? '').trim() }
    } else if (file === null || line.startsWith('*** ')) continue
    else if (line.startsWith('@@')) finish()
    else if (line.startsWith('+')) after.push(line.slice(1))
    else if (line.startsWith('-')) before.push(line.slice(1))
    else if (file.verb === 'Update') {
      // Context belongs to both sides: an edit and its reverse must meet.
      before.push(line.slice(1))
      after.push(line.slice(1))
    }
  }
  finish()
  return edits
}
