// Plans as many people would lay them out, made from a seed, and changes of them that are checked from outside: every
// comment is still there, pieces that are not concerned are the same to the byte, and what is owned has moved as meant.
import { QuintetError } from '../../../src/contract/errors.ts'
import { holders, type Ground } from '../../../src/plan/edit/ground.ts'
import { layoutOf } from '../../../src/plan/edit/layout.ts'
import { mergePieces } from '../../../src/plan/edit/merge.ts'
import { movePattern } from '../../../src/plan/edit/move.ts'
import { splitPiece } from '../../../src/plan/edit/split.ts'
import { parsePlan } from '../../../src/plan/load.ts'
import { foldersOf } from '../../../src/scope/patterns.ts'

class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1
  }

  /** 0 to `below` - 1. */
  number(below: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * below)
  }

  one<T>(list: readonly [T, ...T[]]): T {
    return list[this.number(list.length)] ?? list[0]
  }

  flag(share = 0.5): boolean {
    return this.number(1_000) < share * 1_000
  }
}

const NAMES = ['api', 'auth', 'data', 'docs', 'jobs', 'web'] as const
const FILES = NAMES.flatMap((name) => [
  `src/${name}/main.ts`,
  `src/${name}/deep/one.ts`,
  `src/${name}/deep/two.ts`,
  `test/${name}/main.test.ts`,
]).concat('README.md', 'package.json')

let made = 0
/** A comment that is not there twice. */
function comment(chance: Chance, share = 0.3): string {
  return chance.flag(share) ? ` # note ${++made} "with" [marks] = 1` : ''
}

function list(chance: Chance, texts: readonly string[], isInline = false): string {
  const quote = chance.flag() ? (text: string) => JSON.stringify(text) : (text: string) => `'${text}'`
  const style = isInline ? chance.number(3) : chance.number(5)
  if (style < 3) {
    const gap = chance.flag(0.2) ? ' ' : ''
    return `[${gap}${texts.map(quote).join(chance.flag(0.2) ? ',' : ', ')}${chance.flag(0.2) && texts.length > 0 ? ',' : ''}${gap}]`
  }
  const lines = texts.map((text, index) => {
    const isLast = index === texts.length - 1
    const own = chance.flag(0.2) ? `  # line ${++made}\n` : ''
    return `${own}  ${quote(text)}${isLast && chance.flag() ? '' : ','}${comment(chance)}\n`
  })
  return `[${texts.length > 0 ? comment(chance, 0.1) : ''}\n${lines.join('')}${chance.flag(0.2) ? `  # end ${++made}\n` : ''}]`
}

interface Made {
  readonly id: string
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  readonly needs: readonly string[]
}

function pieceText(chance: Chance, { id, include, exclude, needs }: Made): string {
  const head = chance.flag(0.4) ? `# about ${id} ${++made}\n` : ''
  const brief = chance.flag() ? `"""\nDo ${id}.\n# no comment\n[[pieces]]\n"""` : `'Do ${id}.'`
  const depends =
    needs.length > 0 || chance.flag(0.2)
      ? `depends_on${chance.one(['=', ' = '])}${list(chance, needs)}${comment(chance)}\n`
      : ''
  const body = `[[pieces]]${comment(chance, 0.1)}\nid = "${id}"${comment(chance)}\ntitle = 'T ${id}'\nbrief = ${brief}\n`
  const check = `{ name = "t", run = ["npm", "test"] }`
  const checks = chance.flag(0.3) ? `checks = [${check}]\n` : ''
  const excluded = exclude.length > 0 || chance.flag(0.2)
  switch (chance.number(3)) {
    case 0: {
      const inside = [
        `include = ${list(chance, include, true)}`,
        ...(excluded ? [`exclude = ${list(chance, exclude, true)}`] : []),
      ]
      return `${head}${body}scope = { ${inside.join(', ')} }${comment(chance)}\n${depends}${checks}`
    }
    case 1:
      return `${head}${body}${depends}scope.include = ${list(chance, include)}${comment(chance)}\n${excluded ? `scope.exclude = ${list(chance, exclude)}\n` : ''}${checks}`
    default:
      return `${head}${body}${depends}${checks}  [pieces.scope]\n  include = ${list(chance, include)}${comment(chance)}\n${excluded ? `  exclude = ${list(chance, exclude)}\n` : ''}${checks === '' && chance.flag(0.4) ? `[[pieces.checks]]\nname = "t"\nrun = ["make"]${comment(chance)}\n` : ''}`
  }
}

