// One fact of the log as a line of text. Pure.
import type { Fact, FactData, FactType } from '../contract/facts.ts'
import { PROVEN_BY } from '../integration/proof/words.ts'
import { duration } from './duration.ts'
import { budgetText } from './health.ts'
import { preparedText } from './pool.ts'
import { limitsText, moneyText, tokensText } from './spend.ts'
import { counted, oneLine, truncate } from './text.ts'

const LONGEST_PROMPT = 120
const SHORT_HASH = 10
const LONGEST_TESTS = 200

/** What a run of the merge queue was done on. */
const RAN_ON: Readonly<Record<FactData<'integration.ran'>['purpose'], string>> = {
  union: 'the union',
  again: 'the same tree again',
  base: 'the target as it is',
  part: 'a part of the union',
  alone: 'one branch alone',
  together: 'a few branches together',
}

/** Who a fact of this stream is about: a piece, `run`, or `integration 2`. */
export function factSubject(stream: string): string {
  const [, room = '', name = ''] = stream.split('/')
  if (room === 'session') return name
  return name === '' ? room : `${room} ${name}`
}

/** What the fact says, one line. */
export function factText(fact: Fact): string {
  return oneLine(describe(fact))
}

type Describers = { readonly [T in FactType]: (data: FactData<T>) => string }

function describe<T extends FactType>(fact: { readonly type: T; readonly data: FactData<T> }): string {
  return DESCRIBERS[fact.type](fact.data)
}

