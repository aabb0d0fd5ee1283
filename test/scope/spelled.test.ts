import { expect, test } from 'vitest'
import { recordedMap } from '../../src/scope/recorded.ts'
import { certainSpellings, type Spelling } from '../../src/scope/spelled.ts'
import { randomPath, randomPattern, seeded, type Random } from './random.ts'

type Input = Parameters<typeof certainSpellings>[0]

const input = (include: string[], changes: Partial<Input> & { exclude?: string[] } = {}): Input => ({
  pieces: [{ id: 'a', title: 'A', scope: { include, exclude: changes.exclude ?? [] } }],
  shared: [],
  grants: [],
  coordinationFolder: '.quintet/session',
  ignoreCase: false,
  ...changes,
})

const spelled = (record: Input): string[] =>
  certainSpellings(record, 'a').map(({ kind, text }) =>
    kind === 'below' ? `${text}…` : kind === 'ending' ? `…${text}` : text,
  )

test.each<[Input, string[]]>([
  [
    input(['src/auth/', '/docs/**', 'LICENSE', '*.css']),
    ['src/auth/…', 'docs/…', 'LICENSE', 'LICENSE/…', '….css'],
  ],
  [input(['src/*/x', 'test/**/a-*.ts', 'a b/', String.raw`\!a`, 'x?/', '[ab]/']), []],
  [input(['src/', 'lib/', '!lib/x']), []],
  [input(['src/', 'lib/'], { exclude: ['src/api/'] }), ['lib/…']],
  [input(['src/'], { exclude: ['*.md'] }), []],
  [input(['.quintet/', 'src/']), ['src/…']],
  [
    input(['src/', 'docs/', '*.css'], { shared: [{ path: 'src/x.ts', policy: 'operator' }] }),
    ['docs/…', '….css'],
  ],
  [input(['*.css'], { shared: [{ path: 'a.css', policy: 'operator' }] }), []],
  [
    input(['src/', 'docs/'], {
      grants: [
        { paths: ['docs/a.md'], to: 'b' },
        { paths: ['lib/', 'b.ts'], to: 'a' },
      ],
    }),
    ['src/…', 'lib/…', 'b.ts'],
  ],
  [
    input(['src/'], {
      grants: [
        { paths: ['lib/'], to: 'a' },
        { paths: ['lib/x'], to: 'b' },
      ],
    }),
    ['src/…'],
  ],
])('%j', (record, expected) => {
  expect(spelled(record)).toEqual(expected)
})

const holds = ({ kind, text }: Spelling, path: string): boolean =>
  kind === 'exactly'
    ? path === text
    : kind === 'ending'
      ? path.endsWith(text)
      : path.startsWith(text) && path !== text

const LITERAL = ['a/', '/src', 'src/ab/', 'b', '*.ts', 'a/b/**', '/aab/a', 'src/', 'A/']

function randomInput(random: Random): Input {
  const pattern = (): string => (random.below(2) === 0 ? random.pick(LITERAL) : randomPattern(random))
  const patterns = (most: number): string[] => Array.from({ length: random.below(most + 1) }, pattern)
  const place = (): string => randomPath(random) + (random.below(2) === 0 ? '/' : '')
  return {
    pieces: ['a', 'b'].map((id) => ({
      id,
      title: id,
      scope: { include: [pattern(), ...patterns(2)], exclude: patterns(1) },
    })),
    shared:
      random.below(2) === 0
        ? []
        : [{ path: randomPath(random), policy: 'owner', owner: random.pick(['a', 'b']) }],
    grants: Array.from({ length: random.below(3) }, () => ({
      paths: [place()],
      to: random.pick(['a', 'b']),
    })),
    coordinationFolder: random.pick(['.quintet/session', 'src/a']),
    ignoreCase: random.below(3) === 0,
  }
}

test.each([1, 2, 3])('what is certain by its spelling is owned (seed %i)', (seed) => {
  const random = seeded(seed)
  const wrong: object[] = []
  let certain = 0
  for (let round = 0; round < 300; round += 1) {
    const record = randomInput(random)
    const map = recordedMap(record)
    const spellings = certainSpellings(record, 'a')
    const paths = Array.from({ length: 60 }, () => randomPath(random))
    const near = spellings.flatMap(({ kind, text }) =>
      kind === 'below'
        ? [`${text}x`, `${text}a.ts`, `${text}src/b`]
        : kind === 'ending'
          ? [`x${text}`, `a/b${text}`]
          : [text],
    )
    for (const path of [...paths, ...near]) {
      const coordination = recordedMap({ ...record, pieces: [], shared: [], grants: [] }).ownerOf(path).kind
      if (coordination === 'forbidden' || !spellings.some((spelling) => holds(spelling, path))) continue
      certain += 1
      if (!map.owns('a', path)) wrong.push({ record, path, spellings })
    }
  }
  expect(wrong).toEqual([])
  expect(certain).toBeGreaterThan(500)
})
