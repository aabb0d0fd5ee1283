import { createApp } from './app.ts'
import { configFrom } from './config.ts'
import { createLog } from './log.ts'

const config = configFrom(process.env)
const log = createLog(config.logLevel, (line) => process.stdout.write(line))
const app = createApp({ databasePath: config.databasePath, log })

app.server.listen(config.port, config.host, () => {
  log('info', 'listening', { address: app.server.address() })
})
