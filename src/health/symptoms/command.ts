// What a command is: its family (the program and what it is told to do, without arguments), and whether it judges the
// work, looks at something that goes on by itself, searches, or throws work away. Pure.

import type { FileChange } from './file-change.ts'
import { fileChange, isEditor } from './file-change.ts'

export interface Command {
  /** `go test`, `pip install`, `npm run lint`: what stays the same when arguments are rephrased. */
  readonly family: string
  /** The command as it is compared: without folders, redirections and what only cuts its output. */
  readonly key: string
  /** A test run, a type check, a linter, a build: red or green says something about the work. */
  readonly verify: boolean
  /** Looks at the state of something; to be told the same again is no failure. */
  readonly status: boolean
  readonly search: boolean
  /** Shows a file. */
  readonly reads: boolean
  /** Exit code 1 means no, not failure. */
  readonly asks: boolean
  /** Its exit code is that of something else (`| tail`, `|| true`). */
  readonly masked: boolean
  /** Puts back an earlier state of files. */
  readonly reverts: boolean
  /** Moves the worktree to another state for reasons of git, not of the work. */
  readonly moves: boolean
  /** What it does to a file by the shell; null when nothing of the kind. */
  readonly change: FileChange | null
}

const IDLE_WORDS = new Set(
  'cd export source . set echo printf true sleep unset pushd popd mkdir touch sudo'.split(' '),
)
const SKIPPED = new Set('sudo time command env nohup exec npx bunx xargs'.split(' '))
const RUNNERS = new Set(
  'npm pnpm yarn bun mise just task poetry uv rye pdm hatch bundle make rake'.split(' '),
)
const VERBS = new Set(
  'git go cargo docker kubectl gh pip pip3 apt apt-get brew conda dotnet gem composer terraform helm mvn gradle swift mix deno systemctl'.split(
    ' ',
  ),
)
const VERIFY =
  /(^|[ :/_.-])(tests?|pytest|vitest|jest|mocha|ava|tap|tsc|lint|eslint|oxlint|biome|mypy|pyright|ruff|flake8|pylint|clippy|checks?|typecheck|type-check|vet|build|compile|rspec|tox|nox|ctest|phpunit|gradle|gradlew|mvn|mvnw|golangci-lint|unittest|javac|gcc|g\+\+|clang|make|cmake|ninja|cypress|playwright|runtests|e2e|ci|verify|validate|staticcheck|shellcheck)($|[ :/_.-])/
const STATUS =
  /^(git (status|log|diff|branch|show|fetch|remote|stash list|rev-parse)|gh |ls$|pwd$|ps$|jobs$|date$|uptime$|docker (ps|logs|inspect)|kubectl (get|describe|logs|rollout)|systemctl (status|is-active)|pgrep|lsof|ss$|netstat|nvidia-smi|squeue|sacct|df$|du$|free$|top$|tail$|wait$|watch$|sleep$|curl$|wget$|nc$|ping$|bg$|fg$|submit$|exit$)/
const SEARCH = /^(grep|rg|ag|ack|find|fd|git grep|search_dir|search_file|find_file|egrep|fgrep|locate)$/
const READS =
  /^(cat|head|tail|less|more|sed|awk|wc|ls|stat|file|open|goto|scroll_down|scroll_up|tree|nl|jq|xxd|strings|bat)$/
