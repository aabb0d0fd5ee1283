// Which calls would break a constraint, as far as its sentence says so. Conservative: where the words leave a doubt there
// is no checker, and the constraint is watched by the other symptoms alone. Pure.
import type { Checker } from '../../contract/handoff.ts'

/** Programs that a sentence may name without backticks. */
const PROGRAMS =
  /^(?:npm|npx|yarn|pnpm|bun|deno|node|pip|pip3|uv|poetry|pipenv|conda|cargo|go|make|mise|gradle|mvn|docker|git|pytest|jest|vitest|mocha|tsc|eslint|prettier|sudo|curl|wget|brew|apt|apt-get|sed|rm)$/

const NEGATION =
  /\b(?:do not|don't|never|must not|mustn't|shall not|may not|not allowed to|avoid|refrain from|forbidden to)\b/i

/** A sentence that holds under a condition or with an exception: a call alone does not show whether it holds now. */
const CONDITION =
  /(?<!\beven )\b(?:if|when|whenever|while|during|once|unless|except|excepting|excluding|save for|without|before|after|until|till|as long as|so long as|in case|provided|where(?:ver)? (?:possible|needed|necessary|appropriate)|outside|other than|apart from|aside from|besides|(?:any|every)(?:thing|where) but|but for|but(?= `))\b/i

/** The checker that a sentence allows for; null when it allows for none, as when it is conditional. */
export function checkerOf(sentence: string): Checker | null {
  const text = sentence.replace(/[’‘]/g, "'").replace(/\*\*/g, '')
  if (CONDITION.test(text.replace(/`[^`]*`/g, '`'))) return null
  return (
    pushChecker(text) ??
    dependencyChecker(text) ??
    branchChecker(text) ??
    headerChecker(text) ??
    insteadChecker(text) ??
    onlyPathsChecker(text) ??
    forbiddenPathsChecker(text) ??
    gitVerbChecker(text) ??
    forbiddenCommandChecker(text)
  )
}

/** What follows the negation, up to the end of the clause; null when nothing is denied. */
function denied(text: string): string | null {
  const at = NEGATION.exec(text)
  if (at === null) return null
  const rest = text.slice(at.index + at[0].length)
  return /^(?:`[^`]*`|[^;,`])*/.exec(rest)?.[0] ?? rest
}

function pushChecker(text: string): Checker | null {
  const clause = denied(text)
  if (clause === null) return null
  const push = /^\s*(?:ever\s+)?(?:run\s+`?git\s+)?(force[- ])?push(?:ing)?\b(?!\s+back)(.*)/i.exec(clause)
  if (push === null) return null
  const branch = /\bto\s+(?:the\s+)?`?([\w./-]+?)`?(?:\s+branch)?[.!]?\s*$/i.exec(push[2] ?? '')?.[1] ?? null
  const anywhere = branch === null || /^(?:remote|origin|github|upstream|any)$/i.test(branch)
  return { kind: 'push', branch: anywhere ? null : branch, force: push[1] !== undefined }
}

function dependencyChecker(text: string): Checker | null {
  if (
    /^(?:use |with )?no (?:new|additional|further|extra|other|external) (?:\w+ )?(?:dependenc|packages?\b|librar)/i.test(
      text,
    )
  ) {
    return { kind: 'dependency', name: null }
  }
  const clause = denied(text)
  if (clause === null) return null
  if (
    /^\s*(?:add|install|introduce|pull in|adding|installing)\s+(?:any |a |new |more |external |third-party |npm |runtime )*(?:dependenc|packages?\b|librar)/i.test(
      clause,
    )
  ) {
    return { kind: 'dependency', name: null }
  }
  const named =
    /^\s*(?:add|install|depend on|adding|installing)\s+`([@\w][\w./@-]*)`(?:\s+as a (?:\w+ )?dependency)?\s*[.!]?\s*$/i.exec(
      clause,
    )
  const name = named?.[1]
  return name === undefined || /\.\w+$/.test(name) ? null : { kind: 'dependency', name }
}

function branchChecker(text: string): Checker | null {
  const stay =
    /\b(?:stay|keep|work only) on (?:the )?(?:(?:branch )?`([\w./-]+)`|branch ([\w./-]+\w)|(?:this|the current|your) branch)/i.exec(
      text,
    )
  if (stay !== null) return { kind: 'branch', stay: true, name: stay[1] ?? stay[2] ?? null }
  const clause = denied(text)
  if (clause === null) return null
  if (/^\s*(?:switch|change|create)\s+(?:any |new |a new |to (?:an)?other )?branch/i.test(clause)) {
    return { kind: 'branch', stay: true, name: null }
  }
  const off =
    /^\s*(?:commit(?: directly)?|work|develop)\s+(?:on|to)\s+(?:the\s+)?`?(main|master|develop|trunk|release[\w./-]*)`?/i.exec(
      clause,
    )
  const name = off?.[1]
  return name === undefined ? null : { kind: 'branch', stay: false, name }
}

function headerChecker(text: string): Checker | null {
  const header =
    /\b(?:every|each|all)\s+(?:new\s+)?(?:(\S+)\s+)?(?:source\s+)?files?\s+(?:must\s+|should always\s+)?(?:begins?|starts?|carry|carries)\s+(?:with\s+)?(?:the (?:line|header)\s+)?[`"]([^`"]+)[`"]/i.exec(
      text,
    )
  const line = header?.[2]
  if (line === undefined) return null
  const extension = /^`?\*?(\.\w+)`?$/.exec(header?.[1] ?? '')?.[1] ?? null
  return { kind: 'header', line, extension }
}

function insteadChecker(text: string): Checker | null {
  const name = '(`[^`]+`|[\\w-]+)'
  const tail = '(?=\\s*(?:$|[.,;!)]|for\\b|to\\b|in\\b|everywhere\\b))'
  const forms = [
    new RegExp(
      `\\b(?:use|run|prefer)\\s+${name}\\s*,?\\s+(?:instead of|rather than|and not|not|never)\\s+${name}${tail}`,
      'i',
    ),
    new RegExp(`\\binstead of\\s+${name}\\s*,?\\s+(?:use|run)\\s+${name}${tail}`, 'i'),
  ]
  const [direct, reverse] = forms.map((form) => form.exec(text))
  const use = direct?.[1] ?? reverse?.[2]
  const avoid = direct?.[2] ?? reverse?.[1]
  if (use === undefined || avoid === undefined) return null
  return isCommand(avoid) ? { kind: 'command', avoid: bare(avoid), use: bare(use) } : null
}

