import { basename, resolve } from 'node:path'
import { agentCommand, PRESETS, type AgentCommand } from '../../agents/presets.ts'
import { presetOf } from '../../agents/presets/login.ts'
import { QuintetError } from '../../contract/errors.ts'
import { loadConfig } from '../../plan/config.ts'
import { programFile } from '../../process/spawn.ts'
import { toned, type Tone } from '../../tui/style.ts'
import { pad } from '../../tui/text.ts'
import { rootOf } from '../access.ts'
import type { Invocation } from '../command.ts'
import type { ConformanceCase } from '../conformance/case.ts'
import { CASES, playCase, type CaseResult } from '../conformance/conformance.ts'
import { recordResults } from '../conformance/record.ts'
import { requireOfflineSetup } from '../conformance/stage.ts'
import { hiddenProgram } from '../doctor/hidden-program.ts'
import { usageError } from '../failure.ts'

const TONES: Readonly<Record<CaseResult['finding']['kind'], Tone>> = {
  pass: 'good',
  absent: 'attention',
  fail: 'bad',
}

/** Plays every case with a real agent and a scripted model; 1 when one of them failed. */
export async function run(invocation: Invocation): Promise<number> {
  const { words, options, output, signal, cwd } = invocation
  const agent = await namedAgent(invocation, words)
  requireOfflineSetup(agent)
  const cases = casesNamed(options.text('case'))
  const record = options.text('record')
  await requireProgram(agent, cwd)
  const [, entry = ''] = process.argv
  const program = [process.execPath, entry]
  output.narrate(`Trying ${agent.name}: ${cases.length === 1 ? 'one case' : `${cases.length} cases`}.`)
  const results: CaseResult[] = []
  for (const one of cases) {
    signal.throwIfAborted()
    results.push(await playCase(agent, one, { program, signal, keep: options.flag('keep') }))
    output.narrate(line(results.at(-1), output.narrationColour))
  }
  const failures = results.filter(({ finding }) => finding.kind === 'fail').length
  const version = results.find((one) => one.version !== null)?.version ?? null
  const answer = { agent: agent.name, version, failures, results }
  if (record !== undefined) await recordResults(resolve(cwd, record), answer)
  output.answer(answer, () => [`${version ?? agent.name}: ${counted(results)}.`])
  return failures === 0 ? 0 : 1
}

/** The agent of that name; else the words are what starts one, as one of the presets where it is that. */
async function namedAgent(invocation: Invocation, words: readonly string[]): Promise<AgentCommand> {
  const root = await rootOf(invocation)
  const config = await loadConfig(root, process.env)
  const [name = ''] = words
  const known = Object.hasOwn(config.agents, name) || Object.hasOwn(PRESETS, name)
  const isCommand = words.length > 1 || (!known && (await programFile(name, { cwd: root })) !== null)
  if (!isCommand) return fromRoot(agentCommand({ id: 'case', agent: name }, config, { root }), root)
  const preset = presetOf({ name: '', command: words }, PRESETS)
  const id = preset?.id ?? basename(name)
  const started = {
    command: [...words],
    env: { ...preset?.env },
    ...(preset?.mode === undefined ? {} : { mode: preset.mode }),
    ...(preset?.boxedMode === undefined ? {} : { boxed_mode: preset.boxedMode }),
  }
  return fromRoot(agentCommand({ id: 'case', agent: id }, { agents: { [id]: started } }, { root }), root)
}

/** Cases are played elsewhere: what is named from here is named in full. */
function fromRoot(agent: AgentCommand, root: string): AgentCommand {
  return {
    ...agent,
    command: agent.command.map((word) => (/^\.\.?\//.test(word) ? resolve(root, word) : word)),
  }
}

function casesNamed(wanted = ''): readonly ConformanceCase[] {
  const exact = CASES.filter(({ name }) => name === wanted)
  const cases = exact.length > 0 ? exact : CASES.filter(({ name }) => name.includes(wanted))
  if (cases.length > 0) return cases
  throw usageError(`No case has a name with ${wanted} in it.`, [
    { text: `Cases: ${CASES.map(({ name }) => name).join('; ')}.` },
  ])
}

/** Else every case would fail for the same reason. */
async function requireProgram(
  { name, command: [program = ''], env }: AgentCommand,
  cwd: string,
): Promise<void> {
  const file = await programFile(program, { cwd, env })
  if (file !== null) return requireSeen(name, file, cwd)
  const install = Object.hasOwn(PRESETS, name) ? PRESETS[name]?.install : undefined
  throw new QuintetError(
    'E_AGENT_MISSING',
    'environment',
    `The agent ${name} is not installed: its program ${program} was not found.`,
    {
      details: { program },
      hints: [install === undefined ? LOOK : { text: 'Install it.', command: install }],
    },
  )
}

/** Else every case would fail because the agent cannot be started. */
async function requireSeen(name: string, file: string, cwd: string): Promise<void> {
  const hidden = await hiddenProgram(file, cwd)
  if (hidden === null) return
  throw new QuintetError(
    'E_AGENT_HIDDEN',
    'environment',
    `The agent ${name} cannot be started in a box: its program lies in ${hidden.folder}, which boxes hide.`,
    { details: { ...hidden }, hints: [{ text: 'Install it elsewhere, such as below the home folder.' }] },
  )
}

const LOOK = { text: 'See which agents can be started.', command: 'quintet doctor' }

function counted(results: readonly CaseResult[]): string {
  const count = (kind: CaseResult['finding']['kind']): number =>
    results.filter(({ finding }) => finding.kind === kind).length
  return `${count('pass')} passed, ${count('fail')} failed, ${count('absent')} absent`
}

function line(result: CaseResult | undefined, colour: boolean): string {
  if (result === undefined) return ''
  const { name, finding, seconds } = result
  const kind = toned(pad(finding.kind, 6), TONES[finding.kind], colour)
  return `${kind}  ${pad(name, 20)}  ${seconds.toFixed(1).padStart(5)} s  ${finding.text}`
}
