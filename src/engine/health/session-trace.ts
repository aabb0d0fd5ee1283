// The trace of a session's attempt: where it is, what it says of itself, and how the states of its worktree are taken.
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { QuintetError } from '../../contract/errors.ts'
import type { TraceEvent } from '../../contract/trace.ts'
import { LiveTree } from '../../git/live-tree.ts'
import { openScratchObjects, type ScratchObjects } from '../../git/objects/scratch.ts'
import { openTrace } from '../../health/trace/open.ts'
import type { SessionName } from '../names.ts'
import type { Services } from '../services.ts'
import type { TurnInput } from '../session/turn/input.ts'
import type { RecorderOptions } from './recorder.ts'
import { TraceRecorder } from './recorder.ts'

const TRACE_CODES: readonly string[] = ['E_TRACE_FILE', 'E_TRACE_FORMAT']

/** The file of an attempt's trace. */
export function tracePath(state: string, { run, piece }: SessionName, attempt: number): string {
  return join(state, 'traces', run, piece, `${attempt}.jsonl`)
}

/** The events of an attempt's trace; none when there is no trace that can be read. */
export async function* attemptEvents(
  state: string,
  name: SessionName,
  attempt: number,
): AsyncGenerator<TraceEvent> {
  try {
    const { events } = await openTrace(tracePath(state, name, attempt))
    yield* events
  } catch (error) {
    if (!(error instanceof QuintetError) || !TRACE_CODES.includes(error.code)) throw error
  }
}

export interface Traced {
  readonly agent: string
  readonly version: string
  /** Actions of the attempt so far. */
  readonly actions?: number
  readonly listen?: RecorderOptions['listen']
  /** Hears, for the log, what is wrong with the trace. */
  readonly lacks?: (why: string) => void
}

/** Opens the trace of a turn's attempt; nothing that is wrong with it is thrown. */
export async function recordTurn(
  services: Pick<Services, 'repo' | 'state' | 'announce' | 'treeOf'>,
  { session, workspace, attempt }: TurnInput,
  { agent, version, actions = 0, listen, lacks }: Traced,
): Promise<AsyncDisposable & { readonly recorder: TraceRecorder }> {
  const path = tracePath(services.state, session.name, attempt)
  const files = new WorktreeStates(services.repo, { workspace, place: `${dirname(path)}/states` })
  const recorder = await TraceRecorder.open({
    path,
    header: {
      id: `${session.label}/${attempt}`,
      source: 'quintet',
      agent,
      agentVersion: version,
      cwd: workspace.path,
    },
    action: actions,
    // Who follows the files has read them already, all but those that were written since.
    tree: async () => (await services.treeOf?.(workspace.path)) ?? (await files.tree()),
    tell: (text) => {
      services.announce(session.label, text)
      lacks?.(text)
    },
    ...(listen === undefined ? {} : { listen }),
  })
  return {
    recorder,
    [Symbol.asyncDispose]: async () => {
      await recorder[Symbol.asyncDispose]()
      await files[Symbol.asyncDispose]()
    },
  }
}

/** The hash of a worktree's files now; `place`: a folder for it alone. Throws `E_GIT` when git cannot read the files. */
export async function worktreeTree(
  repo: Services['repo'],
  given: { readonly workspace: TurnInput['workspace']; readonly place: string },
): Promise<string> {
  await using states = new WorktreeStates(repo, given)
  return await states.tree()
}

/** Hashes of a worktree's files, taken into a scratch store that is made when the first is wanted. */
class WorktreeStates implements AsyncDisposable {
  readonly #repo: Services['repo']
  readonly #workspace: TurnInput['workspace']
  /** A folder for it alone. */
  readonly #place: string
  #scratch: ScratchObjects | null = null
  #live: LiveTree | null = null

  constructor(
    repo: Services['repo'],
    { workspace, place }: { readonly workspace: TurnInput['workspace']; readonly place: string },
  ) {
    this.#repo = repo
    this.#workspace = workspace
    this.#place = place
  }

  /** Throws `E_GIT` when git cannot read the files. */
  async tree(): Promise<string> {
    if (this.#scratch === null) {
      // What a killed predecessor has left.
      await rm(this.#place, { recursive: true, force: true })
      this.#scratch = await openScratchObjects(this.#repo, this.#place)
    }
    this.#live ??= new LiveTree({
      cwd: this.#workspace.path,
      scratch: this.#scratch,
      name: 'trace',
      like: this.#workspace.base,
    })
    return await this.#live.tree()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scratch?.[Symbol.asyncDispose]()
  }
}
