// What the words of a change stand for: a pattern of the plan, a tracked path, or one that is to come, seen from the folder that
// the change is asked in, or else from the root. Pure.
import { posix } from 'node:path'
import { QuintetError } from '../../contract/errors.ts'
import { patternProblem } from '../../scope/escape.ts'
import { literalPattern } from '../../scope/glob.ts'
import { compileScope } from '../../scope/patterns.ts'
import { checkCommand, isSamePattern, type Ground } from './ground.ts'

/** Paths from the root that a word may stand for, the likeliest first; without a trailing slash, '' is the root. */
export function pathsMeant({ from = '' }: Pick<Ground, 'from'>, word: string): readonly string[] {
  const plain = word.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '')
  if (from === '' || word.startsWith('/')) return [plain]
  const relative = posix.join(from, word).replace(/^\.?$|\/+$/, '')
  if (/^\.{1,2}(?:\/|$)/.test(word)) return [relative]
  return [relative, plain]
}

/** The pattern that a word stands for: one of the plan as it is written there, a tracked file or folder, else itself.
 *  Throws `E_PATTERN_REFUSED` when nobody can own what it stands for. */
export function patternMeant(ground: Ground, word: string): string {
  const { plan } = ground
  const written = plan.pieces.flatMap(({ scope }) => [...scope.include, ...scope.exclude])
  const same = written.find((pattern) => pattern === word)
  const found = same ?? tracked(ground, word) ?? written.find((pattern) => isSamePattern(pattern, word))
  return found ?? requirePattern(ground, fromFolder(ground, word))
}

/** The pattern of a tracked file or folder; of one that the plan has as it is written there. */
function tracked({ plan, tree, ...ground }: Ground, word: string): string | null {
  const written = plan.pieces.flatMap(({ scope }) => [...scope.include, ...scope.exclude])
  for (const path of pathsMeant(ground, word)) {
    const isFolder = tree.folders.includes(path)
    if (!isFolder && (word.endsWith('/') || !tree.files.includes(path))) continue
    const pattern = `${literalPattern(path)}${isFolder ? '/' : ''}`
    return written.find((own) => isSamePattern(own, pattern)) ?? pattern
  }
  return null
}

/** A word that stands for nothing yet. In a folder a pattern is about what is below it, unless that is nothing; a path that is to
 *  come lies there, unless its own folder is seen from the root alone. */
function fromFolder(ground: Ground, word: string): string {
  const { tree, from = '', ignoreCase } = ground
  const plain = word.replace(/^(?:\.\/)+/, '')
  if (from === '' || /^[/!]/.test(word)) return plain
  if (/[*?[]/.test(word)) {
    const isDeep = !plain.slice(0, -1).includes('/')
    const here = `${literalPattern(from)}/${isDeep ? '**/' : ''}${plain}`
    const below = compileScope({ include: [here] }, { ignoreCase })
    return tree.files.some((file) => below.matches(file)) ? here : plain
  }
  const [relative = '', rooted = relative] = pathsMeant(ground, word)
  if (relative.startsWith('..')) return word
  const isRooted = rooted.includes('/') && tree.folders.includes(posix.dirname(rooted))
  return `${literalPattern(isRooted ? rooted : relative)}${word.endsWith('/') ? '/' : ''}`
}

function requirePattern({ name }: Ground, word: string): string {
  const problem = patternProblem(word)
  if (problem === null && !word.startsWith('!')) return word
  const why = problem?.why ?? 'A pattern that takes back cannot be owned by itself.'
  throw new QuintetError(
    'E_PATTERN_REFUSED',
    'usage',
    `The pattern ${JSON.stringify(word)} cannot be owned. ${why}`,
    { hints: [{ text: 'See which patterns the plan has.', command: checkCommand(name) }] },
  )
}
