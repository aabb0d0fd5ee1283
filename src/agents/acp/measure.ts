// Finding out what an agent can do without giving it anything to do: it is started, says what it is, opens a session, is put
// into its mode and ended.
import { QuintetError } from '../../contract/errors.ts'
import type { MeasuredAgent } from '../../contract/measured.ts'
import type { OpenOptions } from '../driver.ts'
import type { AgentSelf } from './answers.ts'
import { loginWords } from './failures.ts'
import { initialise } from './initialise.ts'
import { Link, type Route } from './link.ts'
import { normalise } from './normalise.ts'
import { CANCELLED } from './questions.ts'
import { openSession, requestMode } from './session.ts'

type MeasureOptions = Omit<OpenOptions, 'onEvent' | 'onQuestion' | 'resume' | 'mcp'>
type Session = NonNullable<MeasuredAgent['session']>

/** Starts the agent once in `cwd` and says what was found. No model is asked. Throws what `AgentDriver.open` throws, but for
 *  `E_AGENT_AUTH`, which is a finding. Leaves no process behind. */
export async function measureAgent(options: MeasureOptions): Promise<MeasuredAgent> {
  const link = await Link.start({ ...options, ...SILENT })
  try {
    const self = await initialise(link)
    const { name, version, resume, load, fork } = self.capabilities
    const found = { name, version, resume, load, fork, tools: [...self.tools] }
    try {
      return { ...found, session: await measureSession(link, self, options.mode ?? null), login: null }
    } catch (error) {
      if (!(error instanceof QuintetError) || error.code !== 'E_AGENT_AUTH') throw error
      return { ...found, session: null, login: { said: loginWords(error.message), offers: [...self.logins] } }
    }
  } finally {
    await link.sweep()
  }
}

const SILENT: Pick<OpenOptions, 'onEvent' | 'onQuestion'> = {
  onEvent: () => undefined,
  onQuestion: () => Promise.resolve({ kind: 'declined' }),
}

async function measureSession(link: Link, self: AgentSelf, wanted: string | null): Promise<Session> {
  const heard = new Hearing(self.estimates)
  link.awaitSession(heard)
  const opened = await openSession(link, self, { kind: 'new' })
  link.connect(opened.id, heard)
  const before = opened.mode?.current ?? heard.mode
  heard.mode = null
  const stated = wanted === null ? null : await requestMode(link, opened, wanted)
  const actual = wanted === null || stated === null ? before : (stated ?? heard.mode ?? wanted)
  if (self.closes) await link.closeSession(opened.id)
  const modes = opened.modes.length > 0 ? opened.modes : (opened.mode?.offered ?? [])
  return { modes: [...modes], mode: { wanted, actual }, window: heard.window }
}

/** What an agent tells of itself before any prompt. */
class Hearing implements Route {
  mode: string | null = null
  window: number | null = null
  readonly #estimates: boolean

  constructor(estimates: boolean) {
    this.#estimates = estimates
  }

  update(update: { readonly sessionUpdate: string }): void {
    const memory = { roots: [], tools: new Map(), compaction: null, estimates: this.#estimates }
    for (const event of normalise(update, memory).events) {
      if (event.kind === 'mode') this.mode = event.mode
      if (event.kind === 'usage') this.window = event.usage.size
    }
  }

  permission(): Promise<typeof CANCELLED> {
    return Promise.resolve(CANCELLED)
  }

  form(): Promise<{ readonly action: 'cancel' }> {
    return Promise.resolve({ action: 'cancel' })
  }
}
