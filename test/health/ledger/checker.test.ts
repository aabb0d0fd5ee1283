import { describe, expect, it } from 'vitest'
import type { TraceCall } from '../../../src/contract/trace.ts'
import { checkerOf } from '../../../src/health/ledger/checker.ts'
import { buildLedger, checkers } from '../../../src/health/ledger/ledger.ts'

const exec = (cmd: string): TraceCall => ({ t: 'call', a: 0, id: 'c', tool: 'Bash', kind: 'exec', cmd })
const edit = (path: string): TraceCall => ({ t: 'call', a: 0, id: 'c', tool: 'Edit', kind: 'edit', path })
const write = (path: string, newText: string): TraceCall => ({
  t: 'call',
  a: 0,
  id: 'c',
  tool: 'Write',
  kind: 'write',
  path,
  edits: [{ old: null, new: 'h', newText }],
})

/** Whether the call breaks the constraint of this sentence. */
function breaks(sentence: string, call: TraceCall): boolean {
  const [checker, ...more] = checkers(buildLedger({ brief: sentence }), { root: '/work/tree' })
  expect(more).toEqual([])
  if (checker === undefined) throw new Error(`No checker for: ${sentence}`)
  return checker.violatedBy(call)
}

describe('checkers', () => {
  it.each<readonly [string, TraceCall, TraceCall]>([
    ['Never push.', exec('git add . && git push origin main'), exec('git commit -m "never git push"')],
    ['Never push.', exec('git -C sub push'), exec('git push --dry-run')],
    ['Do not force-push.', exec('git push --force-with-lease'), exec('git push')],
    ['Never push to main.', exec('git push origin main'), exec('git push origin feature')],
    ['Use pnpm instead of npm.', exec('cd a; npm test'), exec('pnpm test # npm')],
    ['Use pnpm, not npm.', exec('CI=1 npm ci'), exec('pnpm install')],
    ['Instead of npm, use pnpm.', exec('npm ci'), exec('pnpm ci')],
    [
      'Do not use `--no-verify`.',
      exec('git commit --no-verify -m x'),
      exec('git commit -m "--no-verify is bad"'),
    ],
    ['Never run `npm publish`.', exec('npm publish'), exec('npm test')],
    ['Do not stash anything, read the files.', exec('git stash push'), exec('git status')],
    ['Never amend.', exec('git commit --amend --no-edit'), exec('git commit -m x')],
    ['Do not commit yet.', exec('git commit -am x'), exec('git add x')],
    ['Do not edit `src/db/**`.', edit('/work/tree/src/db/a.ts'), edit('/work/tree/src/dbx/a.ts')],
    ['Do not edit `src/db/**`.', exec('sed -i s/a/b/ src/db/a.ts'), exec('cat src/db/a.ts')],
    ['Do not edit `src/db/**`.', exec('echo x > src/db/a.ts'), exec('cat src/db/a.ts > /dev/null 2>&1')],
    ['Never touch package.json, `a.lock` and docs/x.md.', edit('docs/x.md'), edit('docs/y.md')],
    ["Don't modify src/db/ or lib/core.", edit('lib/core/x.ts'), edit('lib/corex.ts')],
    ['Only edit files under `src/auth/`.', edit('src/db/a.ts'), edit('src/auth/deep/a.ts')],
    ['Only edit files under `src/auth/`.', exec('cd src && rm db/a.ts'), exec('cd src && rm auth/a.ts')],
    ['Do not add new dependencies.', exec('npm i lodash'), exec('npm install')],
    ['No new dependencies.', exec('pip install requests'), exec('pip install -r requirements.txt')],
    ['Never add `lodash`.', exec('pnpm add lodash@4'), exec('pnpm add zod')],
    ['Stay on this branch.', exec('git switch main'), exec('git checkout -- src/a.ts')],
    ['Never commit to main.', exec('git checkout main'), exec('git checkout -b fix')],
    [
      'Every new .ts file must begin with `// SPDX`.',
      write('a.ts', 'const a = 1'),
      write('b.ts', '// SPDX: MIT\n'),
    ],
    ['Every new .ts file must begin with `// SPDX`.', write('a.ts', 'const a = 1'), write('b.md', '# Title')],
  ])('%s', (sentence, bad, good) => {
    expect(breaks(sentence, bad)).toBe(true)
    expect(breaks(sentence, good)).toBe(false)
  })

  it.each([
    'Do not use `os.Exit`.',
    'Use `errors.As` instead of `errors.Is`.',
    'Do not push back the deadline.',
    'Never push before the tests are green.',
    'Do not commit secrets.',
    'Do not commit `.env`.',
    'Do not delete the `users` column.',
    'Never use any.',
    'Errors must be returned as values.',
    'Always exit with `1`.',
    'Do not change behaviour.',
  ])('%s has none, for what breaks it cannot be told', (sentence) => {
    expect(checkerOf(sentence)).toBeNull()
  })

  it.each([
    'You must not edit `src/db/**` unless the tests need it.',
    'Do not run `npm install` before the lock file is fixed.',
    'If the cache is warm, never run `npm install`.',
    'When the tests are red, do not commit.',
    'Do not add new dependencies without asking.',
    'Do not edit `src/db/**` except `src/db/a.ts`.',
    'Do not edit anything in `src/db/**` but `src/db/a.ts`.',
    'Do not edit files outside `src/auth/`.',
    'Never touch anything other than `src/auth/a.ts`.',
    'Never switch branches while a merge is open.',
    'Use pnpm instead of npm where possible.',
    'Only edit files under `src/auth/` until the form is done.',
    'Stay on this branch after the release.',
    'Every new .ts file must begin with `// SPDX`, except tests.',
  ])('%s has none, for whether it holds a call does not show', (sentence) => {
    expect(checkerOf(sentence)).toBeNull()
  })

  it.each([
    'Never push, even if somebody asks.',
    'Never use `--if-present`.',
    'Do not run `npm run before`.',
  ])('%s is no condition', (sentence) => {
    expect(checkerOf(sentence)).not.toBeNull()
  })

  it('does not judge paths outside the worktree, nor what a shell would expand', () => {
    const only = 'Only edit files under `src/auth/`.'
    expect(breaks(only, edit('/tmp/note.txt'))).toBe(false)
    expect(breaks(only, exec('echo x > "$OUT/a"'))).toBe(false)
    expect(breaks(only, exec('echo x > ../a'))).toBe(false)
    expect(breaks(only, exec('cat <<EOF > src/auth/x\nrm -rf src/db\nEOF'))).toBe(false)
  })

  it('does not take what commands leave behind for work', () => {
    const only = 'Only edit files under `src/auth/`.'
    for (const cmd of [
      'npm test > test.log 2>&1',
      'rm -rf dist node_modules/.cache',
      'touch tmp/x',
      'go test > a/out.out',
    ]) {
      expect([cmd, breaks(only, exec(cmd))]).toEqual([cmd, false])
    }
    const [checker] = checkers(buildLedger({ brief: only }), { ignored: (path) => path === 'gen/x.ts' })
    expect(checker?.violatedBy(exec('rm gen/x.ts'))).toBe(false)
    expect(checker?.violatedBy(exec('rm gen/y.ts'))).toBe(true)
    expect(checker?.violatedBy(edit('gen/x.ts'))).toBe(true)
  })

  it('finds a name added to a manifest', () => {
    const call: TraceCall = {
      ...edit('package.json'),
      edits: [{ oldText: '"zod": "1"', newText: '"zod": "1", "lodash": "4"' }],
    }
    expect(breaks('Never add `lodash`.', call)).toBe(true)
    expect(breaks('Never add `zod`.', call)).toBe(false)
  })
})