/** A plan whose scopes do not overlap. */
function randomPlan(seed: number): string {
  const chance = new Chance(seed)
  const names = NAMES.slice(0, 2 + chance.number(NAMES.length - 1))
  const pieces: Made[] = names.map((id, index) => {
    const lends = index > 0 && chance.flag(0.3)
    const before = names[index - 1] ?? ''
    return {
      id,
      include: [
        `/src/${id}/`,
        ...(chance.flag() ? [`/test/${id}/`] : []),
        ...(lends ? [`/src/${before}/deep/`] : []),
      ],
      exclude: [],
      needs: index > 0 && chance.flag(0.4) ? [before] : [],
    }
  })
  const lent = pieces.map((piece) => ({
    ...piece,
    exclude: pieces.some(({ include }) => include.includes(`/src/${piece.id}/deep/`))
      ? [`/src/${piece.id}/deep/`]
      : [],
  }))
  const shared = `[[shared]]${comment(chance)}\npath = "package.json"\npolicy = "owner"\nowner = "${names[0] ?? ''}"${comment(chance)}\n`
  const gap = (): string => (chance.flag(0.8) ? '\n' : '')
  const parts = lent.map((piece) => pieceText(chance, piece) + gap())
  if (chance.flag())
    parts.splice(chance.number(parts.length + 1), 0, `# shared ${++made}\n\n${shared}${gap()}`)
  const text = `goal = "G"${comment(chance)}\n\n${parts.join('')}`
  return chance.flag(0.2) ? text.replaceAll('\n', '\r\n') : text.replace(/\n+$/, chance.flag(0.2) ? '' : '\n')
}

/** Changes a random plan and says what is wrong with the result; the code where it was refused. */
export function changeOnce(seed: number): { readonly problems: readonly string[]; readonly how: string } {
  const text = randomPlan(seed)
  const chance = new Chance(seed + 7_919)
  const plan = parsePlan(text, 'p')
  const ground: Ground = {
    name: 'p',
    text,
    plan,
    tree: { files: FILES, folders: foldersOf(FILES) },
    ignoreCase: false,
  }
  const id = (): string => plan.pieces[chance.number(plan.pieces.length)]?.id ?? ''
  const [a, b] = [id(), id()]
  const what = chance.one([
    `src/${a}/deep/`,
    `src/${a}/deep/one.ts`,
    `/src/${a}/`,
    `test/${a}/`,
    'package.json',
    'README.md',
  ])
  const kind = chance.one(['move', 'split', 'merge'])
  try {
    const changed =
      kind === 'move'
        ? movePattern(ground, { what, to: b })
        : kind === 'split'
          ? splitPiece(ground, { piece: a, id: 'new', patterns: [what] })
          : mergePieces(ground, { into: a, from: b })
    return {
      problems: problemsOf({ ground, changed: changed.text, kind, concerned: [a, b, 'new'] }),
      how: kind,
    }
  } catch (error) {
    if (!(error instanceof QuintetError)) throw error
    return { problems: error.code === 'E_PLAN_EDIT' ? [error.message] : [], how: error.code }
  }
}

interface Changed {
  readonly ground: Ground
  readonly changed: string
  readonly kind: string
  readonly concerned: readonly string[]
}

function problemsOf({ ground, changed, kind, concerned }: Changed): readonly string[] {
  const after = parsePlan(changed, 'p')
  const problems: string[] = []
  const [old, now] = [comments(ground.text), comments(changed)]
  if (old.join('\n') !== now.join('\n'))
    problems.push(`comments: ${old.join(' | ')} became ${now.join(' | ')}`)
  for (const { id, depends_on, scope } of ground.plan.pieces) {
    if (concerned.includes(id) || depends_on.some((need) => concerned.includes(need))) continue
    const same = after.pieces.find((piece) => piece.id === id)
    if (JSON.stringify(same?.scope) !== JSON.stringify(scope) && kind !== 'move')
      problems.push(`scope of ${id}`)
    if (
      JSON.stringify(same?.scope) === JSON.stringify(scope) &&
      block(ground.text, id) !== block(changed, id)
    )
      problems.push(`text of ${id}`)
  }
  const before = holders(ground.plan, ground)
  const lost = FILES.filter((file) => before.has(file) && !holders(after, ground).has(file))
  if (lost.length > 0) problems.push(`nobody owns ${lost.join(', ')}`)
  const twice = [...holders(after, ground)].filter(([, holder]) => holder.includes(' '))
  if (twice.length > 0) problems.push(`overlap: ${twice.join('; ')}`)
  return problems
}

function comments(text: string): readonly string[] {
  return layoutOf(text)
    .comments.map(({ start, end }) => text.slice(start, end))
    .toSorted()
}

/** The sections of a piece, without comments that stand above them: those of others may have come there. */
function block(text: string, id: string): string {
  const { sections } = layoutOf(text)
  const index = parsePlan(text, 'p').pieces.findIndex((piece) => piece.id === id)
  return sections
    .filter(({ at }) => at[0] === 'pieces' && at[1] === index)
    .map((section) => text.slice(section.start, section.entries.at(-1)?.end ?? section.end))
    .join('\n')
}