const DESCRIBERS: Describers = {
  'run.created': ({ plan, pieces, base, target }) =>
    `created from plan ${plan}: ${counted(pieces.length, 'piece')}, base ${base.ref}, target ${target}`,
  'run.stopped': ({ reason }) => `stopped: ${reason}`,
  'run.ended': ({ verdict, landed, abandoned, failed }) =>
    `ended: ${verdict}${listed('landed', landed)}${listed('abandoned', abandoned)}${listed('failed', failed)}`,
  'decision.made': ({ n, text }) => `decision ${n}: ${text}`,

  'scope.requested': ({ n, session, paths, reason, owner }) =>
    `scope request ${n}: ${session} asks for ${paths.join(', ')}${owner == null ? '' : ` of ${owner}`}: ${reason}`,
  'scope.granted': ({ n, paths, to, from, by }) =>
    `scope request ${n} granted by ${by}: ${paths.join(', ')} now of ${to}${from === null ? '' : `, before of ${from}`}`,
  'scope.refused': ({ n, reason, by }) => `scope request ${n} refused by ${by}: ${reason}`,
  'scope.handed': ({ n, to, by, patch }) =>
    `scope request ${n} handed to ${to} by ${by}${patch === undefined ? '' : `, patch ${patch}`}`,

  'radar.conflict': ({ sessions, files }) => `${betweenText(sessions)} conflict in ${files.join(', ')}`,
  'radar.cleared': ({ sessions }) => `${betweenText(sessions)} do not conflict any more`,

  'session.preparing': ({ path }) => `preparing ${path}`,
  'workspace.ready': ({ branch, ports, fromPool = false, tookMs }) =>
    `workspace ready: ${branch}, ports from ${ports.first}${tookMs === undefined ? '' : `, ${preparedText({ fromPool, tookMs })}`}`,
  'attempt.started': ({ attempt, how, agent, version, boxed, level, gaps = [] }) =>
    `attempt ${attempt} ${how}: ${`${agent} ${version}`.trimEnd()}${boxed ? ', boxed' : ''}${level === undefined ? '' : `, ${level}`}${gaps.length === 0 ? '' : `: ${gaps.join(' ')}`}`,
  'process.started': ({ pid, group }) => `process ${pid} started, group ${group}`,
  'attempt.ended': ({ attempt, why }) => `attempt ${attempt} ended: ${why}`,
  'turn.started': ({ turn, prompt }) => `turn ${turn}: ${truncate(oneLine(prompt), LONGEST_PROMPT)}`,
  'turn.ended': ({ turn, outcome }) => `turn ${turn} ended: ${outcomeText(outcome)}`,
  'usage.reported': ({ used, size, source }) =>
    `context ${used}${size === null ? '' : ` of ${size}`} tokens (${source})`,
  'usage.spent': ({ turn, output, peak }) =>
    `turn ${turn} used ${output === null ? 'tokens that are not told' : `${output} tokens of output`}${peak === null ? '' : `, context up to ${peak}`}`,
  'spend.counted': ({ turn, tokens, cost, currency, derived, estimated, by }) =>
    `${by ?? `turn ${turn}`} spent ${[
      tokens === null ? 'tokens that are not told' : tokensText({ tokens, derived, estimated }),
      ...(cost === null ? [] : [moneyText(cost, currency)]),
    ].join(', ')}`,
  'spend.limited': ({ session, run }) =>
    `may spend ${limitsText(session) || 'without a limit'}${limitsText(run) === '' ? '' : `; the run ${limitsText(run)}`}`,
  'spend.raised': ({ by, reason }) => `may spend more: ${limitsText(by)}: ${reason}`,
  'question.asked': ({ kind, text }) => `asks (${kind}): ${text}`,
  'question.answered': ({ answer, by }) => `answered by ${by}: ${answer}`,
  'evidence.gathered': evidenceText,
  'status.read': ({ completed, inProgress, blockedOn }) =>
    `status${listed('completed', completed)}${listed('in progress', inProgress)}${listed('blocked on', blockedOn)}`,
  'changes.observed': ({ commits, added, deleted, inScope, outOfScope }) =>
    `${counted(commits, 'commit')}, +${added} -${deleted}, ${counted(inScope, 'file')} in scope, ${outOfScope} out`,
  'configuration.changed': ({ turn, keys }) =>
    `warning: the repository's configuration, which all share, changed during turn ${turn}: ${keys.join(', ')}; see git config --local --list`,
  'health.alarm': ({ alarm }) => `${alarm.strength} alarm, ${alarm.symptom}: ${alarm.evidence.text}`,
  'health.activity': ({ activity }) => `is ${activity}`,
  'health.context': ({ percent, used, effective, source, reached }) =>
    `context ${percent === null ? `${used ?? 'unknown'} tokens` : `${percent} % of ${effective ?? 'unknown'}`} (${source})${reached.length === 0 ? '' : `: ${reached.join(' ')}`}`,
  'health.best': ({ a, failing }) =>
    `best state so far at action ${a}${failing === null ? '' : `, ${counted(failing, 'check')} failing`}`,
  'health.over-budget': ({ spentMs, budgetMs, from }) => budgetText({ spentMs, budgetMs, from }),
  'health.unrecorded': ({ why }) => why,
  'health.ladder': ({ ladder }) =>
    `health: ${ladder.rung}${ladder.pending === null ? '' : `, ${ladder.pending} is due`}`,
  'health.proposed': ({ what, reasons }) => `proposed: ${what}: ${reasons.join(' ')}`,
  'health.nudged': ({ by, text }) => `nudged by ${by}: ${truncate(oneLine(text), LONGEST_TESTS)}`,
  'health.answered': ({ answer, reason }) => `the operator says ${answer}: ${reason}`,
  'health.forgotten': ({ rule }) => `what is tolerated is forgotten: ${rule ?? 'every rule'}`,
  'health.compacted': ({ lost, restated }) =>
    lost === null
      ? `context compacted; what was kept is not known${restated === null ? '' : '; everything is stated again when the turn has ended'}`
      : `context compacted, lost: ${counted(lost.constraints.length, 'constraint')}, ${counted(lost.decisions.length, 'decision')}, ${counted(lost.files.length, 'changed file')}, ${counted(lost.messages.length, 'message')}${restated === null ? '' : '; stated again when the turn has ended'}`,
  'health.reset-due': ({ reason, why }) => `reset due (${reason}): ${why}`,
  'health.reset': ({ attempt, reason, why }) => `attempt ${attempt} is reset (${reason}): ${why}`,
  'health.gates': ({ attempt, gates, passed }) =>
    `handoff to attempt ${attempt} ${passed === null ? (gates.some(({ verdict = 'open' }) => verdict === 'open') ? 'is measured' : 'was not measured') : passed ? 'passed its gates' : `failed: ${gates.flatMap(({ name, passed: ok }) => (ok === false ? [name] : [])).join(', ')}`}`,
  'health.probed': ({ probe }) =>
    `probed${probe.via === undefined ? '' : ` by ${probe.via}`}: ${probe.total === null ? 'nothing to ask' : probe.total.toFixed(2)}, ${counted(probe.items.filter(({ lost }) => lost).length, 'item')} lost`,
  'health.fresh': ({ result }) => `compared with a fresh conversation: ${result.verdict}. ${result.because}`,
  'health.saved': ({ backup }) => `uncommitted work saved as ${backup}`,
  'external.awaited': ({ branch, done }) =>
    `external: ${branch} is watched; ${done === 'commit' ? 'every commit counts as complete' : 'it is complete when the operator says so'}`,
  'external.seen': ({ text, backup }) =>
    `${text}${backup === undefined ? '' : ` What it held before is saved as ${backup}.`}`,
  'external.told': ({ text }) => `to be told to whoever works on it: ${text}`,
  'session.lost': ({ reason }) => `lost: ${reason}`,
  'session.waiting': ({ reason }) => `waiting: ${reason}`,
  'session.continued': ({ why }) => `continued: ${why}`,
  'session.finished': ({ tip }) => `finished at ${short(tip)}`,
  'session.failed': ({ reason }) => `failed: ${reason}`,
  'session.abandoned': ({ reason }) => `abandoned: ${reason}`,
  'session.noted': ({ text }) => `for the next session of the piece: ${text}`,
  'session.landed': ({ commit, how }) =>
    `landed as ${short(commit)}${how === undefined ? '' : `, proven: ${PROVEN_BY[how]}`}`,
  'session.released': ({ outcome, backup, reason }) =>
    `released: ${outcome}${backup === undefined ? '' : `, saved as ${backup}`}${reason === undefined ? '' : `, ${reason}`}`,

  'terminal.attached': ({ agent, pid, level }) =>
    `a terminal with ${agent} was opened (process ${pid}), ${level}`,
  'terminal.state': ({ state, waitingFor, source }) =>
    `terminal: ${state}${waitingFor === null ? '' : ` for ${waitingFor}`} (${source})`,
  'terminal.context': ({ context, compactions }) =>
    `terminal: context ${context === null ? 'not known' : `${context.used}${context.size === null ? '' : ` of ${context.size}`} tokens (${context.source})`}${compactions === 0 ? '' : `, ${counted(compactions, 'compaction')}`}`,
  'terminal.files': ({ files }) => `terminal: wrote ${files.join(', ')}`,
  'terminal.outside': ({ paths }) =>
    paths.length === 0
      ? 'terminal: nothing is outside of its scope any more'
      : `terminal: outside of its scope: ${paths.map(({ path, owner }) => (owner === null ? path : `${path} of ${owner}`)).join(', ')}`,
  'terminal.alarm': ({ alarm }) =>
    `terminal: ${alarm.strength} alarm, ${alarm.symptom}: ${alarm.evidence.text}`,
  'terminal.advice': ({ what, why }) => `terminal: ${what} is advised: ${why.join(' ')}`,
  'terminal.detached': ({ why }) => `the terminal is closed: ${why}`,

  'integration.started': ({ target, pieces }) => `started on ${target}: ${pieces.join(', ')}`,
  'integration.left-out': ({ piece, reason }) => `left out ${piece}: ${reason}`,
  'integration.refused': ({ piece, findings }) =>
    `refused ${piece}: ${findings.map(({ path, text }) => `${path}: ${text}`).join(' ')}`,
  'integration.merged': ({ piece }) => `merged ${piece}`,
  'integration.conflicted': ({ piece, files }) => `conflict of ${piece} in ${files.join(', ')}`,
  'integration.checked': ({ name, green, durationMs, log }) =>
    `check ${name} ${green ? 'green' : 'red'} after ${duration(durationMs)}${green ? '' : `, log ${log}`}`,
  'integration.ran': ({ purpose, branches, tests, red, durationMs }) =>
    `ran ${tests.length === 0 ? 'every check' : truncate(tests.join(', '), LONGEST_TESTS)} on ${RAN_ON[purpose]}, ${counted(branches, 'branch', 'branches')}, ${duration(durationMs)}: ${red.length === 0 ? 'green' : `red ${truncate(red.join(', '), LONGEST_TESTS)}`}`,
  'integration.flaky': ({ tests }) => `not steady: ${tests.join(', ')}`,
  'integration.base-red': ({ tests }) => `red before any branch: ${tests.join(', ')}`,
  'integration.culprit': ({ piece, verdict, with: others, tests }) =>
    `culprit ${piece}${verdict === 'interacts' ? ` together with ${others.join(', ')}` : verdict === 'alone' ? ' alone' : ''}: ${truncate(tests.join(', '), LONGEST_TESTS)}`,
  'integration.handed-back': ({ piece, round, of, reason }) =>
    `handed back ${piece} (${round} of ${of}): ${reason}`,
  'integration.landed': ({ pieces, from, to }) =>
    `landed ${pieces.join(', ')}: ${short(from)} to ${short(to)}`,
  'integration.noted': ({ text }) => `note: ${text}`,
  'integration.obstructed': ({ clear }) => `in the way of the target; to put it aside: ${clear}`,
  'integration.stopped': ({ reason }) => `stopped: ${reason}`,
}

