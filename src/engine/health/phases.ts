// Which part of the work a session reports as complete: a phase that its plan names, or a checkpoint of its own. Pure.

const CHECKPOINT = /^checkpoint\b[\s:–-]*(.*)$/i

/** The phase that is reported now and was not before; null when none is. */
export function phaseCompleted(
  phases: readonly string[],
  completed: readonly string[],
  before: readonly string[],
): string | null {
  const known = new Set(before.flatMap((item) => phaseIn(phases, item) ?? []))
  const fresh = completed.flatMap((item) => phaseIn(phases, item) ?? []).filter((name) => !known.has(name))
  return fresh.at(-1) ?? null
}

function phaseIn(phases: readonly string[], item: string): string | null {
  const checkpoint = CHECKPOINT.exec(item.trim())?.[1]
  if (checkpoint !== undefined) return checkpoint.trim() === '' ? 'checkpoint' : checkpoint.trim()
  const said = plain(item)
  return phases.find((phase) => said === plain(phase) || said.startsWith(`${plain(phase)} `)) ?? null
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}
