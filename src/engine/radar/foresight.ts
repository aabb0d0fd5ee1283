// The early warning about changes that merge and still break each other: committed tips are read when somebody asks, each
// once, for a bounded time, and compared with each other and with what has come to the target since they left it; the rules
// are in integration/semantic.
import type { RadarSemantic } from '../../contract/radar.ts'
import { QuintetError } from '../../contract/errors.ts'
import { resolveCommit } from '../../git/repository.ts'
import { mergeBase } from '../../git/merge/merge.ts'
import type { SemanticSide } from '../../integration/semantic/facts.ts'
import { NO_LINKS } from '../../integration/semantic/links.ts'
import { semanticSide } from '../../integration/semantic/sides.ts'
import { semanticWarnings, type SemanticWarning } from '../../integration/semantic/warnings.ts'
import { readByLook, shownWarnings, TARGET } from './foreseen.ts'

/** After this long no branch is begun and no pair compared: the next look goes on from there. */
const LOOK_MS = 3_000

export interface Tip {
  readonly session: string
  /** Its last commit. */
  readonly tip: string
  /** Commit of the branch that it is to land on. */
  readonly target: string
}

interface ReadTip extends Tip {
  readonly base: string | null
  readonly side: SemanticSide
}

interface Compared {
  readonly sides: readonly [SemanticSide, SemanticSide]
  readonly warnings: readonly SemanticWarning[]
}

interface MaybeSide {
  readonly side: SemanticSide | null
  /** Why it is none, or not the latest; null when it is. */
  readonly gap: string | null
}

/** What was found between a session and the target. */
interface Landed {
  readonly session: string
  readonly target: SemanticSide | null
  readonly warnings: readonly SemanticWarning[]
  readonly gap: string | null
}

type Gap = RadarSemantic['gaps'][number]

/** The objects of a box are taken over when the turn ends. */
const NOT_HERE = 'What it has committed in this turn is looked at when the turn ends.'
const NO_TIME = 'There was no time to read its commits or compare them; the next look goes on.'
const NO_TIME_FOR_TARGET =
  'There was no time to compare it with what has come to the target; the next look goes on.'

export class Foresight {
  readonly #cwd: string
  readonly #ms: number
  /** By session: the tip that was read last. */
  readonly #read = new Map<string, ReadTip>()
  readonly #compared = new Map<string, Compared>()
  /** What has come to the target, by the commit that was left there and the commit that it is now. */
  readonly #landed = new Map<string, SemanticSide>()
  #work: Promise<unknown> = Promise.resolve()

  constructor(cwd: string, { ms = LOOK_MS }: { readonly ms?: number } = {}) {
    this.#cwd = cwd
    this.#ms = ms
  }

