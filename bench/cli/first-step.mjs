// Opens the built engine on a new state file, runs one workflow of one step, and ends. Argument: the state file.
import { enableCompileCache } from 'node:module'

enableCompileCache()
const [{ openStore }, { openEngine }] = await Promise.all([
  import('../../dist/store/store.js'),
  import('../../dist/engine/embedded/engine.js'),
])
const store = openStore(process.argv[2])
const { promise, resolve } = Promise.withResolvers()
const workflows = { one: (context) => context.step('first', () => Promise.resolve(resolve())) }
openEngine({ store, workflows }).start({ id: 'one', workflow: 'one', input: null })
await promise
process.exit(0)
