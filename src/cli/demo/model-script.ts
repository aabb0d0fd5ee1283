// What a piece of the demo does, turned from the steps of the scripted agent into turns of a scripted model, so that a real
// agent does the same with its own tools. Files are followed on the way: agents replace whole lines, and read what is there
// before they write it. Pure.
import type { ModelScript, ScriptedCall, ScriptedTurn } from '../../agents/conformance/model/script.ts'
import { QuintetError } from '../../contract/errors.ts'
import type { Script, ScriptStep } from '../../contract/script.ts'
import { quoted, typedWords } from '../../contract/shell.ts'

/** What a translation builds on. */
export interface Ground {
  /** Texts of the files that are there when the piece begins, by their paths. */
  readonly files: ReadonlyMap<string, string>
  /** Texts that the script takes `from` somewhere, by the names that it has for them. */
  readonly sources: ReadonlyMap<string, string>
}

export interface Translated {
  readonly script: ModelScript
  /** The files as the script leaves them. */
  readonly files: ReadonlyMap<string, string>
}

/** The script for the model, under the same name. Throws `E_SCRIPT_STEP` for a step that no model could take. */
export function modelScript(script: Script, ground: Ground): Translated {
  const translation = new Translation(script, ground)
  for (const step of script.steps) translation.take(step)
  return translation.result()
}

class Translation {
  readonly #script: Script
  readonly #sources: ReadonlyMap<string, string>
  readonly #files: Map<string, string>
  /** Paths that the agent has seen as they are. */
  readonly #known = new Set<string>()
  readonly #turns: ScriptedTurn[] = []
  #said: string[] = []
  #thought: string[] = []
  #delayMs = 0
  #fill = 0

  constructor(script: Script, { files, sources }: Ground) {
    this.#script = script
    this.#files = new Map(files)
    this.#sources = sources
  }

  result(): Translated {
    // The last word ends the last turn.
    if (this.#said.length > 0 || (this.#turns.at(-1)?.calls ?? []).length > 0) this.#say(null)
    return { script: { name: this.#script.name, turns: this.#turns }, files: this.#files }
  }

  take(step: ScriptStep): void {
    if ('say' in step) this.#said.push(step.say)
    else if ('think' in step) this.#thought.push(step.think)
    else if ('wait' in step) this.#delayMs += step.wait
    else if ('usage' in step) this.#fill = step.usage / this.#script.window
    else if ('endTurn' in step) this.#say(null)
    else if ('read' in step) this.#read(step.read)
    else if ('write' in step) this.#write(step.write)
    else if ('edit' in step) this.#edit(step.edit)
    else if ('delete' in step) this.#delete(step.delete)
    else this.#call(step)
  }

  #call(step: ScriptStep): void {
    if ('run' in step) this.#say({ kind: 'run', command: typedWords(step.run) })
    else if ('commit' in step)
      this.#say({ kind: 'run', command: `git add -A && git commit -q -m ${quoted(step.commit)}` })
    else if ('status' in step) this.#say({ kind: 'tool', tool: 'report_status', input: statusInput(step) })
    else if ('mcp' in step) this.#say({ kind: 'tool', tool: step.mcp.tool, input: step.mcp.arguments })
    else if ('ask' in step) this.#ask(step.ask)
    else throw stepError(step)
  }

  /** Puts what was said and thought since into a turn of its own, with this call. */
  #say(call: ScriptedCall | null): void {
    this.#turns.push({
      ...(this.#said.length === 0 ? {} : { text: this.#said.join('\n\n') }),
      ...(this.#thought.length === 0 ? {} : { thinking: this.#thought.join('\n\n') }),
      ...(call === null ? {} : { calls: [call] }),
      ...(this.#delayMs === 0 ? {} : { delayMs: this.#delayMs }),
      fill: this.#fill,
    })
    this.#said = []
    this.#thought = []
    this.#delayMs = 0
  }

  /** Files are read together when nothing is said in between. */
  #read(path: string): void {
    const call: ScriptedCall = { kind: 'read', path }
    this.#known.add(path)
    const last = this.#turns.at(-1)
    const isQuiet = this.#said.length + this.#thought.length + this.#delayMs === 0
    if (isQuiet && last?.calls?.every(({ kind }) => kind === 'read') === true)
      this.#turns[this.#turns.length - 1] = { ...last, calls: [...last.calls, call] }
    else this.#say(call)
  }

  #readBefore(path: string): void {
    if (this.#files.has(path) && !this.#known.has(path)) this.#read(path)
  }

  #write({ path, content, from }: Extract<ScriptStep, { write: unknown }>['write']): void {
    const text = from === undefined ? (content ?? '') : this.#sources.get(from)
    if (text === undefined) throw textError(this.#script.name, `has no text for ${String(from)}`)
    this.#readBefore(path)
    this.#say({ kind: 'write', path, content: text })
    this.#files.set(path, text)
    this.#known.add(path)
  }

  #edit(edit: Extract<ScriptStep, { edit: unknown }>['edit']): void {
    const { path } = edit
    const lines = wholeLines(this.#files.get(path) ?? '', edit)
    if (lines === null) throw textError(this.#script.name, `replaces a text that is not in ${path}`)
    this.#readBefore(path)
    this.#say({ kind: 'edit', path, old: lines.old, new: lines.new })
    this.#files.set(path, lines.text)
  }

  #delete(path: string): void {
    this.#say({ kind: 'run', command: `rm -rf -- ${quoted(path)}` })
    this.#files.delete(path)
  }

  #ask({ name, question, options }: Extract<ScriptStep, { ask: unknown }>['ask']): void {
    this.#say({ kind: 'tool', tool: 'ask_operator', input: { question, options } })
    const turn = this.#turns.pop()
    if (turn !== undefined) this.#turns.push({ ...turn, learn: { name, among: options } })
  }
}

function statusInput({ status }: Extract<ScriptStep, { status: unknown }>): Record<string, unknown> {
  return { completed: status.completed, in_progress: status.inProgress, blocked_on: status.blockedOn }
}

/** The same replacement in whole lines, as many as make the place the only one, and the text after it; null when there is
 *  nothing to replace. The first of several places is meant. */
function wholeLines(
  text: string,
  edit: { readonly old: string; readonly new: string },
): { readonly old: string; readonly new: string; readonly text: string } | null {
  const at = text.indexOf(edit.old)
  if (at === -1 || edit.old === '') return null
  const after = text.slice(0, at) + edit.new + text.slice(at + edit.old.length)
  let from = lineStart(text, at)
  // A line end that stays is none of the replacement.
  const stays = edit.old.endsWith('\n') && edit.new.endsWith('\n') ? 1 : 0
  const to = lineEnd(text, at + edit.old.length - stays)
  while (from > 0 && text.indexOf(text.slice(from, to)) !== text.lastIndexOf(text.slice(from, to)))
    from = lineStart(text, from - 1)
  const grown = edit.new.length - edit.old.length
  return { old: text.slice(from, to), new: after.slice(from, to + grown), text: after }
}

const lineStart = (text: string, at: number): number => (at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1)

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end
}

function stepError(step: ScriptStep): QuintetError {
  const [kind = ''] = Object.keys(step)
  return new QuintetError('E_SCRIPT_STEP', 'config', `No model can be made to take the step "${kind}".`)
}

function textError(name: string, what: string): QuintetError {
  return new QuintetError('E_SCRIPT_STEP', 'config', `The script ${name} ${what}.`)
}
