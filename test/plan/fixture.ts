import type { PlanFacts } from '../../src/plan/facts.ts'
import type { LoadedPlan } from '../../src/plan/load.ts'
import { parsePlan } from '../../src/plan/load.ts'
import { checkPlan, type PlanReport } from '../../src/plan/check.ts'

/** Surroundings in which a harmless plan passes. */
export const FACTS: PlanFacts = {
  root: '/repo',
  base: { ref: 'HEAD', commit: 'a'.repeat(40) },
  target: { branch: 'main', commit: 'a'.repeat(40) },
  files: [
    'README.md', 'docs/guide.md', 'package.json', 'src/api/routes.ts', 'src/auth/login.ts', 'src/auth/token.ts', 'src/main.ts',
    'test/api.test.ts',
  ], // prettier-ignore
  links: [],
  submodules: [],
  programs: ['npm', 'node', 'claude-agent-acp'],
  scripts: [],
  ignored: [],
  agents: { claude: 'claude-agent-acp', codex: 'codex-acp' },
  defaultAgent: 'claude',
  setup: null,
  coordinationFolder: '.quintet/session',
  ignoreCase: false,
}

export interface PieceText {
  readonly id: string
  readonly include: readonly string[]
  readonly exclude?: readonly string[]
  readonly brief?: string
  /** More TOML lines of the piece. */
  readonly more?: string
}

/** A plan from its parts, as TOML and back. */
export function planOf(pieces: readonly PieceText[], rest = ''): LoadedPlan {
  const text = pieces.map(
    ({ id, include, exclude = [], brief = 'Do it.', more = '' }) =>
    [
      '[[pieces]]', `id = "${id}"`, `title = "The ${id}"`, `brief = ${JSON.stringify(brief)}`,
      `scope = { include = ${JSON.stringify(include)}, exclude = ${JSON.stringify(exclude)} }`, more,
    ].join('\n'), // prettier-ignore
  )
  const checks = rest.includes('[integration]')
    ? ''
    : '[integration]\nchecks = [{ name = "test", run = ["npm", "test"] }]'
  const plan = parsePlan(['goal = "G"', rest, checks, ...text].join('\n'), 'p.toml')
  return { name: 'p', path: '/repo/.quintet/plans/p.toml', plan }
}

export function report(pieces: readonly PieceText[], facts: Partial<PlanFacts> = {}, rest = ''): PlanReport {
  return checkPlan(planOf(pieces, rest), { ...FACTS, ...facts })
}

/** Codes of errors and warnings. */
export function codes(of: PlanReport): readonly string[] {
  return of.findings.filter(({ severity }) => severity !== 'info').map(({ code }) => code)
}

/** The message of the first finding with this code. */
export function message(of: PlanReport, code: string): string {
  return of.findings.find((finding) => finding.code === code)?.message ?? 'not found'
}
