// What the workflows' effects reach for: one value, made by the daemon when it opens a repository.
import type { AgentDriver } from '../agents/driver.ts'
import type { ConfigFile } from '../contract/config.ts'
import type { Repository } from '../git/repository.ts'
import type { Store } from '../store/store.ts'
import type { TerminalHold } from './attached/hold.ts'
import type { SessionName } from './names.ts'
import type { WarmPool } from './pool/warm-pool.ts'
import type { Engine } from './port.ts'
import type { Conversations } from './session/turn/conversations.ts'

/** Opens an endpoint of tools to one session at a time. */
export interface ToolAccess {
  /** A new token for a session; the one before is void. */
  open(session: SessionName): { readonly url: string; readonly token: string }
  /** Takes a token back; does nothing when the session has a newer one. */
  close(session: SessionName, token: string): void
}

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
  /** The tools that agents reach over HTTP; absent where nothing serves them. */
  readonly tools?: ToolAccess
  /** Whose worktrees people work in; absent where nobody looks for them. */
  readonly terminals?: TerminalHold
  /** Workspaces that are made ahead; absent where nobody keeps them. */
  readonly pool?: WarmPool | undefined
  /** The tree of a worktree's files as they are now, from who follows them; null where that takes reading them all. */
  readonly treeOf?: (worktree: string) => Promise<string | null>
  /** Differs whenever other paths than before differ from the target in a worktree, or its HEAD has moved; null where it
   *  takes reading all files to know. */
  readonly stampOf?: (worktree: string) => Promise<string | null>
  /** Live output for whoever watches; never stored. */
  readonly announce: (session: string, text: string) => void
}
