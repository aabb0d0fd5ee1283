// Completion scripts for three shells, made from the commands as data. Names that change (plans, sessions, runs) are
// asked from `quintet completion --list`. Pure.
import type { ArgumentSpec, CommandSpec, Completes, OptionSpec } from './command.ts'
import { groupSummary } from './help.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The completion script of `shell`. */
export function completionScript(
  shell: Shell,
  commands: readonly CommandSpec[],
  globals: readonly OptionSpec[],
): string {
  const shown = commands.filter(({ hidden }) => hidden !== true)
  const cases = { commands: shown, globals }
  return SCRIPTS[shell](cases)
}

const SCRIPTS: Readonly<Record<Shell, (cases: Cases) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
}

interface Cases {
  readonly commands: readonly CommandSpec[]
  readonly globals: readonly OptionSpec[]
}

/** First words, then the second words of each group. */
function nextWords({ commands }: Cases): Map<string, string[]> {
  const next = new Map<string, string[]>()
  for (const { name } of commands) {
    const words = name.split(' ')
    words.forEach((word, depth) => {
      const before = words.slice(0, depth).join(' ')
      next.set(before, [...new Set([...(next.get(before) ?? []), word])])
    })
  }
  return next
}

/** What stands in the place of one argument: a shell word list, with a call for the names that change. */
function values({ completes, choices }: Pick<ArgumentSpec, 'completes' | 'choices'>): string | null {
  if (choices !== undefined) return choices.join(' ')
  return completes === undefined || completes === 'files' ? null : listCall(completes)
}

/** Pieces are those of the plan that the command has named. */
function listCall(what: Exclude<Completes, 'files'>): string {
  const of = what === 'pieces' ? ' --plan "$plan"' : ''
  return `$(quintet completion --list ${what}${of} 2>/dev/null)`
}

function optionNames(options: readonly OptionSpec[]): string {
  return options.map(({ flags }) => flags.split(' ')[0] ?? '').join(' ')
}

/** Options that take a value, so that the value is not mistaken for a word of the command. */
function valued(options: readonly OptionSpec[]): OptionSpec[] {
  return options.filter(({ flags }) => flags.includes('<'))
}

function allOptions({ commands, globals }: Cases): OptionSpec[] {
  const all = [...globals, ...commands.flatMap(({ options = [] }) => options)]
  return [...new Map(all.map((option) => [option.flags, option])).values()]
}

/** The branches that bash and zsh share: by the words so far, by the option just before, by the command's options. */
function branches(cases: Cases): {
  readonly words: string[]
  readonly values: string[]
  readonly options: string[]
} {
  const byWords = [...nextWords(cases)].map(
    ([before, words]) => `    "${before}") candidates="${words.join(' ')}" ;;`,
  )
  const byArgument = cases.commands.flatMap(({ name, arguments: all = [] }) => {
    const lists = all.map(values)
    const last = lists.findLastIndex((list) => list !== null)
    // The words before are any; so the longest comes first, and takes what is longer still.
    return lists
      .slice(0, last + 1)
      .map((list, at) => `    "${name}"${'" "*'.repeat(at)}) candidates="${list ?? ''}" ;;`)
      .concat(last > 0 ? [`    "${name}"${'" "*'.repeat(last + 1)}) ;;`] : [])
      .toReversed()
  })
  const byOption = valued(allOptions(cases)).flatMap((option) => {
    const list = values(option)
    return list === null ? [] : [`    ${option.flags.split(' ')[0]}) candidates="${list}" ;;`]
  })
  // The longer first: a command may be the first word of others.
  const options = cases.commands
    .toSorted((a, b) => b.name.length - a.name.length)
    .map(
      ({ name, options: own = [] }) =>
        `    "${name}"*) candidates="${optionNames([...own, ...cases.globals])} --help" ;;`,
    )
  return { words: [...byWords, ...byArgument], values: byOption, options }
}

function wordLoop(cases: Cases): string {
  return valued(allOptions(cases))
    .map(({ flags }) => flags.split(' ')[0])
    .join('|')
}

/** The third word so far: commands that take a piece have two words of their own, and then the plan. */
const NAMED_PLAN = `  plan="\${said#* * }"
  plan="\${plan%% *}"`

