// What a session is shown of a conflict that it is to resolve: what both sides are for, both sides' lines, and what the
// operator has decided. Bounded. Pure.
import { decisionItem, type Decision } from './decisions.ts'
import { bullets, code, codeList, fence } from './markdown.ts'

/** What a branch is for. */
export interface Intent {
  readonly piece: string
  readonly title: string
  readonly brief: string
}

export interface Meeting {
  readonly target: string
  readonly own: Intent
  /** Those on the other side, as far as they are sessions. */
  readonly others: readonly Intent[]
  /** Subjects of the target's commits on the other side, where no session has made them. */
  readonly commits: readonly string[]
  /** Paths in conflict. */
  readonly files: readonly string[]
  /** Both sides' lines, for the files that have them; a longer text than is shown is cut. */
  readonly texts: readonly { readonly path: string; readonly text: string }[]
  readonly decisions: readonly Decision[]
}

/** Of one file, and of all of them; characters. */
export const FILE_SHOWN = 8_000
const ALL_SHOWN = 24_000
const BRIEF_SHOWN = 300
/** The latest ones. */
const DECISIONS_SHOWN = 20

/** Paragraphs on the conflict. */
export function meetingText(meeting: Meeting): string {
  return [
    `This branch: ${intent(meeting.own)}`,
    ...otherSide(meeting),
    ...conflicts(meeting),
    ...decided(meeting.decisions),
  ].join('\n\n')
}

function intent({ piece, title, brief }: Intent): string {
  const [first = ''] = brief.trim().split(/\r\n|\r|\n/)
  const shown = first.length > BRIEF_SHOWN ? `${first.slice(0, BRIEF_SHOWN)}…` : first
  return `${code(piece)}, ${title.trim()}: ${shown}`
}

function otherSide({ others, commits, target }: Meeting): readonly string[] {
  if (others.length > 0) return [['The other side:', '', ...bullets(others.map(intent))].join('\n')]
  if (commits.length === 0) return []
  return [[`The other side, commits on ${code(target)}:`, '', ...bullets(commits.map(code))].join('\n')]
}

function conflicts({ files, texts, target, own }: Meeting): readonly string[] {
  const shown: string[] = []
  const named = files.filter((path) => !texts.some((text) => text.path === path))
  let left = ALL_SHOWN
  for (const { path, text } of texts) {
    const kept = text.slice(0, FILE_SHOWN)
    if (text === '' || kept.length > left) {
      named.push(path)
      continue
    }
    left -= kept.length
    const cut = kept.length < text.length ? '\n\n(There is more of it in this file.)' : ''
    shown.push(`${code(path)}:\n\n${fence(kept)}${cut}`)
  }
  const order = `those of ${code(target)} first, then as they were before both, then those of ${code(own.piece)}`
  return [
    ...(shown.length === 0 ? [] : [`Both sides' lines, ${order}:`]),
    ...shown,
    ...(named.length === 0 ? [] : [`In conflict, and not shown here: ${codeList(named)}.`]),
  ]
}

function decided(decisions: readonly Decision[]): readonly string[] {
  if (decisions.length === 0) return []
  const last = decisions.slice(-DECISIONS_SHOWN)
  return [['Decisions of the operator, binding for both sides:', '', ...last.map(decisionItem)].join('\n')]
}
