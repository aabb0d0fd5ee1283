// The radar of a repository in a process of its own, as the daemon keeps it, which tells when it has taken in what it was
// asked to wait for. A line each way is one message; ends when its input does.
import { createInterface } from 'node:readline'
import { RadarKeeper } from '../../src/engine/radar/radar.ts'
import { openRepository, stateFolder } from '../../src/git/repository.ts'
import { WatchBudget } from '../../src/integration/radar/budget.ts'
import { loadConfig } from '../../src/plan/config.ts'
import { openStore } from '../../src/store/store.ts'
import type { Asked, Told } from './messages.ts'

const [path = '', database = '', sessions = '', budget = ''] = process.argv.slice(2)
const tell = (message: Told): void => void process.stdout.write(`${JSON.stringify(message)}\n`)
const awaited = new Map<string, Set<Asked & { readonly ask: 'await' }>>()

const repo = await openRepository(path)
using store = openStore(database)
const config = await loadConfig(repo.root, process.env)
await using keeper = await RadarKeeper.open(
  { repo, store, state: stateFolder(repo), config },
  {
    onNoticed: look,
    ...(budget === '' ? {} : { budget: new WatchBudget(Number(budget)) }),
  },
)
const left = new Set(sessions.split(','))
const ready = Promise.withResolvers<void>()
keeper.keep()
await ready.promise
tell({ told: 'ready' })
for await (const line of createInterface(process.stdin)) {
  const asked: Asked = JSON.parse(line)
  if (asked.ask === 'await') {
    awaited.set(asked.label, (awaited.get(asked.label) ?? new Set()).add(asked))
    tell({ told: 'waiting', id: asked.id })
  } else if (asked.ask === 'hear') keeper.hear(asked.path, { paths: asked.paths })
  else if (asked.ask === 'no rounds') keeper.withoutRounds()
  else
    tell({
      told: 'known',
      missing: asked.results.filter((one) => !isKnown(one)).length,
      overflows: keeper.watching().overflows,
    })
}

function look(label: string): void {
  if (left.delete(label) && left.size === 0) ready.resolve()
  for (const one of awaited.get(label) ?? []) {
    if (!isKnown(one)) continue
    awaited.get(label)?.delete(one)
    tell({ told: 'noticed', id: one.id, at: Number(process.hrtime.bigint()) / 1e6 })
  }
}

function isKnown({ label, path: file, result }: Pick<Asked & { ask: 'await' }, 'label' | 'path' | 'result'>) {
  const radar = keeper.fieldOf(label)?.radar
  if (file === 'HEAD') return radar?.head(label) === result
  const change = radar?.matrix.overlay(label).get(file)
  if (result === 'base') return change === undefined
  if (result === 'deleted') return change?.class === 'deleted'
  return change?.result.includes(result) === true
}
