// The deeds of the scripted agent, one function a kind of step. Each may be played again after the agent was killed in
// the middle of it, and then comes to the same end.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Script, ScriptStep } from '../../contract/script.ts'
import { errnoOf, errorData, ignoring } from '../../contract/errors.ts'
import type { Environment } from '../../process/environment.ts'
import { run } from '../../process/run.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { applyCommit, commitAll, type GitPlace, type GitResult } from './repository.ts'
import type { Progress } from './progress.ts'
import { statusText } from './status.ts'
import { substitute } from './substitute.ts'
import { callTool, type ToolReply, type ToolServer } from './tools.ts'
import { toldStart } from './told.ts'
import { diffContent, type ToolResult, type Voice } from './voice.ts'
import { pathExists, pause } from './waiting.ts'

/** What a step works with. */
export interface Stage {
  readonly script: Script
  /** Folder of the script file; `from` is relative to it. */
  readonly folder: string
  readonly cwd: string
  /** Where the status file is; null when the session does not coordinate. */
  readonly statusFile: string | null
  /** Factor on every wait. */
  readonly speed: number
  /** False in the mode in which permissions are taken for granted. */
  readonly asks: boolean
  /** What the commands that it starts inherit beyond the ordinary: the mark of its session. */
  readonly env: Environment
  readonly voice: Voice
  /** The tools it was offered; null when it was offered none. */
  readonly tools: ToolServer | null
  readonly signal: AbortSignal
  /** What is written by this is known to a successor when this process is killed. */
  begin(text?: string): Promise<void>
}

type Step<Key extends string> = Extract<ScriptStep, Record<Key, unknown>>

const MAX_OUTPUT = 4_000

export async function readStep(stage: Stage, step: Step<'read'>, progress: Progress): Promise<void> {
  const path = resolve(stage.cwd, step.read)
  await stage.voice.tool(
    progress.cursor,
    { title: `Read ${step.read}`, kind: 'read', paths: [path], name: 'Read', input: { file_path: path } },
    async () => {
      const text = await ignoring(['ENOENT', 'ENOTDIR', 'EISDIR'], readFile(path, 'utf8'))
      return text === undefined
        ? { ok: false, text: 'There is no such file.' }
        : { ok: true, text: text.slice(0, MAX_OUTPUT) }
    },
  )
}

export async function writeStep(stage: Stage, { write }: Step<'write'>, progress: Progress): Promise<void> {
  const source =
    write.from === undefined
      ? (write.content ?? '')
      : await readFile(resolve(stage.folder, write.from), 'utf8')
  const text = substitute(source, progress.answers)
  const old = await contentOf(resolve(stage.cwd, write.path))
  await changeFile(stage, { path: write.path, verb: 'Write', old, text }, progress)
}

export async function editStep(stage: Stage, { edit }: Step<'edit'>, progress: Progress): Promise<void> {
  const old = await contentOf(resolve(stage.cwd, edit.path))
  const replacement = substitute(edit.new, progress.answers)
  const text = progress.begun?.text ?? edited(old, edit.old, replacement)
  if (text !== null) await stage.begin(text)
  await changeFile(stage, { path: edit.path, verb: 'Edit', old, text }, progress)
}

export async function deleteStep(stage: Stage, step: Step<'delete'>, progress: Progress): Promise<void> {
  const path = resolve(stage.cwd, step.delete)
  const input = { file_path: path }
  const start = {
    title: `Delete ${step.delete}`,
    kind: 'delete',
    paths: [path],
    name: 'Delete',
    input,
  } as const
  await stage.voice.tool(progress.cursor, start, async () => {
    if (progress.refused.includes(step.delete)) return REFUSED
    return await unlessClosed(() => rm(path, { force: true, recursive: true }))
  })
}