function onlyPathsChecker(text: string): Checker | null {
  const only =
    /\b(?:only (?:ever )?(?:edit|change|modify|touch|write)|(?:edit|change|modify|touch|write) only|changes? only)\b(.*)/i.exec(
      text,
    )
  const include = pathsIn(only?.[1] ?? '')
  return include.length === 0 ? null : { kind: 'only-paths', include: [...include], exclude: [] }
}

function forbiddenPathsChecker(text: string): Checker | null {
  const clause = denied(withoutLists(text))
  const verb =
    /^\s*(?:ever\s+)?(?:edit|change|modify|touch|alter|write(?: to| in| into)?|editing|changing|modifying|touching)\b(.*)/is.exec(
      clause ?? '',
    )
  if (verb === null) return null
  const patterns = pathsIn(restored(verb[1] ?? ''))
  return patterns.length === 0 ? null : { kind: 'paths', patterns: [...patterns] }
}

/** "a.ts, b.ts and c.ts": the commas of a list of paths do not end a clause. */
function withoutLists(text: string): string {
  return text.replace(
    /,(?=\s*(?:(?:and|or|nor)\s+)?(?:`[^`]+`|[\w.*-]*[/*][\w./*-]*|[\w-]+\.\w{1,5}\b))/g,
    '\u0001',
  )
}

function restored(text: string): string {
  return text.replaceAll('\u0001', ',')
}

function gitVerbChecker(text: string): Checker | null {
  const clause = denied(text)
  const verb =
    /^\s*(?:ever\s+)?(commit|stash|rebase|amend|squash)\b\s*(?:anything|any changes|any commits?|yet|it|this|them|your (?:work|changes))?\s*[.!]?\s*$/i.exec(
      clause ?? '',
    )?.[1]
  if (verb === undefined) return null
  const avoid = verb.toLowerCase() === 'amend' ? 'git commit --amend' : `git ${verb.toLowerCase()}`
  return verb.toLowerCase() === 'squash' ? null : { kind: 'command', avoid, use: null }
}

function forbiddenCommandChecker(text: string): Checker | null {
  const clause = denied(text)
  const named =
    /^\s*(?:ever\s+)?(?:use|run|call|invoke|execute|using|running)\s+(?:the\s+)?(`[^`]+`|[\w-]+)\s*(?:command|flag|option|here|directly|yourself|at all|again)?\s*[.!]?\s*$/i.exec(
      clause ?? '',
    )
  const name = named?.[1]
  return name !== undefined && isCommand(name) ? { kind: 'command', avoid: bare(name), use: null } : null
}

function bare(name: string): string {
  return name.replaceAll('`', '').trim()
}

/** A known program, or a flag: `os.Exit` and `any` are names in the code, not commands. */
function isCommand(name: string): boolean {
  const words = bare(name)
  if (name.startsWith('`') && /^--?[a-z][\w-]*$/i.test(words)) return true
  return PROGRAMS.test(words.split(/\s+/)[0] ?? '')
}

const EXTENSION = /[\w*-]\.[a-z][a-z0-9]{0,5}$/i

/** Paths and patterns in a text: in backticks, or with a slash or a file extension; never a URL or a call. */
function pathsIn(text: string): readonly string[] {
  const found = new Set<string>()
  for (const [, quoted, plain] of text.matchAll(/`([^`\s]+)`|(?<![\w`])([\w.@*/-]+)/g)) {
    const path = (quoted ?? plain ?? '').replace(/[.,;:]+$/, '').replace(/^\.\//, '')
    const like = path.includes('/')
      ? !/^\/|\/\/|^(?:and|or|he|s?he)\/|^\w\/\w$/.test(path)
      : EXTENSION.test(path)
    if (like && !/[()=<>]/.test(path) && !/^(?:e\.g|i\.e|etc)\.?/.test(path)) found.add(path)
  }
  return [...found]
}
