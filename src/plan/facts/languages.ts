// Languages by the endings of paths, and those whose imports are read. Pure.

/** Languages whose import statements are understood. */
export type ImportLanguage = 'script' | 'python' | 'go' | 'rust' | 'java'

const ENDINGS: Readonly<Record<string, readonly string[]>> = {
  typescript: ['ts', 'tsx', 'mts', 'cts'],
  javascript: ['js', 'jsx', 'mjs', 'cjs', 'es6', 'es'],
  vue: ['vue'],
  svelte: ['svelte'],
  astro: ['astro'],
  python: ['py', 'pyi', 'pyx'],
  go: ['go'],
  rust: ['rs'],
  java: ['java'],
  kotlin: ['kt', 'kts'],
  scala: ['scala', 'sc'],
  groovy: ['groovy', 'gradle'],
  c: ['c', 'h'],
  'c++': ['cc', 'cpp', 'cxx', 'hh', 'hpp', 'hxx', 'ipp', 'inl'],
  'objective-c': ['m', 'mm'],
  'c#': ['cs', 'csx'],
  'f#': ['fs', 'fsx', 'fsi'],
  'visual basic': ['vb'],
  ruby: ['rb', 'rake', 'gemspec'],
  php: ['php', 'phtml'],
  swift: ['swift'],
  dart: ['dart'],
  elixir: ['ex', 'exs'],
  erlang: ['erl', 'hrl'],
  haskell: ['hs', 'lhs'],
  ocaml: ['ml', 'mli'],
  clojure: ['clj', 'cljs', 'cljc'],
  lua: ['lua'],
  perl: ['pl', 'pm'],
  r: ['r'],
  julia: ['jl'],
  zig: ['zig'],
  nim: ['nim'],
  shell: ['sh', 'bash', 'zsh', 'fish', 'ksh'],
  powershell: ['ps1', 'psm1'],
  batch: ['bat', 'cmd'],
  sql: ['sql'],
  html: ['html', 'htm', 'hbs', 'ejs', 'pug', 'njk', 'liquid', 'erb', 'haml', 'slim', 'jinja', 'j2', 'tmpl'],
  css: ['css', 'scss', 'sass', 'less', 'styl', 'pcss'],
  coffeescript: ['coffee', 'litcoffee'],
  graphql: ['graphql', 'gql'],
  protobuf: ['proto'],
  thrift: ['thrift'],
  terraform: ['tf'],
  webassembly: ['wat', 'wast'],
  assembly: ['s', 'asm'],
  cuda: ['cu', 'cuh'],
  solidity: ['sol'],
  markdown: ['md', 'mdx', 'markdown', 'mdown'],
  restructuredtext: ['rst'],
  asciidoc: ['adoc', 'asciidoc'],
  json: ['json', 'json5', 'jsonc', 'jsonl'],
  yaml: ['yaml', 'yml'],
  toml: ['toml'],
  xml: ['xml', 'xsd', 'xsl', 'xslt'],
}

const LANGUAGES: ReadonlyMap<string, string> = new Map(
  Object.entries(ENDINGS).flatMap(([language, endings]) => endings.map((ending) => [ending, language])),
)

const IMPORTING: ReadonlyMap<string, ImportLanguage> = new Map([
  ['typescript', 'script'],
  ['javascript', 'script'],
  ['vue', 'script'],
  ['svelte', 'script'],
  ['astro', 'script'],
  ['python', 'python'],
  ['go', 'go'],
  ['rust', 'rust'],
  ['java', 'java'],
  ['kotlin', 'java'],
  ['scala', 'java'],
])

/** Languages of documents and of data; all others are languages of code. */
export const NO_CODE: ReadonlySet<string> = new Set([
  'markdown',
  'restructuredtext',
  'asciidoc',
  'json',
  'yaml',
  'toml',
  'xml',
])

/** What stands behind the last dot of the file's name, in lower case; '' where there is none. */
export function endingOf(path: string): string {
  const dot = path.lastIndexOf('.')
  const name = path.lastIndexOf('/') + 1
  return dot <= name ? '' : path.slice(dot + 1).toLowerCase()
}

/** The language of a file by its name; null where that tells none. */
export function languageOf(path: string): string | null {
  return LANGUAGES.get(endingOf(path)) ?? null
}

/** How the imports of a language are read; null when they are not. */
export function importLanguage(language: string | null): ImportLanguage | null {
  return language === null ? null : (IMPORTING.get(language) ?? null)
}