function bashScript(cases: Cases): string {
  const { words, values: byOption, options } = branches(cases)
  return `# bash completion of quintet
_quintet() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" said="" candidates="" plan i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
    ${wordLoop(cases)}) ((i++)) ;;
    -*) ;;
    *) said="\${said:+$said }\${COMP_WORDS[i]}" ;;
    esac
  done
${NAMED_PLAN}
  case "$before" in
    -C|--dir) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
${byOption.join('\n')}
  esac
  if [[ -z $candidates && $current == -* ]]; then
    case "$said" in
${options.join('\n')}
    *) candidates="${optionNames(cases.globals)} --help --version" ;;
    esac
  elif [[ -z $candidates ]]; then
    case "$said" in
${words.join('\n')}
    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$current")
}
complete -o default -F _quintet quintet
`
}

function zshScript(cases: Cases): string {
  const { words, values: byOption, options } = branches(cases)
  return `#compdef quintet
# zsh completion of quintet
_quintet() {
  local current="\${words[CURRENT]}" before="\${words[CURRENT-1]}" said="" candidates="" plan i
  for ((i = 2; i < CURRENT; i++)); do
    case "\${words[i]}" in
    ${wordLoop(cases)}) ((i++)) ;;
    -*) ;;
    *) said="\${said:+$said }\${words[i]}" ;;
    esac
  done
${NAMED_PLAN}
  case "$before" in
    -C|--dir) _files -/; return ;;
${byOption.join('\n')}
  esac
  if [[ -z $candidates && $current == -* ]]; then
    case "$said" in
${options.join('\n')}
    *) candidates="${optionNames(cases.globals)} --help --version" ;;
    esac
  elif [[ -z $candidates ]]; then
    case "$said" in
${words.join('\n')}
    esac
  fi
  if [[ -n $candidates ]]; then compadd -- \${=candidates}; else _files; fi
}
if [[ $funcstack[1] == _quintet ]]; then _quintet; else compdef _quintet quintet; fi
`
}

function fishScript(cases: Cases): string {
  const lines = [fishFunctions(wordLoop(cases).replaceAll('|', ' ')), 'complete -c quintet -f']
  for (const [before, next] of nextWords(cases)) {
    for (const word of next) {
      const name = before === '' ? word : `${before} ${word}`
      const summary = cases.commands.find((spec) => spec.name === name)?.summary ?? groupSummary(word)
      lines.push(`complete -c quintet -n ${fishSaid(before)} -a ${word} -d ${quoted(summary)}`)
    }
  }
  for (const spec of cases.commands) lines.push(...fishCommand(spec))
  for (const option of cases.globals) lines.push(fishOption(option, ''))
  return `${lines.join('\n')}\n`
}

/** The words of the command so far, without options and the values that `valued` options take. */
function fishFunctions(valued: string): string {
  return `# fish completion of quintet
function __quintet_said
  set -l said
  set -l skip 0
  for word in (commandline -opc)[2..-1]
    if test $skip = 1; set skip 0; continue; end
    switch $word
      case ${valued}
        set skip 1
      case '-*'
      case '*'
        set -a said $word
    end
  end
  string join " " -- $said
end
function __quintet_at
  set -l said (__quintet_said)
  test "$said" = "$argv[1]"
end
function __quintet_after
  set -l said (__quintet_said)
  string match -rq -- "^$argv[1]( [^ ]+){$argv[2]}\\$" "$said"
end
function __quintet_in
  set -l said (__quintet_said)
  string match -q -- "$argv[1]*" "$said"
end`
}

function fishCommand({ name, arguments: all = [], options = [] }: CommandSpec): string[] {
  const lists = all.map(fishValues)
  return [
    ...lists.flatMap((list, at) => {
      const condition = at === 0 ? fishSaid(name) : quoted(`__quintet_after '${name}' ${at}`)
      return list === null ? [] : [`complete -c quintet -n ${condition} -a ${list}`]
    }),
    ...options.map((option) => fishOption(option, ` -n ${quoted(`__quintet_in '${name}'`)}`)),
  ]
}

function fishOption(option: OptionSpec, condition: string): string {
  const [flag = ''] = option.flags.split(' ')
  const name = flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`
  const list = fishValues(option)
  const takes = option.flags.includes('<') ? (list === null ? ' -r -F' : ` -x -a ${list}`) : ''
  return `complete -c quintet${condition} ${name}${takes} -d ${quoted(option.summary)}`
}

function fishValues({ completes, choices }: Pick<ArgumentSpec, 'completes' | 'choices'>): string | null {
  if (choices !== undefined) return quoted(choices.join(' '))
  if (completes === undefined || completes === 'files') return null
  const of = completes === 'pieces' ? ' --plan (string split " " -- (__quintet_said))[3]' : ''
  return quoted(`(quintet completion --list ${completes}${of} 2>/dev/null)`)
}

function fishSaid(words: string): string {
  return quoted(`__quintet_at '${words}'`)
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
