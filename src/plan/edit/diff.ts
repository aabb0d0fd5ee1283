// What a change of a text is, line by line, in the form that every tool for patches reads. Pure.

const CONTEXT = 3
/** Pairs of lines compared; beyond that everything between the first and the last difference counts as changed. */
const MOST_PAIRS = 4_000_000

interface Step {
  readonly mark: ' ' | '-' | '+'
  readonly line: string
}

/** The lines of a unified diff; none where the texts are equal. `name`: the file, as it is to be shown. */
export function unifiedDiff(before: string, after: string, name: string): readonly string[] {
  if (before === after) return []
  const steps = stepsBetween(linesOf(before), linesOf(after))
  return [`--- a/${name}`, `+++ b/${name}`, ...hunks(steps)]
}

function linesOf(text: string): readonly string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') return lines.slice(0, -1)
  return [...lines.slice(0, -1), `${lines.at(-1) ?? ''}\n\\ No newline at end of file`]
}

function stepsBetween(old: readonly string[], now: readonly string[]): readonly Step[] {
  let head = 0
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1
  let tail = 0
  const most = Math.min(old.length, now.length) - head
  while (tail < most && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1
  const same = (line: string): Step => ({ mark: ' ', line })
  return [
    ...old.slice(0, head).map(same),
    ...between(old.slice(head, old.length - tail), now.slice(head, now.length - tail)),
    ...old.slice(old.length - tail).map(same),
  ]
}

/** By a longest common subsequence. */
function between(old: readonly string[], now: readonly string[]): readonly Step[] {
  const gone = (line: string): Step => ({ mark: '-', line })
  const come = (line: string): Step => ({ mark: '+', line })
  if (old.length * now.length > MOST_PAIRS) return [...old.map(gone), ...now.map(come)]
  const width = now.length + 1
  const longest = new Uint32Array((old.length + 1) * width)
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      const down = longest[(i + 1) * width + j] ?? 0
      const right = longest[i * width + j + 1] ?? 0
      const both = (longest[(i + 1) * width + j + 1] ?? 0) + 1
      longest[i * width + j] = old[i] === now[j] ? both : Math.max(down, right)
    }
  }
  const steps: Step[] = []
  let [i, j] = [0, 0]
  while (i < old.length || j < now.length) {
    const [left, right] = [old[i], now[j]]
    const down = longest[(i + 1) * width + j] ?? 0
    const across = longest[i * width + j + 1] ?? 0
    if (left !== undefined && left === right) {
      steps.push({ mark: ' ', line: left })
      i += 1
      j += 1
    } else if (left !== undefined && (right === undefined || down >= across)) {
      steps.push(gone(left))
      i += 1
    } else {
      steps.push(come(right ?? ''))
      j += 1
    }
  }
  return steps
}

function hunks(steps: readonly Step[]): readonly string[] {
  const near = new Set<number>()
  for (const [index, { mark }] of steps.entries()) {
    if (mark === ' ') continue
    for (let at = index - CONTEXT; at <= index + CONTEXT; at++) near.add(at)
  }
  const lines: string[] = []
  let [old, now] = [1, 1]
  for (let index = 0; index < steps.length;) {
    if (!near.has(index)) {
      old += 1
      now += 1
      index += 1
      continue
    }
    let end = index
    while (end < steps.length && near.has(end)) end += 1
    const part = steps.slice(index, end)
    const removed = part.filter(({ mark }) => mark !== '+').length
    const added = part.filter(({ mark }) => mark !== '-').length
    lines.push(`@@ -${range(old, removed)} +${range(now, added)} @@`)
    lines.push(...part.flatMap(({ mark, line }) => `${mark}${line}`.split('\n')))
    old += removed
    now += added
    index = end
  }
  return lines
}

function range(start: number, count: number): string {
  if (count === 1) return String(start)
  return `${count === 0 ? start - 1 : start},${count}`
}
