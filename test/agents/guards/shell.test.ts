import { expect, test } from 'vitest'
import { readShell } from '../../../src/agents/guards/hook/shell.ts'

const writes = (command: string): string[] =>
  readShell(command, '/w').writes.map(({ path, folder }) =>
    folder === '/w' ? path : `${folder ?? '?'}: ${path}`,
  )

test.each<[string, string[]]>([
  ['echo hi > a.txt', ['a.txt']],
  ['echo hi >> "src/a b.txt" 2>/dev/null', ['src/a b.txt', '/dev/null']],
  ['npm test 2>&1 | tee log.txt >| x &> y', ['x', 'y', 'log.txt']],
  ['make >out 2>err <in', ['out', 'err']],
  ["cat <<'EOF' > d.txt\nfoo > bar \"\nEOF\necho y > e", ['d.txt', 'e']],
  ['cat <<-A <<B > c\n > 1\n\tA\n > 2\nB\n: > d', ['c', 'd']],
  ['git commit -m "$(cat <<\'EOF\'\nFix "a > b", don\'t\nEOF\n)" && echo z > f', ['f']],
  ['wc <<< "a > b" > g', ['g']],
  ['(cd k && tee h <in); echo > i', ['/w/k: h', 'i']],
  ['cd /abs && touch a; cd ../b && touch c; cd "$X"; touch d', ['/abs: a', '/abs/../b: c', '?: d']],
  ['[[ a > b ]] && (( i > 3 )) && echo $((x>y)) > z', ['z']],
  ['diff <(sort a) <(sort b) > out', ['out']],
  ['node -e \'a > b\' && python -c "x > y"', []],
  ['echo > "$OUT"; echo > $(mktemp); rm *.ts; touch a$b', []],
  ['rm -rf dist/ && mv a b && cp -r c d && ln -s e f', ['dist/', 'a', 'b', 'd', 'f']],
  ["sed -i 's/a/b/' x.ts; sed -i '' 's/a/b/' y.ts; sed 's/a/b/' z.ts; sed -i -e s/a/b/ q", ['x.ts', 'y.ts']],
  [
    'env A=1 B=2 sudo tee t; for f in a; do rm one; done; if rm two; then touch three; fi',
    ['t', 'one', 'two', 'three'],
  ],
  ['dd if=/dev/zero of=disk bs=1', ['disk']],
  ["echo '#' > r # > s", ['r']],
  ['echo a\\ b > c\\ d', ['c d']],
  ['echo "unfinished > x', []],
  ['', []],
])('%s', (command, expected) => {
  expect(writes(command)).toEqual(expected)
})

test('a long command is read in time', () => {
  const started = performance.now()
  expect(
    writes(`cat <<'EOF' > a\n${'x > "y\n'.repeat(20_000)}EOF\n${'echo x; '.repeat(2_000)}echo > b`),
  ).toEqual(['a', 'b'])
  expect(performance.now() - started).toBeLessThan(5_000)
})
