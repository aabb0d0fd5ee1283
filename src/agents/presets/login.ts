// How the operator logs an agent in. Pure.
import { basename } from 'node:path'
import { QuintetError, type Hint } from '../../contract/errors.ts'
import type { Preset } from './preset.ts'

/** The preset that an agent is an instance of: by its name, else by the program or the package that is started. */
export function presetOf(
  { name, command }: { readonly name: string; readonly command: readonly string[] },
  presets: Readonly<Record<string, Preset>>,
): Preset | null {
  if (Object.hasOwn(presets, name)) return presets[name] ?? null
  const words = command.map((word) => withoutVersion(word))
  const programs = words.map((word) => basename(word).replace(/\.[cm]?js$/, ''))
  const isOf = ({ command: [program], distribution }: Preset): boolean =>
    programs.includes(program) || words.includes(withoutVersion(distribution.npx?.package ?? program))
  return Object.values(presets).find(isOf) ?? null
}

const withoutVersion = (word: string): string => word.replace(/(?<=.)@[^@/]+$/, '')

/** The failure of an agent whose provider does not know its user; `said` is what the agent said. Its message holds the
 *  command that logs in, because a list of sessions shows nothing else of it. */
export function loginError(
  agent: { readonly name: string; readonly command: readonly string[] },
  presets: Readonly<Record<string, Preset>>,
  said: string,
): QuintetError {
  const preset = presetOf(agent, presets)
  const message = `The agent ${agent.name} is not logged in: ${said.replace(/\.$/, '')}.`
  if (preset === null) {
    const program = agent.command[0] ?? agent.name
    const hints = [{ text: `Log in with ${program}, or set its key in the environment.` }]
    return new QuintetError('E_AGENT_AUTH', 'agent', message, { hints })
  }
  const hints = [loginHint(preset)]
  return new QuintetError('E_AGENT_AUTH', 'agent', `${message} Log in with: ${preset.login}`, { hints })
}

/** The command that logs in, and what else it takes. */
export function loginHint({ name, login, loginSteps }: Preset): Hint {
  return { text: `Log in to ${name}${loginSteps === undefined ? '' : `: ${loginSteps}`}.`, command: login }
}
