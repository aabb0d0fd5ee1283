// What .gitattributes files say of who wrote a file: linguist-generated and linguist-vendored. Pure.
import { parseGlob, type Glob } from '../../scope/glob.ts'
import { PatternList } from '../../scope/patterns.ts'
import { folderOf } from './imports/paths.ts'

interface Rule {
  /** Folder of the file that it stands in, with a slash at its end unless it is the root. */
  readonly folder: string
  readonly list: PatternList
  readonly generated: boolean
}

/** Whether the file at this path is of interest here. */
export function isAttributes(path: string): boolean {
  return path === '.gitattributes' || path.endsWith('/.gitattributes')
}

/** What the attributes say of a path: generated, expressly not, or nothing (null). `texts`: by path of .gitattributes. */
export function generatedBy(texts: ReadonlyMap<string, string>): (path: string) => boolean | null {
  const rules = [...texts]
    .toSorted(([a], [b]) => a.length - b.length)
    .flatMap(([path, text]) => rulesIn(folderOf(path), text))
    .toReversed()
  return (path) => {
    for (const { folder, list, generated } of rules) {
      if (path.startsWith(folder) && list.matches(path.slice(folder.length))) return generated
    }
    return null
  }
}

function rulesIn(folder: string, text: string): readonly Rule[] {
  return text.split(/\r?\n/).flatMap((line): Rule[] => {
    if (!line.includes('linguist-') || line.startsWith('#')) return []
    const [pattern = '', ...attributes] = line.trim().split(/\s+/)
    const verdict = attributes.map(verdictOf).findLast((one) => one !== null)
    const glob = patternOf(pattern)
    if (verdict === undefined || verdict === null || glob === null) return []
    return [
      {
        folder: folder === '' ? '' : `${folder}/`,
        list: new PatternList([], {}, [glob]),
        generated: verdict,
      },
    ]
  })
}

function verdictOf(attribute: string): boolean | null {
  const match = /^(-?)linguist-(?:generated|vendored)(?:=(\w+))?$/.exec(attribute)
  return match === null ? null : match[1] === '' && match[2] !== 'false'
}

/** Attributes are those of files: a folder that matches says nothing of what is in it. */
function patternOf(pattern: string): Glob | null {
  const glob = parseGlob(pattern)
  return glob === null || glob.negative ? null : { ...glob, only: 'files' }
}
