// Every case of conformance with a real agent, through the built command line. What is recorded in docs/ is what must be
// seen: a case that passes must go on passing, and one that is told to be absent must not have come to life unnoticed.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { agentsCache, missingOf } from '../../scripts/agents/pins.ts'
import { CASES } from '../../src/cli/conformance/conformance.ts'
import { parseRecorded } from '../../src/cli/conformance/record.ts'

const exec = promisify(execFile)
const ROOT = join(import.meta.dirname, '..', '..')
const RESULTS = join(ROOT, 'docs', 'agents.results.json')
const recorded = parseRecorded(readFileSync(RESULTS, 'utf8'), RESULTS)
const Answer = v.object({
  data: v.object({
    version: v.nullable(v.string()),
    results: v.tuple([
      v.object({ name: v.string(), finding: v.object({ kind: v.string(), text: v.string() }) }),
    ]),
  }),
})

/** Tried on every run; the others, of which some take minutes, with QUINTET_AGENTS=all. */
const ALWAYS: readonly string[] = ['claude', 'codex']

/** Plays all cases with one agent of the cache; without it they are skipped, and a line says so. */
export function testConformance(agent: string): void {
  const cache = agentsCache()
  const wanted = ALWAYS.includes(agent) || process.env['QUINTET_AGENTS'] === 'all'
  const missing = wanted ? missingOf(agent, cache) : []
  if (missing.length > 0)
    process.stderr.write(
      `SKIPPED, conformance of ${agent}: ${missing.join(', ')} not found in ${cache}; run: npm run agents:install\n`,
    )
  describe.skipIf(!wanted || missing.length > 0)(`conformance of ${agent}`, () => {
    test.each(CASES.map(({ name }) => name))('%s', async (name) => {
      const { version, results } = await tried(agent, name, cache)
      const [{ finding }] = results
      const seen = { version, result: finding.kind, text: finding.text }
      expect(seen).toEqual(expected(agent, name))
    })
  })
}

/** What is recorded; of what is not, that it did not fail. */
function expected(agent: string, name: string): object {
  const { version = null, cases = {} } = recorded[agent] ?? {}
  const known = cases[name]
  if (known !== undefined) return { version, ...known }
  return {
    version: expect.anything(),
    result: expect.stringMatching(/^(pass|absent)$/),
    text: expect.anything(),
  }
}

async function tried(
  agent: string,
  name: string,
  cache: string,
): Promise<v.InferOutput<typeof Answer>['data']> {
  const PATH = [join(cache, 'node_modules', '.bin'), process.env['PATH']].join(delimiter)
  const args = [join(ROOT, 'bin', 'quintet.js'), 'agents', 'test', agent, '--case', name, '--json']
  const call = exec(process.execPath, args, { env: { ...process.env, PATH }, maxBuffer: 2 ** 26 })
  // A case that failed ends with 1 and is told all the same.
  const { stdout } = await call.catch((error: unknown) =>
    v.parse(v.looseObject({ stdout: v.string() }), error),
  )
  return v.parse(v.pipe(v.string(), v.parseJson(), Answer), stdout).data
}
