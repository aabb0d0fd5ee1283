// The merge queue: what it costs against others on simulated branches, and that it never makes a target red.
import type { Bench, BenchContext, Outcome } from '../bench.ts'
import { playHistory, redLandings } from './histories.ts'
import { simulatedTable, type Row } from './table.ts'
import { landWebpack } from './webpack.ts'

export const bench: Bench = {
  options: [
    { flags: '--histories <n>', summary: 'simulated histories per row of the table; default 200' },
    { flags: '--crashes <n>', summary: 'histories with a crash at every step; default 1000' },
    {
      flags: '--mirror <git dir>',
      summary: 'mirror clone of webpack/webpack: lands 147 real branches as well',
    },
    {
      flags: '--cases <folder>',
      summary: 'folder of prepare.mjs; default: ../shared/tools/cases beside the checkout',
    },
    {
      flags: '--case <file>',
      summary: 'the case; default: ../../data/cases/webpack-es6-2017/case.json from there',
    },
    { flags: '--node <program>', summary: 'Node for the real tests; they were measured with 20.20.2' },
  ],
  goals: { red_targets: 0, full_runs: 2, tiny_runs: 40, named_wrongly: 0 },
  floors: { landed: 144 },
  run,
}

async function run(context: BenchContext): Promise<Outcome> {
  const { options, note, signal } = context
  const real =
    options.text('mirror') === undefined ? { figures: {}, details: [], ok: true } : await landWebpack(context)
  note('Simulating the table.')
  const rows = await simulatedTable(options.count('histories', 200))
  note('Simulating crashes.')
  const safety = await crashes(options.count('crashes', 1_000), signal)
  return {
    figures: {
      ...real.figures,
      ...safety,
      table_exact: rows.every(({ exact }) => exact),
      ...rowFigures(rows),
    },
    details: [...real.details, ...tableLines(rows)],
    ok: real.ok && safety.red_targets === 0 && rows.every(({ exact }) => exact),
  }
}

interface Safety {
  readonly histories: number
  readonly crashes: number
  readonly landings: number
  readonly red_targets: number
}

async function crashes(histories: number, signal: AbortSignal): Promise<Safety> {
  const sums = { histories, crashes: 0, landings: 0, red_targets: 0 }
  for (let seed = 1; seed <= histories; seed++) {
    signal.throwIfAborted()
    const history = await playHistory(seed, true)
    sums.crashes += history.crashes
    sums.landings += history.port.landings.length
    sums.red_targets += redLandings(history)
  }
  return sums
}

function rowFigures(rows: readonly Row[]): Outcome['figures'] {
  return Object.fromEntries(
    rows.flatMap(({ size, share, queue, unnamed, peers }) => {
      const name = `n${size}_f${String(share).replace('.', '')}`
      return [
        [`${name}_queue`, queue],
        [`${name}_unnamed`, unnamed],
        ...Object.entries(peers).map(
          ([peer, runs]) => [`${name}_${peer.replaceAll(' ', '_')}`, runs] as const,
        ),
      ]
    }),
  )
}

function tableLines(rows: readonly Row[]): string[] {
  const peers = Object.keys(rows[0]?.peers ?? {})
  const line = (cells: readonly (string | number)[]): string =>
    cells.map((cell) => String(cell).padStart(11)).join('')
  return [
    'Mean suite times until every branch has landed or was sent back:',
    line(['branches', 'bad', 'queue', 'unnamed', ...peers]),
    ...rows.map((row) =>
      line([row.size, row.share, row.queue, row.unnamed, ...peers.map((peer) => row.peers[peer] ?? '')]),
    ),
  ]
}