/** Resolves with what the script author asserted and what came instead, or with null. */
export async function runStep(stage: Stage, step: Step<'run'>, progress: Progress): Promise<string | null> {
  const [program = '', ...args] = step.run.map((word) => substitute(word, progress.answers))
  const title = [program, ...args].join(' ')
  let exitCode: number | null = null
  const start = { title, kind: 'execute', name: 'Bash', input: { command: title } } as const
  await stage.voice.tool(progress.cursor, start, async () => {
    try {
      const options = {
        cwd: stage.cwd,
        env: stage.env,
        signal: stage.signal,
        merged: true,
        maxBytes: MAX_OUTPUT,
        keep: 'tail',
      } as const
      const result = await run(program, args, options)
      exitCode = result.exitCode
      return {
        ok: exitCode === (step.expect ?? 0),
        text: result.stdout.toString('utf8'),
        ...(exitCode === null ? {} : { exit: exitCode }),
      }
    } catch (error) {
      stage.signal.throwIfAborted()
      return { ok: false, text: errorData(error).message }
    }
  })
  if (step.expect === undefined || exitCode === step.expect) return null
  return `${title} ended with ${String(exitCode)}, the script expects ${step.expect}.`
}

export async function commitStep(stage: Stage, step: Step<'commit'>, progress: Progress): Promise<void> {
  const message = substitute(step.commit, progress.answers)
  await gitStep(stage, progress, `git commit -m ${JSON.stringify(message)}`, (place) =>
    commitAll(place, message),
  )
}

export async function applyStep(stage: Stage, step: Step<'apply'>, progress: Progress): Promise<void> {
  await gitStep(stage, progress, `git apply ${step.apply}`, (place) =>
    applyCommit(place, step.apply, step.paths ?? []),
  )
}

async function gitStep(
  stage: Stage,
  progress: Progress,
  title: string,
  work: (place: GitPlace) => Promise<GitResult>,
): Promise<void> {
  const start = { title, kind: 'execute', name: 'Bash', input: { command: title } } as const
  await stage.voice.tool(progress.cursor, start, async () => {
    const again = progress.begun !== null
    if (!again) await stage.begin()
    const result = await work({ cwd: stage.cwd, env: stage.env, again, signal: stage.signal })
    stage.signal.throwIfAborted()
    if (result.kind === 'failed') return { ok: false, text: result.output }
    return { ok: true, text: result.kind === 'committed' ? result.commit : 'There is nothing to commit.' }
  })
}

/** Tells of calls and of what came of them; nothing is run and nothing is written. */
export async function callStep(stage: Stage, { call }: Step<'call'>, progress: Progress): Promise<void> {
  const calls = Array.isArray(call) ? call : [call]
  const ids: string[] = []
  for (const told of calls) ids.push(await stage.voice.begin(progress.cursor, toldStart(stage.cwd, told)))
  for (const [index, { ok, exit, output }] of calls.entries()) {
    await stage.voice.finish(ids[index] ?? '', {
      ok: ok ?? (exit ?? 0) === 0,
      text: substitute(output, progress.answers),
      ...(exit === undefined ? {} : { exit }),
    })
  }
}

/** The lists go to the file that the environment names; without one the session does not coordinate. */
export async function statusStep(
  stage: Stage,
  { status }: Step<'status'>,
  progress: Progress,
): Promise<void> {
  const path = stage.statusFile
  if (path === null) return
  const filled = (items: readonly string[]): string[] =>
    items.map((item) => substitute(item, progress.answers))
  const text = statusText({
    completed: filled(status.completed),
    inProgress: filled(status.inProgress),
    blockedOn: filled(status.blockedOn),
  })
  await stage.voice.tool(
    progress.cursor,
    { title: 'Write the status file', kind: 'edit', paths: [path] },
    async () => {
      await mkdir(dirname(path), { recursive: true })
      await writeAtomic(path, text)
      return { ok: true }
    },
  )
}

