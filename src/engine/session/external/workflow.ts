// A session whose work is done elsewhere and arrives on somebody else's branch. No agent is started: the session waits
// for signals alone, so it costs nothing and survives everything. What the branch holds is taken over into the session's
// own branch and worktree; from there on gate, radar, merge queue and clean-up treat it like every other session. The
// decisions are in next.ts; here they are carried out, one step each.
import * as v from 'valibot'
import { errorData, type ErrorData } from '../../../contract/errors.ts'
import type { ExternalSight } from '../../../contract/external.ts'
import type { FactData } from '../../../contract/facts.ts'
import type { Json } from '../../../contract/json.ts'
import { NO_REASON } from '../../../contract/reasons.ts'
import type { Workspace } from '../../../contract/session.ts'
import { isControl } from '../../breakdown.ts'
import { saveAbandoned } from '../../health/attempt-end.ts'
import type { Signal, WorkflowContext } from '../../port.ts'
import { record, toJson } from '../../record.ts'
import { notifyRun, type Milestone } from '../../run/milestone.ts'
import type { Services } from '../../services.ts'
import { prepareSession } from '../prepare.ts'
import { PrepareResult } from '../results.ts'
import { scopeOutcome, ScopeOutcome } from '../settled.ts'
import { LANDED, LandedSignal, OPERATOR, OperatorSignal, SCOPE, ScopeSignal } from '../signals.ts'
import type { SessionSpec } from '../spec.ts'
import { adoptCommit } from './adopt.ts'
import { externalBranch, externalDone } from './delivery.ts'
import { judgeWork } from './judge.ts'
import { afterReading, type Known } from './next.ts'
import { AdoptResult, JudgeResult } from './results.ts'
import { BRANCH, BranchSignal, DONE, DoneSignal } from './signals.ts'

const SIGNALS = [OPERATOR, LANDED, SCOPE, BRANCH, DONE]
const SHORT = 10

type Next =
  | { readonly kind: 'prepare' }
  | { readonly kind: 'listen' }
  | { readonly kind: 'adopt'; readonly commit: string }
  | { readonly kind: 'judge'; readonly why: string }
  | {
      readonly kind: 'wait'
      readonly standing: 'waiting' | 'failed'
      readonly reason: string
      /** To be told to whoever works there. */
      readonly told?: string
      readonly error?: ErrorData
    }
  | { readonly kind: 'finish'; readonly tip: string }

type End = { readonly kind: 'landed' } | { readonly kind: 'abandon'; readonly reason: string }

const LISTEN: Next = { kind: 'listen' }

/** Plays an external session to its end. */
export async function playExternal(
  services: Services,
  context: WorkflowContext,
  session: SessionSpec,
): Promise<Json> {
  return await new ExternalProgress(services, context, session).play()
}

class ExternalProgress {
  readonly #services: Services
  readonly #context: WorkflowContext
  readonly #session: SessionSpec
  readonly #branch: string
  #workspace: Workspace | null = null
  /** As the workspace was made; that of the work may be older. */
  #base = ''
  #known: Known = { looked: null, taken: null, sight: null, standing: 'working' }
  /** Somebody says that the work is complete. */
  #claimed: boolean
  /** The tip that it finished with. */
  #tip: string | null = null
  #turns = 0
  /** Counts everything that needs a key of its own. */
  #n = 0

  constructor(services: Services, context: WorkflowContext, session: SessionSpec) {
    this.#services = services
    this.#context = context
    this.#session = session
    this.#branch = externalBranch(session)
    this.#claimed = externalDone(session) === 'commit'
  }

  async play(): Promise<Json> {
    let next: Next | End = { kind: 'prepare' }
    for (;;) {
      if (next.kind === 'abandon') return this.#abandon(next.reason)
      if (next.kind === 'landed') return this.#land()
      next = await this.#orWait(next)
    }
  }

