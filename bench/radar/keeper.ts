// The radar of a repository in a process of its own, as the daemon keeps it: says `ready` when every worktree was read, and
// ends when its input does.
import { once } from 'node:events'
import { RadarKeeper } from '../../src/engine/radar/radar.ts'
import { openRepository, stateFolder } from '../../src/git/repository.ts'
import { loadConfig } from '../../src/plan/config.ts'
import { openStore } from '../../src/store/store.ts'

const [path = '', database = ''] = process.argv.slice(2)
const repo = await openRepository(path)
using store = openStore(database)
const config = await loadConfig(repo.root, process.env)
await using keeper = await RadarKeeper.open({ repo, store, state: stateFolder(repo), config })
keeper.keep()
await keeper.settle()
process.stdout.write('ready\n')
process.stdin.resume()
await once(process.stdin, 'end')
