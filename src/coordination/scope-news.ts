// How sessions are told about paths that have moved, and about what became of their requests. Pure.
import type { ScopeRequest } from '../contract/scope.ts'
import { bullets, code, codeList, document, fence, indented, type Section } from './markdown.ts'

/** A patch that was handed to a session. */
export interface HandedPatch {
  /** Where it can be read; relative to the worktree where it stands in it. */
  readonly path: string
  /** Null: too long for a prompt. */
  readonly text: string | null
}

/** Told at the head of a prompt: what was settled since the last one. Empty when there is nothing to tell. */
export function scopeNewsPrompt(
  piece: string,
  news: readonly ScopeRequest[],
  patches: ReadonlyMap<number, HandedPatch> = new Map(),
): string {
  if (news.length === 0) return ''
  return document(
    'Paths and owners',
    [],
    [
      {
        title: 'Handed to this session',
        lines: news.flatMap((request) => received(piece, request, patches)),
      },
      {
        title: 'Requests of this session',
        lines: bullets(news.flatMap((request) => answered(piece, request))),
      },
      {
        title: 'Other paths that moved',
        lines: bullets(news.filter(({ piece: asking }) => asking !== piece).flatMap(movedLine)),
      },
    ],
  )
}

/** Part of context.md: every path that is no longer where the plan put it. */
export function movedSection(requests: readonly ScopeRequest[]): Section {
  const lines = requests.flatMap(movedLine)
  return {
    title: 'Paths that moved since the plan was made',
    lines: lines.length === 0 ? [] : [...bullets(lines), '', 'The last word on a path counts.'],
  }
}

function movedLine({ paths, owner, state, settled }: ScopeRequest): string[] {
  if (state !== 'granted' || settled?.to === undefined) return []
  return [
    `${codeList(paths)}: now of ${code(settled.to)}${owner === null ? '' : `, before of ${code(owner)}`}`,
  ]
}

function answered(piece: string, request: ScopeRequest): string[] {
  const { n, paths, state, settled } = request
  if (request.piece !== piece || settled === undefined) return []
  const what = `Request ${n}, ${codeList(paths)}`
  const why = settled.reason.trim()
  if (state === 'granted')
    return [`${what}: granted. The session may write it from now on, and nobody else. ${why}`]
  if (state === 'refused') return [`${what}: refused. ${why} Do without it, and do not work around it.`]
  const to = code(settled.to ?? 'its owner')
  return [
    settled.patch === undefined
      ? `${what}: handed to ${to}, which makes the change. ${why}`
      : `${what}: handed to ${to}. What this branch changed there was taken off it by a commit and given to ${to}. ${why}`,
  ]
}

function received(
  piece: string,
  { n, piece: from, paths, reason, state, settled }: ScopeRequest,
  patches: ReadonlyMap<number, HandedPatch>,
): string[] {
  if (state !== 'handed' || settled?.to !== piece) return []
  return [
    `Request ${n}: ${code(from)} needs a change in ${codeList(paths)}, which this session owns.`,
    '',
    ...(reason === '' ? [] : [`> ${indented(reason, '> ')}`, '']),
    ...(settled.by === 'policy' || settled.reason === '' || settled.reason === reason
      ? []
      : [`The operator says: ${settled.reason}`, '']),
    ...patchLines(settled.patch, patches.get(n)),
    '',
  ]
}

function patchLines(file: string | undefined, patch: HandedPatch | undefined): string[] {
  if (file === undefined)
    return ['Make the change that it asks for, in the way that fits the rest of this piece.']
  const { path, text } = patch ?? { path: file, text: null }
  const where = `What it had written is in ${code(path)}`
  const what = 'take over what is right (`git apply` takes it) and commit it'
  if (text === null) return [`${where}: read it, ${what}.`]
  return [`${where} and below: ${what}.`, '', fence(text, 'diff')]
}