/** Reports a compaction as it goes on; resolves with the tokens that are used after it. */
export async function compactStep(stage: Stage, step: Step<'compact'>, progress: Progress): Promise<number> {
  const used = Math.floor(progress.used / 10)
  const { voice } = stage
  const compactionId = `compaction-${progress.cursor}`
  if (voice.abilities.compaction) {
    await voice.update({ sessionUpdate: 'compaction_update', compactionId, status: 'in_progress' })
  }
  await voice.usage(used, stage.script.window)
  if (voice.abilities.compaction) {
    const summary = [{ type: 'text' as const, text: substitute(step.compact, progress.answers) }]
    await voice.update({ sessionUpdate: 'compaction_update', compactionId, status: 'completed', summary })
  }
  return used
}

const NO_ANSWER_YET = /^There is no answer yet\b/

/** Calls a tool and resolves with its answer; a question is put again until it is answered. */
export async function mcpStep(stage: Stage, { mcp }: Step<'mcp'>, progress: Progress): Promise<string> {
  let reply: ToolReply = { ok: false, text: 'The agent was offered no tools.' }
  const title = `mcp__quintet__${mcp.tool}`
  const start = { title, kind: 'other', name: title, input: filled(mcp.arguments, progress) } as const
  await stage.voice.tool(progress.cursor, start, async () => {
    const { tools } = stage
    if (tools === null) return reply
    const call = { tool: mcp.tool, arguments: start.input }
    do reply = await callTool(tools, call, stage.signal)
    while (NO_ANSWER_YET.test(reply.text))
    return reply
  })
  return reply.text
}

/** Arguments with the answers that were given earlier put into their texts. */
function filled(given: Readonly<Record<string, unknown>>, progress: Progress): Record<string, unknown> {
  const fill = (value: unknown): unknown => {
    if (typeof value === 'string') return substitute(value, progress.answers)
    return Array.isArray(value) ? value.map(fill) : value
  }
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, fill(value)]))
}

export async function waitStep(stage: Stage, step: Step<'wait'>): Promise<void> {
  await pause(step.wait * stage.speed, stage.signal)
}

export async function waitForStep(stage: Stage, step: Step<'waitFor'>): Promise<void> {
  await pathExists(resolve(stage.cwd, step.waitFor), stage.signal)
}

interface Change {
  readonly path: string
  readonly verb: string
  readonly old: string | null
  /** Null: there is no way to make the change. */
  readonly text: string | null
}

const REFUSED: ToolResult = { ok: false, text: 'The permission was refused.' }

async function changeFile(stage: Stage, change: Change, progress: Progress): Promise<void> {
  const path = resolve(stage.cwd, change.path)
  const { old, text } = change
  const content = text === null ? [] : diffContent(path, old, text)
  const { verb } = change
  const start = {
    title: `${verb} ${change.path}`,
    kind: 'edit',
    paths: [path],
    content,
    name: verb,
    input: { file_path: path },
  } as const
  await stage.voice.tool(progress.cursor, start, async () => {
    if (progress.refused.includes(change.path)) return REFUSED
    if (text === null) return { ok: false, text: 'The text to be replaced was not found.' }
    return await unlessClosed(async () => {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, text)
    })
  })
}

/** A box closes what is not the session's; to an agent that is a tool that failed. */
async function unlessClosed(change: () => Promise<void>): Promise<ToolResult> {
  try {
    await change()
    return { ok: true }
  } catch (error) {
    const code = errnoOf(error) ?? ''
    if (!['EROFS', 'EACCES', 'EPERM', 'EBUSY'].includes(code)) throw error
    return { ok: false, text: `It cannot be written: ${code}.` }
  }
}

/** The edited text; as it is when the edit is in it already, and null when there is nothing to replace. */
function edited(content: string | null, old: string, replacement: string): string | null {
  if (content === null) return null
  const isIn = replacement !== '' && content.includes(replacement)
  if (isIn && replacement.includes(old)) return content
  const at = content.indexOf(old)
  if (at !== -1) return content.slice(0, at) + replacement + content.slice(at + old.length)
  return isIn ? content : null
}

function contentOf(path: string): Promise<string | null> {
  return ignoring(['ENOENT', 'ENOTDIR'], readFile(path, 'utf8')).then((text) => text ?? null)
}
