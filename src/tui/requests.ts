// Scope requests as lines of text: open ones first, then in the order in which they came. Pure.
import type { RequestView } from '../contract/view.ts'
import { duration } from './duration.ts'
import type { Drawing } from './run.ts'
import { table, type Column } from './table.ts'
import { oneLine } from './text.ts'

/** One line a request under a heading. */
export function renderRequests(requests: readonly RequestView[], drawing: Drawing): string[] {
  const open = requests.filter(({ state }) => state === 'open')
  const settled = requests.filter(({ state }) => state !== 'open')
  return table(columns(drawing), [...open, ...settled], drawing)
}

function columns({ now }: Drawing): Column<RequestView>[] {
  return [
    { heading: '#', priority: 0, align: 'right', cell: ({ n }) => String(n) },
    { heading: 'piece', priority: 0, min: 8, cell: ({ piece }) => piece },
    {
      heading: 'state',
      priority: 0,
      cell: (request) => ({
        text: stateText(request),
        tone: request.state === 'open' ? 'attention' : 'plain',
      }),
    },
    { heading: 'paths', priority: 0, min: 14, cell: ({ paths }) => oneLine(paths.join(', ')) },
    { heading: 'owner', priority: 1, cell: ({ owner }) => owner ?? '-' },
    { heading: 'since', priority: 2, align: 'right', cell: ({ since }) => duration(now - since) },
    { heading: 'via', priority: 4, cell: ({ via }) => via },
    { heading: 'why', priority: 3, min: 14, cell: why },
  ]
}

function stateText({ state, settled }: RequestView): string {
  return state === 'handed' && settled?.to !== undefined ? `handed to ${settled.to}` : state
}

function why({ reason, state, settled }: RequestView): string {
  return oneLine(state === 'refused' ? (settled?.reason ?? reason) : reason)
}
