// A place for one agent to work in, and an observer of what it does.
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AgentDriver, Conversation, OpenOptions } from '../../src/agents/driver.ts'
import { scriptedProgram } from '../../src/agents/scripted/location.ts'
import type { AgentAnswer, AgentEvent, AgentQuestion } from '../../src/contract/agent.ts'
import type { ScriptStep } from '../../src/contract/script.ts'
import { ignoring } from '../../src/contract/errors.ts'
import { endSurvivors, survivors } from '../../src/process/marker.ts'
import { run } from '../../src/process/run.ts'
import { temporaryRepository, type TemporaryRepository } from '../support/repository.ts'

export const FIXTURES = fileURLToPath(new URL('../fixtures/agents/', import.meta.url))
export const NEVER = new AbortController().signal

export const misfit = (way: string): string[] => [process.execPath, join(FIXTURES, 'misfit.mjs'), way]
export const player = (file: string): string[] => [process.execPath, join(FIXTURES, 'player.mjs'), file]

/** A step as it is written in a script file. */
export type Step = Partial<Record<string, unknown>> | ScriptStep

export interface StageOptions {
  readonly driver: AgentDriver
  readonly box?: boolean
}

export class Stage implements AsyncDisposable {
  readonly repository: TemporaryRepository
  readonly marker = `test/${randomUUID()}`
  readonly events: AgentEvent[] = []
  readonly questions: AgentQuestion[] = []
  readonly groups: number[] = []
  answer: (question: AgentQuestion, signal: AbortSignal) => Promise<AgentAnswer> = () =>
    Promise.resolve({ kind: 'declined' })
  readonly #options: StageOptions
  readonly #waiting = new Set<() => void>()

  static async set(options: StageOptions): Promise<Stage> {
    const stage = new Stage(options, await temporaryRepository({ files: { 'a.txt': 'one\n' } }))
    await mkdir(stage.home)
    return stage
  }

  private constructor(options: StageOptions, repository: TemporaryRepository) {
    this.#options = options
    this.repository = repository
  }

  get cwd(): string {
    return this.repository.path
  }

  get home(): string {
    return join(this.repository.path, '..', 'home')
  }

  get log(): string {
    return join(this.home, 'agent.log')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endSurvivors(this.marker, 0)
    await this.repository[Symbol.asyncDispose]()
  }

  /** The command of the scripted agent with these steps. */
  async script(steps: readonly Step[], window?: number): Promise<string[]> {
    const file = join(this.home, 'script.json')
    await writeFile(
      file,
      JSON.stringify({ schema: 1, name: 'test', steps, ...(window === undefined ? {} : { window }) }),
    )
    return [...scriptedProgram(), '--script', file]
  }

  open(command: readonly string[], options: Partial<OpenOptions> = {}): Promise<Conversation> {
    return this.#options.driver.open({
      cwd: this.cwd,
      command,
      box: this.#options.box === true,
      home: this.home,
      log: this.log,
      signal: NEVER,
      onEvent: (event) => this.#hear(event),
      onQuestion: (question, signal) => {
        this.questions.push(question)
        return this.answer(question, signal)
      },
      onStart: (_identity, group) => this.groups.push(group),
      ...options,
      env: { QUINTET_SESSION: this.marker, QUINTET_SCRIPT_SPEED: '1', ...options.env },
    })
  }

  async play(steps: readonly Step[], options: Partial<OpenOptions> = {}): Promise<Conversation> {
    return this.open(await this.script(steps), options)
  }

  /** Resolves with the first event, past or future, that matches. */
  async heard(matches: (event: AgentEvent) => boolean): Promise<AgentEvent> {
    for (;;) {
      const found = this.events.find(matches)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  said(text: string): Promise<AgentEvent> {
    return this.heard((event) => event.kind === 'text' && event.text.includes(text))
  }

  /** All that was said, in one. */
  get words(): string {
    return this.events.flatMap((event) => (event.kind === 'text' ? [event.text] : [])).join('|')
  }

  read(path: string): Promise<string | undefined> {
    return ignoring(['ENOENT'], readFile(join(this.cwd, path), 'utf8'))
  }

  /** Command lines of the live processes of this stage. */
  async processes(): Promise<string[]> {
    const pids = await survivors(this.marker)
    if (pids.length === 0) return []
    const result = await run('ps', ['-o', 'args=', '-p', pids.join(',')], { cwd: '/' })
    return result.stdout.toString('utf8').trim().split('\n')
  }

  #hear(event: AgentEvent): void {
    this.events.push(event)
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}