const ASKS =
  /^(grep|rg|ag|ack|egrep|fgrep|git grep|diff|cmp|test|\[|\[\[|which|type|command|pgrep|git diff|git (merge-base|rev-parse|check-ignore|show-ref|ls-files)|find|fd|lsof|hash|git config)$/
const REVERTS =
  /\bgit\s+(checkout\s+(?:[\w./-]+\s+)?--\s|checkout\s+\.|restore\b(?!.*--staged)|reset\s+--hard|stash\s+drop|clean\s+-\w*f)/
const MOVES =
  /\bgit\s+(checkout|switch|stash|rebase|merge|cherry-pick|bisect|pull|reset|restore|revert|am|apply|worktree)\b/
/** Programs that only prepare or show a change. */
const IS_EDITOR =
  /^(cat|tee|sed|perl|head|tail|nl|grep|diff|ls|git (diff|status|add)|rm|cp|mv|chmod|touch|python -)$/
/** Editors of agents, asked to show. */
const SHOWS = /^\s*str_replace_editor\s+view\b/
const MASKED =
  /\|\s*(tail|head|grep|tee|cat|sed|awk|less|sort|uniq|wc|cut)\b|\|\|\s*(true|echo|:)|;\s*(echo|true|exit 0)\b/
/** What a shell command is. A text of any length; only its first 4,000 characters count. */
export function readCommand(text: string): Command {
  const script = unwrapped(text.length > 4000 ? text.slice(0, 4000) : text)
  const line = isEditor(script) ? script.slice(0, lineEnd(script, 0)) : withoutHeredoc(script)
  const change = fileChange(script, line)
  const families: string[] = []
  for (const part of line.split(/&&|\|\||[;|\n]/).slice(0, 12)) {
    const family = familyOf(part)
    if (family !== '') families.push(family)
  }
  const judged = families.find((family) => VERIFY.test(family) && !SEARCH.test(family))
  const ran = change === null ? undefined : families.slice(1).find((family) => !IS_EDITOR.test(family))
  const family = judged ?? ran ?? families[0] ?? ''
  return {
    family,
    key: keyOf(script),
    verify: judged !== undefined,
    status: STATUS.test(family) || /\bsleep\s+\d/.test(line),
    search: SEARCH.test(family),
    reads: change === null && (READS.test(family) || SHOWS.test(line)),
    asks: ASKS.test(family) || ASKS.test(families.at(-1) ?? ''),
    masked: MASKED.test(line),
    reverts: REVERTS.test(line),
    moves: MOVES.test(line),
    change: change === null ? null : { ...change, alone: judged === undefined && ran === undefined },
  }
}

/** `bash -lc '…'`: what is run is what stands in it. */
function unwrapped(text: string): string {
  const match = /^\s*(?:\S*\/)?(?:ba|z|da)?sh\s+-\w*c\s+(['"])/.exec(text)
  if (match === null) return text
  const inner = text.slice(match[0].length).trimEnd()
  return inner.endsWith(match[1] ?? '') ? inner.slice(0, -1) : inner
}

/** The command without the texts that it is given in place: what stands before and after them. */
function withoutHeredoc(script: string): string {
  let rest = script
  let kept = ''
  for (let count = 0; count < 4; count++) {
    const match = /<<-?\s*\\?(['"]?)(\w+)\1/.exec(rest)
    if (match === null) break
    const end = lineEnd(rest, match.index)
    kept += `${rest.slice(0, end)}\n`
    const close = new RegExp(`^\\s*${match[2] ?? ''}\\s*$`, 'm').exec(rest.slice(end + 1))
    if (close === null) return kept
    rest = rest.slice(end + 1 + close.index + close[0].length)
  }
  return kept + rest
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}

function keyOf(text: string): string {
  return text
    .slice(0, 4000)
    .replace(/^\s*cd\s+\S+\s*(?:&&|;)\s*/, '')
    .replace(/\s*(?:2>&1|\d?>\s*\/dev\/null)/g, '')
    .replace(/\s*\|\s*(?:tail|head)(?:\s+-\w*\s*\d*)*\s*$/, '')
    .replace(/\s+/g, ' ')
    .trim()
}

function familyOf(part: string): string {
  const words = part.trim().slice(0, 300).split(/\s+/)
  let at = 0
  while (at < words.length && isSkipped(words[at] ?? '', words[at - 1] ?? '')) at++
  const program = (words[at] ?? '')
    .replace(/^.*\//, '')
    .replace(/^['"(]+|['")]+$/g, '')
    .toLowerCase()
  if (program === '' || IDLE_WORDS.has(program) || program.startsWith('#')) return ''
  const rest = words.slice(at + 1).filter((word) => !word.startsWith('-') && !/^\d*[<>]/.test(word))
  if (/^python[\d.]*$/.test(program)) return pythonFamily(words.slice(at + 1))
  if (
    program === 'node' ||
    program === 'bash' ||
    program === 'sh' ||
    program === 'ruby' ||
    program === 'deno'
  ) {
    return `${program} ${stem(rest[0] ?? '')}`.trim()
  }
  if (RUNNERS.has(program)) {
    const verb = rest[0] ?? ''
    if (/^(run|exec|x|run-script)$/.test(verb)) {
      const inner = (rest[1] ?? '').toLowerCase()
      return inner.startsWith('python') ? pythonFamily(rest.slice(2)) : `${program} run ${inner}`
    }
    return `${program} ${verb}`.trim().toLowerCase()
  }
  if (program === 'git' && /^-[Cc]$/.test(words[at + 1] ?? '')) return `git ${words[at + 3] ?? ''}`
  if (VERBS.has(program)) return `${program} ${(rest[0] ?? '').toLowerCase()}`.trim()
  return program
}

function isSkipped(word: string, before: string): boolean {
  return (
    SKIPPED.has(word) ||
    word === 'timeout' ||
    (before === 'timeout' && /^\d/.test(word)) ||
    /^\w+=\S*$/.test(word) ||
    (word.startsWith('-') && SKIPPED.has(before))
  )
}

function pythonFamily(words: readonly string[]): string {
  const module = words.indexOf('-m')
  if (module >= 0) {
    const name = words[module + 1] ?? ''
    return name === 'pip' ? `pip ${words[module + 2] ?? ''}` : name === 'pytest' ? 'pytest' : `python ${name}`
  }
  const script = words.find((word) => !word.startsWith('-')) ?? ''
  if (script === '' || words.includes('-c') || script.startsWith('<')) return 'python -'
  return `python ${stem(script)}`
}

/** A file's name without folders, ending, and what versions of it are told apart by: `fix_v2.py` is `fix`. */
export function stem(path: string): string {
  return path
    .slice(-120)
    .replace(/^.*[/\\]/, '')
    .replace(/^['"]|['"]$/g, '')
    .toLowerCase()
    .replace(/\.\w+$/, '')
    .replace(
      /(?:[_-]?(?:v|ver|version|new|final|fixed|simple|try|attempt|alt|copy|backup|old))?[_-]?\d*$/,
      '',
    )
}
