// Scripts at random, and two changes of each. Every declaration, member, name that is imported and comment carries a mark of
// its own, and a new one when it is changed: the marks of a merge are those of the base that both sides have kept, and all new ones.

export interface GeneratedCase {
  readonly base: string
  readonly ours: string
  readonly theirs: string
  readonly marks: Readonly<Record<'base' | 'ours' | 'theirs', readonly string[]>>
}

interface Thing {
  readonly kind: (typeof KINDS)[number] | 'member'
  readonly id: number
  /** Raised with every change. */
  version: number
  readonly members: Thing[]
}

const KINDS = ['function', 'class', 'const', 'import', 'suite', 'type'] as const

/** mulberry32 */
function randomness(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** The case of a seed; always the same. */
export function generatedCase(seed: number): GeneratedCase {
  const random = randomness(seed)
  let next = 0
  let version = 0
  const below = (limit: number): number => Math.floor(random() * limit)
  const fresh = (kind: Thing['kind'], depth = 0): Thing => {
    next++
    const holds = depth === 0 && (kind === 'class' || kind === 'suite' || kind === 'import')
    const members = Array.from({ length: holds ? 1 + below(4) : 0 }, () => fresh('member', 1))
    return { kind, id: next, version: 0, members }
  }
  const some = (): Thing => fresh(KINDS[below(KINDS.length)] ?? 'function')
  const base = Array.from({ length: 2 + below(7) }, some)
  const change = (things: readonly Thing[], make: () => Thing): Thing[] => {
    const changed = structuredClone([...things])
    for (let edits = 1 + below(3); edits > 0; edits--) {
      const at = below(changed.length + 1)
      const thing = changed[at]
      const what = random()
      if (what < 0.45 || thing === undefined) changed.splice(at, 0, make())
      else if (what < 0.6 && changed.length > 1) changed.splice(at, 1)
      else if (what < 0.8 && thing.members.length > 0)
        thing.members.splice(below(thing.members.length + 1), 0, fresh('member', 1))
      else if (thing.members.length === 0) thing.version = ++version
    }
    return changed
  }
  const [ours, theirs] = [change(base, some), change(base, some)]
  return {
    base: text(base),
    ours: text(ours),
    theirs: text(theirs),
    marks: { base: marksOf(base), ours: marksOf(ours), theirs: marksOf(theirs) },
  }
}

function text(things: readonly Thing[]): string {
  return things.map(written).join('\n')
}

function marksOf(things: readonly Thing[]): readonly string[] {
  return text(things).match(/m\d+_\d+/g) ?? []
}

function written({ kind, id, version, members }: Thing): string {
  const mark = `m${id}_${version}`
  switch (kind) {
    case 'function':
      return `/** Says something. */\nexport function f${id}(): string {\n  return '${mark}'\n}\n`
    case 'const':
      return `const c${id} = '${mark}'\n`
    case 'type':
      return `// Of some kind.\ninterface T${id} {\n  ${mark}: string\n}\n`
    case 'import':
      return `import { ${members.map((member) => `m${member.id}_0`).join(', ')} } from './${id}'\n`
    case 'class':
      return `class C${id} {\n${members.map((member) => `  n${member.id}() {\n    return 'm${member.id}_0'\n  }\n`).join('\n')}}\n`
    case 'suite':
      return `describe('s${id}', () => {\n${members.map((member) => `  test('m${member.id}_0', () => {})\n`).join('')}})\n`
    case 'member':
      return ''
  }
}
