import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { COMMANDS, GLOBAL_OPTIONS } from '../../src/cli/commands.ts'
import { completionScript, SHELLS } from '../../src/cli/completion.ts'

const script = (shell: (typeof SHELLS)[number]): string => completionScript(shell, COMMANDS, GLOBAL_OPTIONS)

/** What bash offers for the words so far; `quintet completion --list` is played by a function. */
function offered(...words: string[]): string[] {
  const call = [
    script('bash'),
    'quintet() { echo "list-of-$3${5:+-of-$5}"; }',
    `COMP_WORDS=(${['quintet', ...words].map((word) => `'${word}'`).join(' ')})`,
    `COMP_CWORD=${words.length}`,
    '_quintet; printf "%s\\n" "${COMPREPLY[@]}"',
  ].join('\n')
  const output = execFileSync('bash', ['--norc', '-c', call], { encoding: 'utf8' })
  return output.split('\n').filter((line) => line !== '')
}

test.each(SHELLS)('the %s script names every command that is shown', (shell) => {
  const text = script(shell)
  for (const { name, hidden } of COMMANDS) {
    for (const word of hidden === true ? [] : name.split(' ')) expect(text).toContain(word)
  }
  expect(text).toContain('completion --list plans')
  expect(text).toContain('completion --list sessions')
})

test.each(['bash', 'zsh'] as const)('the %s script parses', (shell) => {
  // Of the zsh script the words that only zsh knows are taken out.
  const text = script(shell).replaceAll('${=candidates}', '$candidates')
  expect(() => execFileSync('bash', ['-n'], { input: text, stdio: ['pipe', 'ignore', 'pipe'] })).not.toThrow()
})

test.each([
  [['sta'], ['status', 'stats']],
  [['plan', 'sp'], ['split']],
  [['plan', 'split', ''], ['list-of-plans']],
  [['plan', 'split', 'auth', ''], ['list-of-pieces-of-auth']],
  [['plan', 'split', 'auth', 'login', ''], []],
  [['plan', 'merge', 'auth', 'login', ''], ['list-of-pieces-of-auth']],
  [['plan', 'merge', 'auth', 'login', 'api', ''], []],
  [['plan', 'move', 'auth', 'src/', '--to', ''], ['list-of-pieces-of-auth']],
  [['plan', 'check', ''], ['list-of-plans']],
  [['session', 'show', ''], ['list-of-sessions']],
  [
    ['scope', ''],
    ['list', 'grant', 'hand', 'refuse'],
  ],
  [['scope', 'list', ''], ['list-of-runs']],
  [['scope', 'hand', ''], ['list-of-sessions']],
  [['scope', 'grant', 'api', '--re'], ['--reason']],
  [['-C', '/x', 'answer', ''], ['list-of-sessions']],
  [['answer', 'auth', ''], []],
  [['diagnose', ''], ['list-of-sessions']],
  [['diagnose', 'auth', '--pro'], ['--probe']],
  [['reset', ''], ['list-of-sessions']],
  [
    ['health', ''],
    ['answer', 'diagnose', 'import', 'tolerances'],
  ],
  [['health', 'answer', ''], ['list-of-sessions']],
  [
    ['health', 'answer', 'auth', ''],
    ['nudge', 'reset', 'abandon', 'not-stuck'],
  ],
  [['health', 'answer', 'auth', 'abandon', ''], []],
  [['log', '--run', ''], ['list-of-runs']],
  [['run', '--de'], ['--detach']],
  [['run', 'auth', '--re'], ['--rehearse']],
  [['--js'], ['--json']],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
])('bash completes %j with %j', (words, expected) => {
  expect(offered(...words)).toEqual(expected)
})