function outcomeText(outcome: FactData<'turn.ended'>['outcome']): string {
  if (outcome.kind === 'stopped') return outcome.reason
  if (outcome.kind === 'failed') return outcome.message
  if (outcome.kind === 'interrupted') return `interrupted by ${outcome.by}`
  return `the agent is gone (${outcome.signal ?? `exit ${outcome.exitCode ?? 'unknown'}`})`
}

function evidenceText(evidence: FactData<'evidence.gathered'>): string {
  const { commits, uncommitted, outOfScope, findings = [], checks } = evidence
  const red = checks.filter(({ green }) => !green).map(({ name }) => name)
  const green = `${checks.length - red.length} of ${counted(checks.length, 'check')} green`
  return `evidence: ${counted(commits, 'commit')}, ${uncommitted.length} uncommitted, ${outOfScope.length} out of scope, ${green}${listed('red', red)}${listed(
    'found',
    findings.map(({ kind, path }) => `${kind} ${path}`),
  )}`
}

function listed(label: string, list: readonly string[]): string {
  return list.length === 0 ? '' : `; ${label}: ${list.join(', ')}`
}

function short(commit: string): string {
  return commit.slice(0, SHORT_HASH)
}

function betweenText([left, right]: FactData<'radar.conflict'>['sessions']): string {
  return `${left} and ${right ?? 'the target'}`
}
