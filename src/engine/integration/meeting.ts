// What there is to know about a conflict before a session is asked to resolve it: the lines, and what both sides are for.
import { FILE_SHOWN, meetingText, type Intent } from '../../coordination/conflict.ts'
import { resolveCommit } from '../../git/repository.ts'
import { records, runGit } from '../../git/run.ts'
import type { Back } from '../../integration/queue/port.ts'
import { conflictTexts } from '../../integration/resolve/resolve.ts'
import type { IntegrationInput, RunInput } from '../run/input.ts'
import type { Services } from '../services.ts'
import { loadRunInput } from '../session/spec.ts'
import { decisions } from '../session/words/context.ts'
import { landedSessions } from './landed-tips.ts'
import { branchesOf } from './stack.ts'

type Conflict = Extract<Back, { kind: 'conflict' }>
type MeetingServices = Pick<Services, 'repo' | 'store'>

const SUBJECTS = 5

/** Tells of a conflict for the session that is to resolve it; empty where nothing more is known than its files. */
export async function conflictEvidence(
  services: MeetingServices,
  input: IntegrationInput,
  back: Conflict,
): Promise<string> {
  const run = loadRunInput(services, input.run)
  const [branch] = branchesOf(input, [back.piece])
  const tip = await resolveCommit(services.repo.root, `refs/heads/${run.target}`)
  const [own] = intentsOf(run, [back.piece])
  // Without a common history there are no lines to compare.
  if (branch === undefined || tip === null || own === undefined || back.files.length === 0) return ''
  const place: Place = { run, branch, tip, files: back.files }
  const others = intentsOf(run, await otherPieces(services, place, back.against))
  return meetingText({
    target: run.target,
    own,
    others,
    commits: others.length > 0 ? [] : await subjects(services, place),
    files: back.files,
    texts: await conflictTexts(
      { repo: services.repo, ours: tip, theirs: branch.tip },
      { ours: run.target, theirs: back.piece },
      // One more than is shown, so that a cut is seen.
      FILE_SHOWN + 1,
    ),
    decisions: decisions(services.store, input.run),
  })
}

interface Place {
  readonly run: RunInput
  readonly branch: IntegrationInput['branches'][number]
  /** Of the target. */
  readonly tip: string
  readonly files: readonly string[]
}

function intentsOf({ plan }: RunInput, ids: readonly string[]): readonly Intent[] {
  const pieces = ids.flatMap((id) => plan.pieces.find((piece) => piece.id === id) ?? [])
  return pieces.map(({ id, title, brief }) => ({ piece: id, title, brief }))
}

/** Whose work the branch meets: what the queue has seen, and the pieces that have landed with changes to these files. */
async function otherPieces(
  { repo, store }: MeetingServices,
  { run, branch, files }: Place,
  against: string | null,
): Promise<readonly string[]> {
  const found = new Set(against === null ? [] : [against])
  const before = [run.base.commit]
  for (const { piece, commit } of landedSessions({ store }, run.run)) {
    // What had landed before may be in the branch as well, and is not its own.
    if (piece !== branch.piece && (await touches(repo.root, commit, { before, files }))) found.add(piece)
    before.push(commit)
  }
  return [...found]
}

async function touches(
  cwd: string,
  tip: string,
  { before, files }: { readonly before: readonly string[]; readonly files: readonly string[] },
): Promise<boolean> {
  const range = [tip, ...before.map((commit) => `^${commit}`)]
  const { stdout } = await runGit(
    ['--literal-pathspecs', 'rev-list', '--no-merges', '--max-count=1', ...range, '--', ...files],
    { cwd, op: 'look for commits to these files' },
  )
  return stdout.trim() !== ''
}

async function subjects(
  { repo }: MeetingServices,
  { branch, tip, files }: Place,
): Promise<readonly string[]> {
  const log = ['--literal-pathspecs', 'log', '-z', '--no-merges', `--max-count=${SUBJECTS}`, '--format=%s']
  const { stdout } = await runGit([...log, tip, `^${branch.tip}`, '--', ...files], {
    cwd: repo.root,
    op: 'read what the target has changed',
  })
  return records(stdout)
}
