// The hub files that the check of a plan names for recorded branches: a piece each, of the package that it works in, on the
// history of their base. Shared by the tests against real branches and the benchmark.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { blobTexts } from '../../src/git/objects/blobs.ts'
import { treeEntries } from '../../src/git/hunks.ts'
import { recentChanges } from '../../src/git/recent.ts'
import { hubFindings } from '../../src/plan/hubs.ts'
import { listCandidates } from '../../src/plan/lists.ts'
import { survey } from '../../src/plan/survey.ts'
import { FACTS, planOf } from '../plan/fixture.ts'

const exec = promisify(execFile)

export interface HubCase {
  readonly base: { readonly commit: string }
  readonly branches: readonly { readonly branch: string; readonly files: readonly string[] }[]
}

/** Files that are named, in the order in which they are read: those with a warning, then those that are listed. */
export async function hubsNamed(
  { base, branches }: HubCase,
  mirror: string,
): Promise<{ readonly warned: readonly string[]; readonly listed: readonly string[] }> {
  const { plan } = planOf(branches.map(pieceOf))
  const { stdout } = await exec('git', ['ls-tree', '-r', '--name-only', '-z', base.commit], {
    cwd: mirror,
    maxBuffer: 64 * 1024 * 1024,
  })
  const files = stdout.split('\0').filter((path) => path !== '')
  const history = await recentChanges(mirror, base.commit, { commits: 1_000, paths: 30 })
  const entries = await treeEntries(mirror, base.commit, listCandidates(plan, { files, history }))
  const blobs = await blobTexts(
    mirror,
    [...entries.values()].map(({ blob }) => blob),
    64 * 1024,
  )
  const texts = new Map([...entries].map(([path, { blob }]) => [path, blobs.get(blob) ?? '']))
  const facts = { ...FACTS, files, history, texts }
  const findings = hubFindings(plan, facts, survey(plan, facts))
  const pathsOf = (code: string): readonly string[] => {
    const hints = findings.filter((finding) => finding.code === code).flatMap(({ hints }) => hints)
    return [...new Set(hints.flatMap(({ text }) => /path = "([^"]+)"/.exec(text)?.[1] ?? []))]
  }
  return { warned: pathsOf('W_HUB_FILE'), listed: pathsOf('I_HUB_FILES') }
}

/** A piece that owns the package that its pull request works in. */
function pieceOf({ branch, files }: HubCase['branches'][number]): { id: string; include: string[] } {
  const folder = files.find((path) => path.startsWith('packages/'))?.split('/')[1] ?? ''
  return { id: branch.replace('pr/', 'pr'), include: [`/packages/${folder}/`] }
}
