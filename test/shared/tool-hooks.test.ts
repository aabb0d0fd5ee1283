// The tool hook against what real agents have sent to theirs: every recorded payload is judged as the session's agent
// would have been. Needs the samples beside the repository (../shared/data/agent-samples); without them the lane says so
// and passes.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import * as v from 'valibot'
import { parseDeeds } from '../../src/agents/guards/hook/input.ts'
import { objection } from '../../src/agents/guards/hook/verdict.ts'
import { recordedMap } from '../../src/scope/recorded.ts'
import { askHook, guardRecord } from '../agents/guards/record.ts'
import { temporaryFolder } from '../support/repository.ts'

const FOLDER = fileURLToPath(new URL('../../../shared/data/agent-samples/', import.meta.url))
const present = existsSync(FOLDER)

const Event = v.looseObject({
  hook_event_name: v.string(),
  cwd: v.string(),
  tool_name: v.optional(v.string(), ''),
  tool_input: v.optional(v.looseObject({}), {}),
})
type Event = v.InferOutput<typeof Event>

/** Payloads of hooks before a tool is used. */
function toolUses(agent: string): readonly Event[] {
  const lines = readFileSync(join(FOLDER, agent, 'cmd-hooks.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
  return lines.map((line) => v.parse(v.pipe(v.string(), v.parseJson(), Event), line)).filter(isToolUse)
}

const isToolUse = ({ hook_event_name }: Event): boolean => hook_event_name === 'PreToolUse'

/** What speaks against a recorded tool use, in a worktree where the agent was. */
function judged(event: Event): string | null {
  const record = guardRecord({ worktree: event.cwd, root: '/elsewhere', commonDir: '/elsewhere/.git' })
  const lookups = { real: (path: string) => path, worktrees: () => [] }
  const writes = parseDeeds(JSON.stringify(event))?.writes ?? null
  if (writes === null) return 'not understood'
  const found = writes.flatMap((write) => objection(record, recordedMap(record), { write, lookups }) ?? [])
  return found.length === 0 ? null : found.map(({ why }) => why).join(' ')
}

function summary({ tool_name: tool, tool_input: input }: Event): string {
  const subject = input['file_path'] ?? input['command']
  return `${tool} ${typeof subject === 'string' ? subject.split('\n').join('\\n') : ''}`
}

describe.runIf(present)(`recorded hooks${present ? '' : ': the samples are not there'}`, () => {
  test('of Claude', () => {
    const uses = toolUses('claude')
    expect(uses.length).toBeGreaterThan(5)
    const refused = uses.filter((event) => judged(event) !== null)
    expect(refused.map((event) => [summary(event), judged(event)])).toMatchInlineSnapshot(`
      [
        [
          "Write /repo-worktrees/auth/src/api/forbidden.txt",
          "src/api/forbidden.txt belongs to the piece api (Price list).",
        ],
        [
          "Write /repo-worktrees/auth/src/api/from-sub.txt",
          "src/api/from-sub.txt belongs to the piece api (Price list).",
        ],
        [
          "Write /repo-worktrees/auth/src/api/hookdown.txt",
          "src/api/hookdown.txt belongs to the piece api (Price list).",
        ],
      ]
    `)
  })

  test('of Codex', () => {
    const uses = toolUses('codex')
    expect(uses.map((event) => [summary(event), judged(event)])).toMatchInlineSnapshot(`
      [
        [
          "apply_patch *** Begin Patch\\n*** Update File: src/auth/a.txt\\n@@\\n-one\\n+one edited\\n*** End Patch",
          null,
        ],
        [
          "apply_patch *** Begin Patch\\n*** Add File: src/api/forbidden.txt\\n+should not exist\\n*** End Patch",
          "src/api/forbidden.txt belongs to the piece api (Price list).",
        ],
        [
          "Bash echo hello > src/api/x.txt",
          "src/api/x.txt belongs to the piece api (Price list).",
        ],
        [
          "Bash echo hello-from-shell",
          null,
        ],
      ]
    `)
  })

  test('are answered by the program as the agents expect it', async () => {
    await using folder = await temporaryFolder()
    for (const event of [...toolUses('claude'), ...toolUses('codex')]) {
      const record = guardRecord({
        worktree: event.cwd,
        root: '/elsewhere',
        commonDir: '/elsewhere/.git',
        writable: [],
      })
      const why = judged(event)
      // Whether git ignores a file cannot be asked in a worktree that is not there, and what cannot be asked refuses.
      const { code, stdout, stderr } = await askHook(folder.path, record, JSON.stringify(event))
      expect([summary(event), code, stdout]).toEqual([summary(event), why === null ? 0 : 2, ''])
      expect(stderr === '').toBe(why === null)
    }
  })
})
