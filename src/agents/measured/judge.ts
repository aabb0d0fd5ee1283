// What was found at an agent's start, held against what its preset says of the versions that were tried. Pure.
import type { MeasuredAgent } from '../../contract/measured.ts'
import type { Preset } from '../presets/preset.ts'

type Versions = Preset['tested']

/** `2.6.0`, or `0.101.0 to 0.104.2`. */
export function testedRange({ from, to }: Versions): string {
  return from === to ? from : `${from} to ${to}`
}

/** A sentence for everything about an agent that may go another way than it was tried. */
export function surprises(preset: Preset | null, found: MeasuredAgent): readonly string[] {
  return [
    ...modeSurprise(found),
    ...(preset === null ? [] : [...versionSurprise(preset, found), ...lacks(preset, found)]),
  ]
}

function versionSurprise({ tested }: Preset, { version }: MeasuredAgent): readonly string[] {
  const side = compareVersions(version, tested)
  if (side === 'inside') return []
  const tried = `Tried with ${testedRange(tested)}`
  if (side === 'unknown') return [`${tried}; this one tells no version that can be compared.`]
  return [`${tried}; this one is ${side}, so it may behave in other ways.`]
}

function lacks({ expects }: Preset, found: MeasuredAgent): readonly string[] {
  const ways = (['resume', 'load', 'fork'] as const).filter((way) => expects[way] !== found[way])
  const tools = (['http', 'sse'] as const).filter(
    (way) => expects.tools.includes(way) !== found.tools.includes(way),
  )
  return [
    ...ways.map((way) =>
      found[way]
        ? `It can ${way}, which the tried version could not.`
        : `It cannot ${way}, which the tried version could.`,
    ),
    ...tools.map((way) =>
      found.tools.includes(way)
        ? `It reaches tools by ${way}, which the tried version did not.`
        : `It does not reach tools by ${way}, which the tried version did.`,
    ),
  ]
}

function modeSurprise({ session }: MeasuredAgent): readonly string[] {
  const { wanted = null, actual = null } = session?.mode ?? {}
  if (wanted === null || wanted === actual) return []
  const is = actual === null ? 'tells of no mode' : `is in the mode ${actual}`
  return [`It was put into the mode ${wanted} and ${is}, so it may write without asking.`]
}

/** Where a version stands to a range, both ends inside. Only the numbers count. */
export function compareVersions(
  version: string,
  { from, to }: Versions,
): 'older' | 'inside' | 'newer' | 'unknown' {
  const [own, first, last] = [version, from, to].map(numbersOf)
  if (own === undefined || first === undefined || last === undefined || own.length === 0) return 'unknown'
  if (order(own, first) < 0) return 'older'
  return order(own, last) > 0 ? 'newer' : 'inside'
}

function numbersOf(version: string): readonly number[] {
  const [numbers = ''] = /^v?(\d+(?:\.\d+)*)/.exec(version)?.slice(1) ?? []
  return numbers === '' ? [] : numbers.split('.').map(Number)
}

function order(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
