// The context: how full it is, what follows from that, and what is left after a compaction.
import type { ModelScript, ScriptedTurn } from '../../../agents/conformance/model/script.ts'
import { offlineModel } from '../../../agents/conformance/offline.ts'
import { PRESETS } from '../../../agents/presets.ts'
import { absent, fail, pass, type ConformanceCase } from '../case.ts'
import { COMMIT, DONE, EDIT, landedEdit, READ } from './edits.ts'

const MORE: ScriptedTurn = { text: 'More.', calls: [{ kind: 'run', command: 'echo more' }] }
const ENOUGH: ScriptedTurn = { text: 'Enough for now.' }
/** Where a context is too full, as a share of its window: what is promised without any setting. */
const LIMIT = 0.7

/** Ends a turn, or two where the last answers are counted with the next prompt, beyond the limit. */
function filling(agent: string): ModelScript {
  const enough = { ...ENOUGH, fill: 0.74 }
  const beyond = offlineModel(agent).countsWords ? [enough, enough] : [enough]
  return {
    name: 'filling',
    turns: [
      { ...READ, fill: 0.2 },
      { ...MORE, fill: 0.5 },
      { ...MORE, fill: 0.73 },
      ...beyond,
      { ...READ, fill: 0.08 },
      { ...EDIT, fill: 0.1 },
      { ...COMMIT, fill: 0.12 },
      { ...DONE, fill: 0.12 },
    ],
  }
}

export const utilisation: ConformanceCase = {
  name: 'usage and reset',
  title: 'Fills its context beyond 70 % and is reset',
  script: filling,
  async judge(stage) {
    await stage.play()
    const told = await stage.facts('usage.reported')
    if (told.length === 0) return absent('it does not tell how full its context is')
    const shares = told.map(({ used, size }) => (size === null ? 0 : used / size))
    if (Math.max(...shares) <= LIMIT)
      return fail(`it told ${Math.round(Math.max(...shares) * 100)} % at most, and its context was fuller`)
    const resets = await stage.facts('health.reset')
    if (!resets.some(({ reason }) => reason === 'utilisation')) return fail('it was not reset')
    const landed = await landedEdit(stage)
    return landed.kind === 'pass'
      ? pass('it told that it was over 70 %, was reset, and its edit landed')
      : landed
  },
}

/** Ends in the compaction that the agent makes by itself, or after a refusal of its provider. */
function compacting(agent: string): ModelScript {
  const { compactsAt: at, compactsAmid } = offlineModel(agent)
  const before: readonly ScriptedTurn[] =
    at === null
      ? [{ ...MORE, fill: 0.6 }, { fault: { kind: 'status', status: 400, message: TOO_LONG } }]
      : [{ ...(compactsAmid ? MORE : ENOUGH), fill: Math.min(0.98, at + 0.04) }]
  const full = PRESETS[agent]?.usage.told === 'by the prompt' && at !== null ? amid(before, at) : before
  const after = [EDIT, COMMIT, DONE].map((turn) => ({ ...turn, fill: 0.1 }))
  return { name: 'compaction', turns: [{ ...READ, fill: 0.3 }, ...full, ...after] }
}

/** Between the ends of prompts, for who tells its context only there. */
function amid(full: readonly ScriptedTurn[], at: number): readonly ScriptedTurn[] {
  return [{ ...ENOUGH, fill: at - 0.1 }, ...full, { ...ENOUGH, fill: 0.1 }]
}

const TOO_LONG = 'prompt is too long: 210000 tokens > 200000 maximum'

export const compaction: ConformanceCase = {
  name: 'compaction',
  title: 'Compacts its context and goes on',
  script: compacting,
  plan: { health: { limit_percent: 99 } },
  async judge(stage) {
    await stage.play()
    if (!stage.model.seen.some(({ kind }) => kind === 'summary'))
      return absent('it did not compact, though its context was nearly full')
    if ((await stage.facts('health.compacted')).length === 0) return fail('its compaction was not noticed')
    const landed = await landedEdit(stage)
    return landed.kind === 'pass' ? pass('its compaction was noticed, and its edit landed') : landed
  },
}
