// What the workflows' effects reach for: one value, made by the daemon when it opens a repository.
import type { AgentDriver } from '../agents/driver.ts'
import type { ConfigFile } from '../contract/config.ts'
import type { Repository } from '../git/repository.ts'
import type { Store } from '../store/store.ts'
import type { Engine } from './port.ts'
import type { Conversations } from './session/turn/conversations.ts'

export interface Services {
  readonly repo: Repository
  /** `<git-common-dir>/quintet`. */
  readonly state: string
  /** As last read; read anew when the operator starts or continues something. */
  readonly config: ConfigFile
  readonly reloadConfig: () => Promise<void>
  readonly store: Store
  readonly driver: AgentDriver
  readonly conversations: Conversations
  readonly engine: () => Engine
  /** Live output for whoever watches; never stored. */
  readonly announce: (session: string, text: string) => void
}
