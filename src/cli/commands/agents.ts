import { measuredFolder } from '../../agents/measured/memory.ts'
import { surveyAgents } from '../../agents/measured/survey.ts'
import { PRESETS } from '../../agents/presets.ts'
import { nearest } from '../../contract/nearest.ts'
import { examineConfig, type ExaminedConfig } from '../../plan/config.ts'
import { operatorHome } from '../../workspace/box/home.ts'
import { rootOf } from '../access.ts'
import { agentLines, agentView, brokenAgent } from '../agents-table.ts'
import type { Invocation } from '../command.ts'
import { usageError } from '../failure.ts'

/** Shows every agent that plans can name, and what it said of itself when it was started once; those that are named alone,
 *  where some are. */
export async function run(invocation: Invocation): Promise<number> {
  const { options, output, signal, words } = invocation
  const root = await rootOf(invocation)
  const examined = await examineConfig(root, process.env)
  requireKnown(words, examined)
  const { config, sources, broken } = examined
  const found = await surveyAgents({
    root,
    config,
    sources,
    names: words,
    home: operatorHome(),
    memory: measuredFolder(process.env),
    fresh: options.flag('fresh'),
    signal,
    onStart: (name) => output.narrate(`Starting ${name} once, to see what it can do.`),
  })
  // A plan that names one of these is refused, also where a preset has the name.
  const rest = found.filter(({ name }) => !Object.hasOwn(broken, name))
  const agents = [...Object.entries(broken).map(([name, error]) => brokenAgent(name, error)), ...rest]
  output.answer({ agents: agents.map(agentView) }, () => agentLines(agents, output.colour))
  return 0
}

/** Throws `E_USAGE`, and what is wrong with the file of an agent that is named. */
function requireKnown(words: readonly string[], { config, broken }: ExaminedConfig): void {
  const known = [...Object.keys(config.agents), ...Object.keys(PRESETS)]
  for (const word of words) {
    const error = Object.hasOwn(broken, word) ? broken[word] : undefined
    if (error !== undefined) throw error
    if (known.includes(word)) continue
    const meant = nearest(word, ['test', ...known])
    const perhaps = meant === null ? '' : ` Did you mean agents ${meant}?`
    throw usageError(`There is no agent named ${word}.${perhaps}`, [
      { text: 'See which there are.', command: 'quintet agents' },
    ])
  }
}
