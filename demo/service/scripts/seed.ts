// Fills an empty database with one user and two accounts, to have something to look at.
import { createAuth } from '../src/auth/auth.ts'
import { systemClock } from '../src/clock.ts'
import { configFrom } from '../src/config.ts'
import { openStore } from '../src/data/store.ts'

const config = configFrom(process.env)
const store = openStore(config.databasePath, systemClock)
const auth = createAuth({ users: store, clock: systemClock })

const user = await auth.register({
  email: 'ada@example.com',
  name: 'Ada',
  password: 'correct horse',
})
const current = store.insertAccount({ userId: user.id, name: 'Current', currency: 'EUR' })
const savings = store.insertAccount({ userId: user.id, name: 'Savings', currency: 'EUR' })
store.insertEntry({ accountId: current.id, amount: 250_000, memo: 'salary' })
store.insertEntry({ accountId: current.id, amount: -84_990, memo: 'rent' })
store.insertEntry({ accountId: savings.id, amount: 1_000_000, memo: 'opening balance' })
store.close()

console.log(`Seeded ${config.databasePath}: log in as ${user.email}.`)