  /** What the commits of these sessions mean to each other, in pairs of which `concerns` holds for at least one. Sessions
   *  that are not among them are forgotten. What cannot be read is named among the gaps. */
  look(tips: readonly Tip[], concerns: (session: string) => boolean): Promise<RadarSemantic> {
    const result = this.#work.then(async () => {
      this.#forget(new Set(tips.map(({ session }) => session)))
      return await this.#look(tips, concerns)
    })
    this.#work = Promise.allSettled([result])
    return result
  }

  async #look(tips: readonly Tip[], concerns: (session: string) => boolean): Promise<RadarSemantic> {
    const until = performance.now() + this.#ms
    const unread = new Map<string, string>()
    const sides: SemanticSide[] = []
    for (const tip of tips) {
      const { side, gap } = await this.#side(tip, performance.now() < until)
      if (side !== null) sides.push(side)
      if (gap !== null) unread.set(tip.session, gap)
    }
    const found: SemanticWarning[] = []
    for (const [index, left] of sides.entries()) {
      for (const right of sides.slice(index + 1)) {
        if (!concerns(left.session) && !concerns(right.session)) continue
        const warnings = this.#compare(left, right, performance.now() < until)
        if (warnings === null) unread.set(left.session, NO_TIME)
        else found.push(...warnings)
      }
      // Others have a turn between wide branches.
      await new Promise((resolve) => setImmediate(resolve))
    }
    const landed = await this.#lookAtTarget(
      sides.filter(({ session }) => concerns(session)),
      until,
    )
    for (const { session, gap } of landed) if (gap !== null && !unread.has(session)) unread.set(session, gap)
    found.push(...landed.flatMap(({ warnings }) => warnings))
    const all = [...sides, ...new Set(landed.flatMap(({ target }) => target ?? []))]
    const gaps = [...all.flatMap(leftOut), ...[...unread].map(([session, why]) => ({ session, why }))]
    return { ...shownWarnings(found), byLines: readByLook(all), gaps }
  }

  /** Each side against what has come to its target meanwhile. */
  async #lookAtTarget(sides: readonly SemanticSide[], until: number): Promise<readonly Landed[]> {
    const looked: Landed[] = []
    const used = new Set<string>()
    for (const side of sides) {
      const { session } = side
      const { base = null, target = '' } = this.#read.get(session) ?? {}
      if (base === null || base === target) continue
      used.add(`${base} ${target}`)
      const { side: landed, gap } = await this.#landedSide(base, target, performance.now() < until)
      const warnings = landed === null ? null : this.#compare(side, landed, performance.now() < until)
      const why = gap ?? (warnings === null ? NO_TIME_FOR_TARGET : null)
      looked.push({ session, target: landed, warnings: warnings ?? [], gap: why })
    }
    for (const key of this.#landed.keys()) if (!used.has(key)) this.#landed.delete(key)
    return looked
  }

  async #landedSide(base: string, target: string, inTime: boolean): Promise<MaybeSide> {
    const key = `${base} ${target}`
    const known = this.#landed.get(key)
    if (known !== undefined) return { side: known, gap: null }
    if (!inTime) return { side: null, gap: NO_TIME_FOR_TARGET }
    try {
      const side = await this.#readSide({ session: TARGET, tip: target }, base)
      this.#landed.set(key, side)
      return { side, gap: null }
    } catch (error) {
      if (!(error instanceof QuintetError)) throw error
      return { side: null, gap: `What has come to the target cannot be read: ${error.message}` }
    }
  }

  /** Its side; with a gap it is that of an earlier commit, or none. */
  async #side(tip: Tip, inTime: boolean): Promise<MaybeSide> {
    const known = this.#read.get(tip.session)
    const same = known?.tip === tip.tip ? known : null
    if (same?.target === tip.target) return { side: same.side, gap: null }
    const older = known?.side ?? null
    if (!inTime) return { side: older, gap: NO_TIME }
    try {
      if ((await resolveCommit(this.#cwd, tip.tip)) === null) return { side: older, gap: NOT_HERE }
      const base = await mergeBase(this.#cwd, tip.target, tip.tip)
      const side = same !== null && same.base === base ? same.side : await this.#readSide(tip, base)
      this.#read.set(tip.session, { ...tip, base, side })
      return { side, gap: null }
    } catch (error) {
      // It warns only: what it cannot read costs nothing else.
      if (error instanceof QuintetError)
        return { side: older, gap: `Its commits cannot be read: ${error.message}` }
      throw error
    }
  }

  async #readSide(
    { session, tip }: Pick<Tip, 'session' | 'tip'>,
    base: string | null,
  ): Promise<SemanticSide> {
    if (base === null) return { session, files: [], links: NO_LINKS, left: 0 }
    return await semanticSide(this.#cwd, { session, base, tip })
  }

  #compare(left: SemanticSide, right: SemanticSide, inTime: boolean): readonly SemanticWarning[] | null {
    const key = `${left.session}\n${right.session}`
    const known = this.#compared.get(key)
    if (known?.sides[0] === left && known.sides[1] === right) return known.warnings
    if (!inTime) return null
    const warnings = semanticWarnings(left, right)
    this.#compared.set(key, { sides: [left, right], warnings })
    return warnings
  }

  #forget(known: ReadonlySet<string>): void {
    for (const session of this.#read.keys()) if (!known.has(session)) this.#read.delete(session)
    for (const key of this.#compared.keys())
      if (key.split('\n').some((session) => session !== TARGET && !known.has(session)))
        this.#compared.delete(key)
  }
}

function leftOut({ session, left }: SemanticSide): readonly Gap[] {
  if (left === 0) return []
  const who = session === TARGET ? null : session
  const files = left === 1 ? 'One changed file was' : `${left} changed files were`
  return [{ session: who, why: `${files} not read for uses: too many, too large, or not to be parsed.` }]
}
