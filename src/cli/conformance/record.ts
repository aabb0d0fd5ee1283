// The results of agents that were tried, one file for all of them, without anything that is another the next time: the
// tables of the documentation are made from it.
import { readFile, writeFile } from 'node:fs/promises'
import * as v from 'valibot'
import { ignoring, QuintetError } from '../../contract/errors.ts'
import type { CaseResult } from './conformance.ts'

const Recorded = v.record(
  v.string(),
  v.object({
    /** What the agent said that it is. */
    version: v.nullable(v.string()),
    cases: v.record(
      v.string(),
      v.object({ result: v.picklist(['pass', 'fail', 'absent']), text: v.string() }),
    ),
  }),
)

/** Results by the names of agents. */
export type RecordedResults = v.InferOutput<typeof Recorded>

/** Puts what was tried in the place of what was recorded of it; results of another version of the agent are dropped.
 *  Throws `E_RESULTS_FILE` when the file is none of ours. */
export async function recordResults(
  file: string,
  tried: {
    readonly agent: string
    readonly version: string | null
    readonly results: readonly CaseResult[]
  },
): Promise<void> {
  const text = await ignoring(['ENOENT'], readFile(file, 'utf8'))
  const all = text === undefined ? {} : parseRecorded(text, file)
  const before = all[tried.agent]
  const kept = before?.version === tried.version ? before.cases : {}
  const cases = tried.results.map(({ name, finding: { kind, text: said } }) => [
    name,
    { result: kind, text: said },
  ])
  const mine = { version: tried.version, cases: { ...kept, ...Object.fromEntries(cases) } }
  await writeFile(file, `${JSON.stringify({ ...all, [tried.agent]: mine }, null, 2)}\n`)
}

/** The results in a file. Throws `E_RESULTS_FILE`. */
export function parseRecorded(text: string, file: string): RecordedResults {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Recorded), text)
  if (parsed.success) return parsed.output
  throw new QuintetError('E_RESULTS_FILE', 'usage', `The file ${file} holds no results of agents.`, {
    hints: [{ text: 'Name a file that does not exist yet.' }],
  })
}
