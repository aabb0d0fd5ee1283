// Changes of files that are made by commands: here-documents, sed, small scripts, patches, and the editors that some agents
// have as commands. Half of the agents there are edit in no other way. Pure.

export interface Replacement {
  /** Empty when only the place of it is known. */
  readonly old: string
  readonly new: string
  /** The first of the lines that are replaced. */
  readonly spot?: string
}

export interface FileChange {
  /** The file as it is named; null when only the output tells. */
  readonly path: string | null
  /** The whole file is written. */
  readonly whole: boolean
  readonly replacements: readonly Replacement[]
  /** Nothing but the change is made: to fail means that it could not be made. */
  readonly alone: boolean
}

type Found = Omit<FileChange, 'alone'>

const HEREDOC_FILE =
  /(?:cat|tee)\s*(?:-a\s*)?(?:<<-?\s*\\?['"]?\w+['"]?\s*)?>{0,2}\s*([\w./~-]+)\s*(?:<<-?\s*\\?['"]?\w)|cat\s*<<-?\s*\\?['"]?\w+['"]?\s*>{1,2}\s*([\w./~-]+)/
const PRINTED = /(?:^|[;&|]\s*)(?:echo|printf|cat)\b[^|;&<>]{0,400}>{1,2}\s*(?!\/dev\/|&)([\w./~-]+)/
const IN_PLACE =
  /(?:^|[;&|]\s*)(?:sudo\s+)?(?:sed\s+(?:-\w+\s+)*(?:-\w*i\S*|--in-place\S*)|perl\s+(?:-\w+\s+)*-\w*i\w*)\s/m
const SUBSTITUTION =
  /(['"])(?:[\d,$]*\s*)?s([/|#@!,])((?:\\.|(?!\2).){1,200})\2((?:\\.|(?!\2).){0,200})\2\w*\1/g
const PATCHED = /^(?:\+\+\+ (?:b\/)?|\*\*\* (?:Update|Add|Delete) File: )([^\s\n]+)/m
const PATCHES = /(?:^|[;&|]\s*)(?:git apply(?!.*--check)|patch\s|apply_patch)/m
const SCRIPTED =
  /\.write_text\(|\bopen\([^)\n]{1,120},\s*['"](?:w|a|r\+)b?['"]|writeFileSync\(|File\.write\(|\.writelines?\(/
const SCRIPT_PATH =
  /(?:Path|open|readFileSync|writeFileSync|File\.(?:read|write))\(\s*f?['"]([^'"\n]{1,200})['"]|\b\w*(?:path|file(?:name)?)\s*=\s*f?['"]([^'"\n]{1,200})['"]/i
const SCRIPTED_REPLACEMENT =
  /\.replace\(\s*("""|'''|["'])([\s\S]{1,800}?)\1\s*,\s*("""|'''|["'])([\s\S]{0,800}?)\3/g
/** `edit 3:9`, `create a.py`, `insert 4`, `str_replace_editor str_replace a.py`. */
const EDITOR =
  /^\s*(?:(edit)\s+(?:\d+(?::\d+)?|['"]|\S+\.\w+)|(create)\s+(\S+)|(insert)\s+\d+|(append)\s+|str_replace_editor\s+(create|str_replace|insert|undo_edit)\s+(\S+))/

/** True when the command is one of an agent's editor: what follows in its lines is text and no commands. */
export function isEditor(script: string): boolean {
  return EDITOR.test(script)
}

/** What a command does to a file. `line`: the command without the texts given in place. Null: nothing that is known. */
export function fileChange(script: string, line: string): Found | null {
  return editor(script) ?? patch(script) ?? inPlace(line) ?? written(script, line) ?? scripted(script)
}

function editor(script: string): Found | null {
  const match = EDITOR.exec(script)
  if (match === null) return null
  const whole = match[2] !== undefined || match[6] === 'create'
  const spot = /^\s*edit\s+(\d+)/.exec(script)?.[1]
  const text = script.slice(script.indexOf('\n') + 1)
  const replacements = spot === undefined ? [] : [{ old: '', new: text, spot }]
  return { path: match[3] ?? match[7] ?? null, whole, replacements }
}

function patch(script: string): Found | null {
  if (!PATCHES.test(script)) return null
  return { path: PATCHED.exec(script)?.[1] ?? 'patch', whole: false, replacements: [] }
}

function inPlace(line: string): Found | null {
  const match = IN_PLACE.exec(line)
  if (match === null) return null
  const part = line.slice(match.index)
  const replacements: Replacement[] = []
  for (const [, , , old, fresh] of part.matchAll(SUBSTITUTION)) {
    if (old !== undefined && fresh !== undefined && replacements.length < 8)
      replacements.push({ old, new: fresh })
  }
  const words = (part.replace(/(['"])(?:\\.|(?!\1)[\s\S])*\1/g, '').split(/&&|\|\||[;|\n]/)[0] ?? '').trim()
  const path = words.split(/\s+/).findLast((word) => !word.startsWith('-') && /[\w]/.test(word))
  return {
    path: path === undefined || /^(sed|perl|sudo)$/.test(path) ? 'sed' : path,
    whole: false,
    replacements,
  }
}

function written(script: string, line: string): Found | null {
  const heredoc = script.includes('<<') ? HEREDOC_FILE.exec(line) : null
  const path = heredoc?.[1] ?? heredoc?.[2]
  if (path !== undefined) return { path, whole: !/>>|\btee\s+-a\b/.test(line), replacements: [] }
  const printed = PRINTED.exec(line)?.[1]
  return printed === undefined ? null : { path: printed, whole: false, replacements: [] }
}

/** A script given in place that opens a file to write it. */
function scripted(script: string): Found | null {
  if (!/<<|\s-c\s|\s-e\s/.test(script) || !SCRIPTED.test(script)) return null
  const match = SCRIPT_PATH.exec(script)
  const replacements: Replacement[] = []
  for (const [, , old, , fresh] of script.matchAll(SCRIPTED_REPLACEMENT)) {
    if (old !== undefined && fresh !== undefined && replacements.length < 8)
      replacements.push({ old, new: fresh })
  }
  return { path: match?.[1] ?? match?.[2] ?? 'script', whole: false, replacements }
}
