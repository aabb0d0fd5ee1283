// Token counts of real sessions by the command line, beside a count of another kind: straight from the lines of the files,
// by nothing of the importers. Needs ../shared/data/agent-samples; without it the lane passes.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { TraceReport } from '../../src/health/trace/survey.ts'
import { quintet } from '../cli/process.ts'
import { temporaryFolder } from '../support/repository.ts'

const SAMPLES = fileURLToPath(new URL('../../../shared/data/agent-samples/', import.meta.url))

// The files are of others, and a wrong guess at their shape fails the test.
// oxlint-disable-next-line typescript/no-explicit-any
type Line = any

const linesOf = (name: string): Line[] =>
  readFileSync(join(SAMPLES, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

/** What `health import` and `health diagnose` say of a file, which must be the same. */
async function reportOf(name: string): Promise<TraceReport> {
  await using folder = await temporaryFolder()
  const out = join(folder.path, 'trace.jsonl')
  const made = await quintet(['health', 'import', join(SAMPLES, name), '--out', out, '--json'])
  const shown = await quintet(['health', 'diagnose', out, '--json'])
  const [imported, examined] = [made, shown].map(({ stdout }) => JSON.parse(stdout).data.report)
  expect(examined).toEqual(imported)
  return imported
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

describe.skipIf(!existsSync(SAMPLES))('counted in the lines of the file', () => {
  test('Claude Code: every message of the model once, however many lines it takes', async () => {
    const name = 'claude/transcript-with-compactions.jsonl'
    const lines = linesOf(name)
    const said = lines.filter(({ type }) => type === 'assistant').map(({ message }) => message)
    const messages = new Map(said.map((message) => [message.id, message.usage]))
    expect(said.length).toBeGreaterThan(messages.size)
    const { context, compactions, files } = await reportOf(name)
    expect(context.messages).toBe(messages.size)
    expect(context.output).toBe(sum([...messages.values()].map((usage) => usage.output_tokens)))
    const marks = lines.filter(({ subtype }) => subtype === 'compact_boundary')
    expect(compactions.map(({ pre, post }) => [pre, post])).toEqual(
      marks.map(({ compactMetadata: { preTokens, postTokens } }) => [preTokens, postTokens]),
    )
    const used = [...messages.values()].map(
      (usage) => usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens,
    )
    // What was said last is in the context, too.
    const largest = Math.max(...used, ...marks.map(({ compactMetadata }) => compactMetadata.preTokens))
    expect(Math.abs((context.peak ?? 0) - largest)).toBeLessThanOrEqual(80)
    const edits = said
      .flatMap(({ content }) => content)
      .filter((part: Line) => part.type === 'tool_use' && ['Edit', 'Write'].includes(part.name))
    const refused = lines
      .flatMap(({ message }) => (Array.isArray(message?.content) ? message.content : []))
      .filter((part: Line) => part.type === 'tool_result' && part.is_error === true)
      .map((part: Line) => part.tool_use_id)
    const changed = edits.filter(({ id }: Line) => !refused.includes(id))
    expect(files.changed.map((path) => path.split('/').at(-1))).toEqual([
      ...new Set(changed.map(({ input }: Line) => input.file_path.split('/').at(-1))),
    ])
  })

  test.each(['codex/rollout-compaction.jsonl', 'codex/rollout-hooks-compaction.jsonl'])(
    'Codex: what the file itself adds up: %s',
    async (name) => {
      const lines = linesOf(name)
      const totals = lines.flatMap(({ payload }) => payload?.info?.total_token_usage ?? [])
      const { context, compactions } = await reportOf(name)
      expect(context.output).toBe(totals.at(-1).output_tokens)
      expect(context.messages).toBe(lines.filter(({ type }) => type === 'token_usage_record').length)
      expect(compactions).toHaveLength(lines.filter(({ type }) => type === 'compacted').length)
      const told = lines.flatMap(({ payload }) => payload?.info?.last_token_usage ?? [])
      expect(context.peak).toBe(Math.max(...told.map(({ total_tokens: total }: Line) => total)))
    },
  )
})
