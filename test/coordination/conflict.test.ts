import { expect, test } from 'vitest'
import { FILE_SHOWN, meetingText, type Meeting } from '../../src/coordination/conflict.ts'

const MEETING: Meeting = {
  target: 'main',
  own: { piece: 'auth', title: 'Sign in', brief: '\nLet people sign in.\nWith a password.' },
  others: [{ piece: 'data', title: 'Storage', brief: 'Keep what people write.' }],
  commits: [],
  files: ['hub.ts', 'logo.png'],
  texts: [{ path: 'hub.ts', text: 'line 1:\n<<<<<<< main\n```\n=======\nb\n>>>>>>> auth' }],
  decisions: [{ n: 1, at: null, text: 'Use UTC.' }],
}

test('what both sides are for, their lines, and what was decided', () => {
  expect(meetingText(MEETING)).toBe(`This branch: \`auth\`, Sign in: Let people sign in.

The other side:

- \`data\`, Storage: Keep what people write.

Both sides' lines, those of \`main\` first, then as they were before both, then those of \`auth\`:

\`hub.ts\`:

\`\`\`\`
line 1:
<<<<<<< main
\`\`\`
=======
b
>>>>>>> auth
\`\`\`\`

In conflict, and not shown here: \`logo.png\`.

Decisions of the operator, binding for both sides:

1. Use UTC.`)
})

test('commits stand for the other side where no session does, and nothing is said of what is not known', () => {
  const bare = { ...MEETING, others: [], files: ['logo.png'], texts: [], decisions: [] }
  expect(meetingText({ ...bare, commits: ['Fix the hub'] })).toContain(
    'The other side, commits on `main`:\n\n- `Fix the hub`',
  )
  expect(meetingText(bare)).toBe(
    'This branch: `auth`, Sign in: Let people sign in.\n\nIn conflict, and not shown here: `logo.png`.',
  )
})

test('it is bounded: a long file is cut and says so, and files that are too many are named', () => {
  const texts = ['a', 'b', 'c', 'd'].map((path) => ({ path, text: path.repeat(FILE_SHOWN + 1) }))
  const text = meetingText({ ...MEETING, files: ['a', 'b', 'c', 'd'], texts })
  expect(text.length).toBeLessThan(26_000)
  expect(text.match(/There is more of it in this file/g)).toHaveLength(3)
  expect(text).toContain('In conflict, and not shown here: `d`.')
})