  /** What breaks is the operator's to mend, not a reason to give the work up. */
  async #orWait(next: Next): Promise<Next | End> {
    try {
      return await this.#carryOut(next)
    } catch (error) {
      if (isControl(error) || next.kind === 'wait') throw error
      return failed(errorData(error))
    }
  }

  #carryOut(next: Next): Promise<Next | End> {
    switch (next.kind) {
      case 'prepare':
        return this.#prepare()
      case 'listen':
        return this.#listen()
      case 'adopt':
        return this.#adopt(next.commit)
      case 'judge':
        return this.#judge(next.why)
      case 'wait':
        return this.#wait(next)
      case 'finish':
        return this.#finish(next.tip)
    }
  }

  async #prepare(): Promise<Next> {
    const [n, base] = [++this.#n, this.#base === '' ? null : this.#base]
    const prepared = v.parse(
      PrepareResult,
      await this.#context.step(`workspace:${n}`, async (effect) => {
        const result = await prepareSession(this.#services, effect, this.#session, base)
        const [branch, done] = [this.#branch, externalDone(this.#session)]
        if (result.kind === 'ready') record(effect, 'external.awaited', branch, { branch, done })
        return toJson(result)
      }),
    )
    if (prepared.kind === 'interrupted') return LISTEN
    if (prepared.kind === 'failed') return failed(prepared.error)
    this.#base = prepared.workspace.base
    this.#workspace = { ...prepared.workspace, base: this.#workspace?.base ?? this.#base }
    return this.#again('The operator lets it go on.')
  }

  /** Looks anew at what is known. What was taken once is not taken again: paths may have been handed over since. */
  #again(why: string): Next {
    const { looked, taken } = this.#known
    if (looked !== null && looked !== taken) return { kind: 'adopt', commit: looked }
    return taken === null ? LISTEN : { kind: 'judge', why }
  }

  async #listen(): Promise<Next | End> {
    const n = ++this.#n
    const signal = await this.#context.waitSignal(`listen:${n}`, SIGNALS)
    switch (signal.name) {
      case BRANCH:
        return this.#read(v.parse(BranchSignal, signal.data))
      case LANDED:
        return v.parse(LandedSignal, signal.data).commit === this.#tip ? { kind: 'landed' } : LISTEN
      case SCOPE:
        return this.#settled(v.parse(ScopeSignal, signal.data))
      case DONE:
        return this.#done(v.parse(DoneSignal, signal.data).reason)
      default:
        return this.#operator(signal)
    }
  }

  async #read(reading: v.InferOutput<typeof BranchSignal>): Promise<Next> {
    // Nowhere to take it to yet: the operator is to mend the workspace, and it is looked at then.
    if (this.#workspace === null) {
      if (reading.kind === 'at') this.#known = { ...this.#known, looked: reading.commit }
      return LISTEN
    }
    const after = afterReading(reading, this.#known, this.#branch)
    switch (after.kind) {
      case 'nothing':
        return LISTEN
      case 'adopt':
        return after
      case 'judge':
        await this.#tell('same', `${this.#branch} is there again.`)
        await this.#continue('The branch is there again.')
        return { kind: 'judge', why: 'The branch is there again.' }
      case 'tell':
        await this.#tell(after.sight, after.text)
        return after.wait ? { kind: 'wait', standing: 'waiting', reason: after.text } : LISTEN
    }
  }

  /** Writes down how the branch was found. */
  async #tell(kind: ExternalSight, text: string): Promise<void> {
    const [n, tip] = [++this.#n, this.#known.taken]
    this.#known = { ...this.#known, sight: kind }
    await this.#context.step(`seen:${n}`, (effect) => {
      this.#services.announce(this.#session.label, text)
      record(effect, 'external.seen', String(n), { kind, tip, text })
      return Promise.resolve(null)
    })
  }

  async #adopt(commit: string): Promise<Next> {
    const [n, workspace, before] = [++this.#n, this.#requireWorkspace(), this.#known.taken]
    const { standing } = this.#known
    this.#known = { ...this.#known, looked: commit }
    const branch = this.#branch
    const adopted = v.parse(
      AdoptResult,
      await this.#context.step(`adopt:${n}`, async (effect) => {
        const base = { ...workspace, base: this.#base }
        const taken = await adoptCommit(this.#services, this.#session, base, { commit, before })
        if (taken.kind === 'adopted') {
          const [kind, text] = taken.rewritten
            ? (['rewritten', `${branch} was rewritten; it is at ${commit.slice(0, SHORT)}.`] as const)
            : (['moved', `${branch} is at ${commit.slice(0, SHORT)}.`] as const)
          const kept = taken.backup === null ? {} : { backup: taken.backup }
          record(effect, 'external.seen', String(n), { kind, tip: commit, text, ...kept })
        }
        return toJson(taken)
      }),
    )
    if (adopted.kind === 'adopted') return this.#adopted(commit, adopted)
    const text =
      adopted.kind === 'unrelated'
        ? `${branch} has no history in common with the base of the run.`
        : `${branch} has no commits of its own ${before === null ? 'yet' : 'any more'}.`
    await this.#tell(adopted.kind, text)
    const asks = adopted.kind === 'unrelated' || before !== null
    if (!asks || standing === 'finished') return LISTEN
    return { kind: 'wait', standing: 'waiting', reason: text }
  }

  async #adopted(
    commit: string,
    { base, rewritten }: Extract<v.InferOutput<typeof AdoptResult>, { kind: 'adopted' }>,
  ): Promise<Next> {
    const { standing } = this.#known
    this.#workspace = { ...this.#requireWorkspace(), base }
    this.#known = { ...this.#known, taken: commit, sight: rewritten ? 'rewritten' : 'moved' }
    // What was called complete was the work before.
    if (standing === 'finished') this.#claimed = externalDone(this.#session) === 'commit'
    const why = rewritten ? `${this.#branch} was rewritten.` : `New commits on ${this.#branch}.`
    await this.#continue(why)
    return { kind: 'judge', why: `${why} ${commit.slice(0, SHORT)}` }
  }

  async #judge(why: string): Promise<Next> {
    const [workspace, claimed] = [this.#requireWorkspace(), this.#claimed]
    const [turn, n] = [++this.#turns, ++this.#n]
    const judged = v.parse(
      JudgeResult,
      await this.#context.step(`judge:${turn}`, async (effect) => {
        const input = { session: this.#session, workspace, turn, claimed, why }
        const result = await judgeWork(this.#services, effect, input)
        if (result.kind === 'judged' && result.next.kind === 'listen') {
          this.#services.announce(this.#session.label, result.next.text)
          const data = { kind: 'same' as const, tip: this.#known.taken, text: result.next.text }
          record(effect, 'external.seen', String(n), data)
        }
        return toJson(result)
      }),
    )
    if (judged.kind === 'interrupted') return LISTEN
    const { next, told, tip } = judged
    if (next.kind === 'finish') return { kind: 'finish', tip }
    if (next.kind === 'listen') return LISTEN
    return { kind: 'wait', standing: 'waiting', reason: next.reason, ...(told === '' ? {} : { told }) }
  }

  async #wait({ standing, reason, told, error }: Extract<Next, { kind: 'wait' }>): Promise<Next> {
    const n = ++this.#n
    this.#known = { ...this.#known, standing: 'waiting' }
    this.#tip = null
    await this.#context.step(`wait:${n}`, (effect) => {
      if (told !== undefined) record(effect, 'external.told', String(n), { text: told })
      const data = { reason, ...(error === undefined ? {} : { error: storedError(error) }) }
      if (standing === 'failed') record(effect, 'session.failed', String(n), data)
      else record(effect, 'session.waiting', String(n), data)
      this.#notify(`${standing}:${n}`, { standing })
      return Promise.resolve(null)
    })
    return LISTEN
  }

  async #finish(tip: string): Promise<Next> {
    const [n, { base }] = [++this.#n, this.#requireWorkspace()]
    this.#known = { ...this.#known, standing: 'finished' }
    this.#tip = tip
    await this.#context.step(`finish:${n}`, (effect) => {
      record(effect, 'session.finished', String(n), { tip })
      this.#notify(`finished:${n}`, { standing: 'finished', tip, base })
      return Promise.resolve(null)
    })
    return LISTEN
  }

  async #done(reason: string): Promise<Next> {
    if (this.#known.taken === null) return LISTEN
    this.#claimed = true
    if (this.#known.standing === 'finished') return LISTEN
    await this.#continue(`done: ${reason}`)
    return { kind: 'judge', why: 'The operator says that the work is complete.' }
  }

  async #operator(signal: Signal): Promise<Next | End> {
    const word = v.parse(OperatorSignal, signal.data)
    if (word.kind === 'abandon') return { kind: 'abandon', reason: word.reason }
    if (word.kind === 'handback')
      return {
        kind: 'wait',
        standing: 'waiting',
        reason: `It was handed back: ${word.reason}`,
        told: word.text,
      }
    const words = word.kind === 'nudge' ? word.text : word.reason
    if (words !== NO_REASON) await this.#note(words)
    await this.#continue(`${word.kind}: ${word.reason}`)
    return { kind: 'prepare' }
  }

  async #note(text: string): Promise<void> {
    const n = ++this.#n
    await this.#context.step(`note:${n}`, (effect) => {
      record(effect, 'external.told', String(n), { text: `The operator says: ${text}` })
      return Promise.resolve(null)
    })
  }

  /** A finished session goes on only when its branch has moved or work was handed to it. */
  async #settled(signal: v.InferOutput<typeof ScopeSignal>): Promise<Next> {
    if (this.#workspace === null || this.#known.taken === null) return LISTEN
    const [n, turn, tip] = [++this.#n, this.#turns, this.#tip]
    const outcome = v.parse(
      ScopeOutcome,
      await this.#context.step(`settled:${n}`, async () =>
        toJson(await scopeOutcome(this.#services, this.#session, { signal, turn, tip })),
      ),
    )
    if (outcome === 'nothing') return LISTEN
    const why = `Scope request ${signal.n} is settled.`
    await this.#continue(why)
    return { kind: 'judge', why }
  }

  /** Leaves waiting and finished behind; nothing where it is at work. */
  async #continue(why: string): Promise<void> {
    if (this.#known.standing === 'working') return
    const n = ++this.#n
    this.#known = { ...this.#known, standing: 'working' }
    this.#tip = null
    await this.#context.step(`continue:${n}`, (effect) => {
      record(effect, 'session.continued', String(n), { why })
      this.#notify(`live:${n}`, { standing: 'live' })
      return Promise.resolve(null)
    })
  }

  async #abandon(reason: string): Promise<Json> {
    const [session, workspace] = [this.#session, this.#workspace]
    await this.#context.step('abandon', async (effect) => {
      if (workspace !== null) await saveAbandoned(this.#services, effect, session, workspace)
      record(effect, 'session.abandoned', 'operator', { reason })
      this.#notify('abandoned', { standing: 'abandoned' })
      return null
    })
    return { standing: 'abandoned' }
  }

  async #land(): Promise<Json> {
    await this.#context.step('land', () => {
      this.#notify('landed', { standing: 'landed' })
      return Promise.resolve(null)
    })
    return { standing: 'landed' }
  }

  #notify(key: string, milestone: Pick<Milestone, 'standing'> & Partial<Milestone>): void {
    const { run, piece } = this.#session.name
    notifyRun(this.#services, run, key, { piece, tip: '', base: '', ...milestone })
  }

  #requireWorkspace(): Workspace {
    if (this.#workspace === null) throw new Error('The workspace is used before it was prepared.')
    return this.#workspace
  }
}

function storedError({ code, kind, message, hints }: ErrorData): FactData<'session.failed'>['error'] {
  return { code, kind, message, hints: hints.map((hint) => ({ ...hint })) }
}

function failed(error: ErrorData): Next {
  return { kind: 'wait', standing: 'failed', reason: error.message, error }
}
