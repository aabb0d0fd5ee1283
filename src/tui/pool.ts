// The warm pool as lines. Pure.
import type { PoolCosts, PoolFailureView, PoolSlotView, PoolView } from '../contract/pool.ts'
import { duration } from './duration.ts'
import { toned, type Tone } from './style.ts'
import { table } from './table.ts'
import { counted, oneLine } from './text.ts'

export interface PoolDrawing {
  readonly width: number
  readonly colour: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
}

const COMMIT = 12
const MB = 1024 ** 2
const SECOND = 1_000

/** `from the pool in 12 ms`, `in 4.1 s`. */
export function preparedText(prepared: { readonly fromPool: boolean; readonly tookMs: number }): string {
  return `${prepared.fromPool ? 'from the pool ' : ''}in ${shortTime(prepared.tookMs)}`
}

/** Milliseconds, or seconds with one decimal. */
function shortTime(ms: number): string {
  return ms < SECOND ? `${Math.round(ms)} ms` : `${(ms / SECOND).toFixed(1)} s`
}

/** Slots, who wants them, what is in the way, and what they take. */
export function renderPool(view: PoolView, drawing: PoolDrawing): string[] {
  const missing = view.wants.filter(({ count, ready }) => ready < count)
  return [
    ...(view.slots.length === 0 ? [] : [...slotTable(view.slots, drawing), '']),
    ...view.failures.flatMap((failure) => failureLines(failure, drawing)),
    ...missing.map(
      ({ who, base, count, ready }) =>
        `${who} wants ${counted(count, 'workspace')} at ${base.slice(0, COMMIT)}; ${ready} ready.`,
    ),
    ...view.waiting,
    summary(view),
    ...oldLines(view),
    ...costLines(view.costs),
    ...nextLines(view),
  ]
}

function slotTable(slots: readonly PoolSlotView[], { width, colour, now }: PoolDrawing): string[] {
  return table<PoolSlotView>(
    [
      { heading: 'slot', priority: 0, cell: ({ id }) => id },
      { heading: 'state', priority: 0, cell: stateCell },
      { heading: 'base', priority: 0, cell: ({ base }) => base.slice(0, COMMIT) },
      { heading: 'dependencies', priority: 2, cell: dependenciesText },
      {
        heading: 'age',
        priority: 1,
        cell: ({ filledAt }) => (filledAt === null ? '' : duration(now - filledAt)),
      },
      {
        heading: 'size',
        priority: 1,
        align: 'right',
        cell: ({ bytes }) => (bytes === null ? '' : megabytes(bytes)),
      },
      { heading: 'for', priority: 2, cell: ({ wanted }) => wanted ?? 'nobody' },
      { heading: 'note', priority: 0, min: 16, cell: ({ kept, doing }) => kept ?? doing ?? '' },
    ],
    slots,
    { width, colour },
  )
}

const TONES: Readonly<Record<PoolSlotView['state'], Tone>> = {
  filling: 'busy',
  ready: 'good',
  advancing: 'busy',
  claiming: 'busy',
  removing: 'quiet',
}

function stateCell({ state, kept }: PoolSlotView): { readonly text: string; readonly tone: Tone } {
  return kept === null ? { text: state, tone: TONES[state] } : { text: 'kept', tone: 'attention' }
}

function dependenciesText({ dependencies, setup }: PoolSlotView): string {
  if (dependencies === null) return ''
  return `${dependencies === 'nothing' ? 'none' : dependencies}${setup ? ', set up' : ''}`
}

function failureLines(
  { base, at, code, message, hints, next }: PoolFailureView,
  { now, colour }: PoolDrawing,
): string[] {
  const again = next === null ? 'not tried again by itself' : `tried again in ${duration(next - now)}`
  const line = `A workspace at ${base.slice(0, COMMIT)} could not be made ${duration(now - at)} ago (${again}):`
  return [
    toned(line, 'bad', colour),
    `  ${code}: ${oneLine(message)}`,
    ...hints.map(
      ({ text, command }) => `  ${oneLine(text)}${command === undefined ? '' : `\n  → run: ${command}`}`,
    ),
  ].flatMap((text) => text.split('\n'))
}

function oldLines({ old }: PoolView): string[] {
  if (old.count === 0) return []
  return [`${counted(old.count, 'workspace')} nobody took for long:`, '  → run: quintet pool trim']
}

function summary({ on, slots, disk, underWay }: PoolView): string {
  if (!on) return 'No workspaces are made ahead: `slots` is 0 in the configuration, or in your own file.'
  const ready = slots.filter(({ state, kept }) => state === 'ready' && kept === null).length
  const making = underWay === 0 ? '' : `, ${underWay} being made`
  return `${counted(ready, 'workspace')} ready${making}; ${megabytes(disk.used)} of the ${megabytes(disk.budget)} that they may take.`
}

/** What the last workspaces have cost, one sentence; empty when that is not known. */
export function costsText({ pooled, ordinary }: PoolView['costs']): string {
  const text = (how: string, { count, ms }: PoolCosts): string =>
    `${shortTime(ms)} ${how} (median of ${count})`
  const parts = [
    ...(pooled === undefined ? [] : [text('from the pool', pooled)]),
    ...(ordinary === undefined ? [] : [text('without it', ordinary)]),
  ]
  return parts.length === 0 ? '' : `Lately a workspace took ${parts.join(' and ')}.`
}

function costLines(costs: PoolView['costs']): string[] {
  const text = costsText(costs)
  return text === '' ? [] : [text]
}

function nextLines({ on, slots, wants, underWay }: PoolView): string[] {
  if (!on || slots.length > 0 || wants.length > 0 || underWay > 0) return []
  return [
    'Once a plan was run here, they are made when one is checked; or at once:',
    '  → run: quintet pool fill',
  ]
}

const megabytes = (bytes: number): string => `${Math.round(bytes / MB).toLocaleString('en')} MB`
