// A run as the engine would have written it down, for commands that read while no daemon runs.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DATABASE } from '../../src/daemon/projection/read.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import type { TemporaryRepository } from '../support/repository.ts'

type Json = Parameters<Store['append']>[0]['data']

const START = Date.UTC(2030, 0, 1, 12)

/** Facts of one run in the repository's log, one second apart from noon; `fact` appends more. */
export class RecordedRun implements Disposable {
  readonly run: string
  readonly #store: Store
  #facts = 0

  private constructor(run: string, path: string) {
    this.run = run
    this.#store = openStore(path, { clock: () => START + this.#facts * 1000 })
  }

  /** Run `auth-1` of plan `auth`: `auth` is working, `data` asks for a permission, `docs` waits for both. */
  static async in(repository: TemporaryRepository, run = 'auth-1'): Promise<RecordedRun> {
    const folder = join(repository.path, '.git', 'quintet')
    await mkdir(folder, { recursive: true })
    const recorded = new RecordedRun(run, join(folder, DATABASE))
    recorded.#begin()
    return recorded
  }

  /** `stream` without the run: `run`, `session/auth`, `integration/1`. */
  fact(stream: string, type: string, data: Json): void {
    this.#facts += 1
    const key = `${type}:${type === 'run.ended' ? this.run : this.#facts}`
    this.#store.append({ stream: `${this.run}/${stream}`, key, type, data })
  }

  /** The run ends; `verdict` as in the contract. */
  end(verdict: 'landed' | 'partial'): void {
    const landed = verdict === 'landed' ? ['auth', 'data', 'docs'] : ['auth']
    this.fact('run', 'run.ended', { verdict, landed, abandoned: [], failed: [], notes: [] })
  }

  [Symbol.dispose](): void {
    this.#store[Symbol.dispose]()
  }

  #begin(): void {
    const piece = (number: number, id: string, dependsOn: string[] = []): Json => ({
      number,
      id,
      title: `The ${id} part`,
      agent: 'scripted',
      dependsOn,
      include: [`src/${id}/**`],
      exclude: [],
    })
    this.fact('run', 'run.created', {
      plan: this.run.replace(/-\d+$/, ''),
      goal: 'Replace the session cookies by tokens',
      base: { ref: 'main', commit: '0'.repeat(40) },
      target: 'main',
      coordination: { on: true, why: 'Piece docs depends on auth.' },
      limit: 5,
      pieces: [piece(1, 'auth'), piece(2, 'data'), piece(3, 'docs', ['auth', 'data'])],
      rehearsal: false,
    })
    for (const id of ['auth', 'data']) {
      this.fact(`session/${id}`, 'turn.started', { attempt: 1, turn: 1, prompt: `Do the ${id} part.` })
    }
    this.fact('session/data', 'question.asked', {
      question: 'q1',
      kind: 'permission',
      text: 'May src/db.ts be written?',
      options: [
        { id: 'allow', label: 'Allow once', effect: 'allow_once' },
        { id: 'reject', label: 'Reject', effect: 'reject' },
      ],
      paths: ['src/db.ts'],
    })
  }
}
