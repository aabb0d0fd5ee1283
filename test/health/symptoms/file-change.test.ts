import { describe, expect, test } from 'vitest'
import { readCommand } from '../../../src/health/symptoms/command.ts'

describe('files that are changed by a command', () => {
  test.each([
    ["sed -i 's/a/b/' src/a.py", 'src/a.py', false],
    ["cd /w && sed -i -e 's/a/b/' src/a.py && grep -n b src/a.py", 'src/a.py', false],
    ["perl -pi -e 's/a/b/' lib/x.pl", 'lib/x.pl', false],
    ["cat > solve.py <<'EOF'\nprint(1)\nEOF", 'solve.py', true],
    ["cat <<'EOF' > solve.py\nprint(1)\nEOF", 'solve.py', true],
    ['cat >> notes.txt <<EOF\nx\nEOF', 'notes.txt', false],
    ['echo "x = 1" > conf.ini', 'conf.ini', false],
    [
      "python - <<'EOF'\nfrom pathlib import Path\np = Path('src/b.py')\np.write_text('x')\nEOF",
      'src/b.py',
      false,
    ],
    ["python3 -c \"open('c.txt', 'w').write('x')\"", 'c.txt', false],
    ['git apply fix.patch', 'patch', false],
    ["apply_patch <<'EOF'\n*** Begin Patch\n*** Update File: src/d.rs\n@@\nEOF", 'src/d.rs', false],
    ['create reproduce.py', 'reproduce.py', true],
    ['edit 4:9\nimport make\nmake.test()\nend_of_edit', null, false],
    ['str_replace_editor str_replace /w/a.py --old_str x --new_str y', '/w/a.py', false],
  ])('%s', (command, path, whole) => {
    expect(readCommand(command).change).toMatchObject({ path, whole, alone: true })
  })

  test.each([
    'sed -n 1,20p a.py',
    'cat a.py',
    'python run.py > /dev/null',
    'grep -n "sed -i" docs.md',
    'git apply --check fix.patch',
    'python - <<EOF\nprint(open("a.txt").read())\nEOF',
    'ls -la',
  ])('none: %s', (command) => {
    expect(readCommand(command).change).toBeNull()
  })

  test('what is run besides is what the command is', () => {
    const both = readCommand("cat > t.py <<'EOF'\nimport x\nEOF\npython t.py")
    expect(both).toMatchObject({ family: 'python t', change: { path: 't.py', alone: false } })
    expect(readCommand("sed -i 's/a/b/' a.py && python -m pytest -q")).toMatchObject({
      family: 'pytest',
      verify: true,
    })
  })

  test('what is replaced by what, so that edits to and fro meet', () => {
    expect(readCommand("sed -i 's/old/new/g' a.py").change?.replacements).toEqual([
      { old: 'old', new: 'new' },
    ])
    const script = "python - <<'EOF'\ns = open('a').read()\nopen('a', 'w').write(s.replace('x', 'y'))\nEOF"
    expect(readCommand(script).change?.replacements).toEqual([{ old: 'x', new: 'y' }])
  })
})

test.each([
  ["bash -lc 'cargo build'", 'cargo build'],
  ['bash -lc "cd /w && npm test"', 'npm test'],
  ['/bin/zsh -c "go vet ./..."', 'go vet'],
])('a shell within: %s', (command, family) => {
  expect(readCommand(command).family).toBe(family)
})
