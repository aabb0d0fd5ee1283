// What the doctor says of how dependencies come into worktrees here. Pure.
import { best, chosenMethod, SLOT_CHOICE, SLOTS, type Samples } from '../../workspace/clone/method.ts'
import type { MeasuredHere } from '../../workspace/clone/samples.ts'
import { RULES } from '../../workspace/dependencies/ecosystems.ts'
import type { DoctorFinding } from './finding.ts'

/** Tells what was measured, and what is done because of it. `measured` null: nothing yet. */
export function dependencyFinding(measured: MeasuredHere | null): DoctorFinding {
  const check = 'dependencies'
  const entries = Object.entries(measured?.samples ?? {})
  if (measured === null || entries.length === 0)
    return { check, level: 'ok', text: 'Copies and installations are measured with the first worktrees.' }
  const { type, source } = measured.fileSystem
  const ways = entries.map(([of, samples]) =>
    of === SLOTS ? `slots are ${wayOfSlots(samples)}` : `${of} is ${wayOf(of, samples)}`,
  )
  return { check, level: 'ok', text: `On ${type} (${source}): ${ways.join('; ')}.` }
}

function wayOf(of: string, samples: Samples): string {
  const rules = Object.entries(RULES).find(([manager]) => manager === of.split(' ')[0])?.[1]
  const copied = rules?.copy === 'whole' && chosenMethod({ ...rules, samples }) === 'copy'
  const times = [
    ...(rules?.copy === 'never' ? [] : [`copied in ${seconds(samples.copy)}`]),
    `installed in ${seconds(samples.install)}`,
  ]
  return `${copied ? 'copied where it can be' : 'installed'} (${times.join(', ')})`
}

function wayOfSlots(samples: Samples): string {
  const snapshots = chosenMethod({ ...SLOT_CHOICE, samples }) === 'copy'
  const times = `a snapshot in ${seconds(samples.copy)}, filled in ${seconds(samples.install)}`
  return `${snapshots ? 'snapshots of a ready one where they can be' : 'filled'} (${times})`
}

function seconds(times: readonly number[]): string {
  const ms = best(times)
  return ms === null ? 'a time that is not known' : `${(ms / 1000).toFixed(1)} s`
}
