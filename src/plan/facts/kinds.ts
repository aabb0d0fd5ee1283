// What kind of file a path is. Lock files and generated files are nobody's work; tests go with the code they test; what
// is left is told by its ending. Pure.
import type { FileKind } from './facts.ts'
import { endingOf, languageOf, NO_CODE } from './languages.ts'

const LOCK =
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|deno\.lock|Cargo\.lock|go\.(?:work\.)?sum|poetry\.lock|uv\.lock|pdm\.lock|pixi\.lock|Pipfile\.lock|conda-lock\.ya?ml|Gemfile\.lock|composer\.lock|mix\.lock|flake\.lock|Podfile\.lock|pubspec\.lock|gradle\.lockfile|packages\.lock\.json|Package\.resolved|\.terraform\.lock\.hcl|[\w.-]+\.lockfile)$/
/** Folders that hold nothing but tests and what tests read. */
const TEST_FOLDER =
  /(?:^|\/)(?:tests?|__tests?__|specs?|e2e|__mocks__|__fixtures__|__snapshots__|fixtures?|testdata|test[-_]?(?:data|cases|fixtures|resources|suite|utils)|cypress|playwright|(?:integration|unit|functional|acceptance|smoke|regression)[-_]?tests?|androidTest|testFixtures)\//i
/** Below these even texts are what tests read. */
const TEST_DATA =
  /(?:^|\/)(?:fixtures?|__fixtures__|__snapshots__|testdata|test[-_](?:data|cases|fixtures|resources))\//i
const TEST_FILE =
  /(?:(?:[._-](?:test|tests|spec|specs|e2e)|\.(?:cy|bench|unit|integration))\.[cm]?[jt]sx?|_test\.(?:go|py|rb|exs|dart|c|cc|cpp|rs)|_spec\.rb|(?:^|\/)(?:test_[^/]*|conftest)\.pyi?|(?:^|\/)tests?\.(?:py|[cm]?[jt]sx?|rs)|(?:Tests?|Spec|IT|TestCase)\.(?:java|kt|scala|groovy|cs|swift|php)|\.snap)$/
const TEST_SETTINGS = /(?:^|\/)(?:jest|vitest|karma|playwright|cypress|mocha)[\w.-]*\.[cm]?[jt]s$/
const GENERATED =
  /(?:^|\/)(?:__generated__|generated|node_modules|bower_components|vendor|third[-_]party|\.yarn\/(?:cache|releases|plugins|sdks|versions)|Pods|dist)\/|(?:\.min\.(?:js|css)|\.(?:js|css|mjs|cjs)\.map|\.pb\.(?:go|cc|h)|_pb2(?:_grpc)?\.pyi?|_pb\.(?:js|d\.ts)|\.(?:gen|generated)\.\w+|\.g\.dart|\.freezed\.dart|\.designer\.cs|(?:^|\/)zz_generated[^/]*|(?:^|\/)bindata\.go|(?:^|\/)\.pnp\.[cm]?js)$/i
const DOCS_FILE =
  /(?:^|\/)(?:README|LICEN[CS]E|COPYING|NOTICE|AUTHORS|CONTRIBUTORS?|MAINTAINERS|CHANGELOG|CHANGES|HISTORY|NEWS|CONTRIBUTING|SECURITY|CODE_OF_CONDUCT|THANKS|TODO|UPGRADING)(?:[.-][\w.-]+)?$/i
const DOCS_FOLDER = /(?:^|\/)(?:docs?|documentation|man|manual)\//i
const DOCS_ENDINGS: ReadonlySet<string> = new Set(['ipynb', 'tex', 'bib', 'org', 'pod', 'textile', 'wiki'])
const CONFIG_FILE =
  /(?:^|\/)(?:(?:GNU)?[Mm]akefile(?:\.\w+)?|Dockerfile(?:\.[\w-]+)?|Containerfile|Jenkinsfile|Vagrantfile|Procfile|Brewfile|Gemfile|Rakefile|Podfile|Fastfile|Justfile|justfile|Taskfile\.ya?ml|CMakeLists\.txt|BUILD(?:\.bazel)?|WORKSPACE(?:\.bazel)?|MODULE\.bazel|CODEOWNERS|OWNERS|setup\.(?:py|cfg)|requirements[\w.-]*\.txt|constraints[\w.-]*\.txt|MANIFEST\.in|tox\.ini|noxfile\.py|go\.(?:mod|work)|Cargo\.toml|(?:gulp|grunt|cake)file(?:\.\w+)?|gradlew(?:\.bat)?|mvnw(?:\.cmd)?|[\w.-]+\.config(?:\.[\w-]+)?\.[cm]?[jt]s|[\w.-]*rc(?:\.[cm]?js)?)$/i
const CONFIG_ENDINGS: ReadonlySet<string> = new Set(
  'json json5 jsonc yaml yml toml ini cfg conf config properties env editorconfig gradle kts xml plist nix bzl bazel cmake mk am ac in tf tfvars hcl csproj sln fsproj vbproj props targets proj gemspec cabal lock xcconfig pbxproj'.split(
    ' ',
  ),
)
const CONFIG_FOLDER = /^(?:\.github|\.gitlab|\.circleci|\.azure-pipelines|\.vscode|\.idea|\.husky|\.config)\//

/** The kind of the file at `path`; `executable`: git marks it as a program. What its text or .gitattributes say of it is
 *  not known here. */
export function kindOf(path: string, executable = false): FileKind {
  if (LOCK.test(path)) return 'lock'
  const language = languageOf(path)
  const isText = language !== null || DOCS_FILE.test(path)
  if (TEST_FILE.test(path) || TEST_SETTINGS.test(path)) return 'test'
  if (TEST_FOLDER.test(path)) return isDocument(path, language) && !TEST_DATA.test(path) ? 'docs' : 'test'
  if (GENERATED.test(path)) return 'generated'
  if (isDocument(path, language)) return 'docs'
  if (CONFIG_FILE.test(path) || CONFIG_FOLDER.test(path)) return 'config'
  const ending = endingOf(path)
  if (CONFIG_ENDINGS.has(ending)) return 'config'
  if (isText && language !== null && !NO_CODE.has(language)) return 'code'
  if (ending === 'txt') return DOCS_FOLDER.test(path) ? 'docs' : 'asset'
  if (ending !== '') return 'asset'
  if (executable) return 'code'
  return /(?:^|\/)\.[^/]+$/.test(path) ? 'config' : 'asset'
}

/** Whether a path is what tests read, in a folder that holds nothing else. */
export function isTestData(path: string): boolean {
  return TEST_DATA.test(path)
}

function isDocument(path: string, language: string | null): boolean {
  if (language === 'markdown' || language === 'restructuredtext' || language === 'asciidoc') return true
  if (DOCS_ENDINGS.has(endingOf(path))) return true
  if (language !== null) return false
  return DOCS_FILE.test(path)
}

/** Characters at the beginning of a file in which generators say that they wrote it. */
const HEADER_LENGTH = 1_000

const GENERATED_HEADER =
  /@generated\b|\bcode generated\b[^\n]*\bdo not edit\b|\bthis (?:file|code|module|class) (?:is|was|has been) (?:auto[\w-]*[ -]?)?generated\b|\b(?:file|was) (?:auto[\w-]*[ -]?)?(?:generated|created) (?:by|with|using) \S+[^\n]*(?:\n[^\n]*){0,2}\b(?:do not|don't) (?:edit|modify|change)|\bauto[\w-]*[ -]?generated\b[^\n]{0,80}(?:\n[^\n]{0,80}){0,2}\b(?:do not|don't) (?:edit|modify|change)|\b(?:do not|don't) (?:edit|modify)\b[^\n]{0,80}\bgenerated\b/i

/** What may stand above and between the comments at the beginning of a file. */
const LEADING =
  /\s*(?:\/\/[^\n]*|#[^\n]*|--[^\n]*|;[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|<!--[\s\S]*?(?:-->|$)|["']use \w+["'];?)/y

/** Whether a text begins as generators begin their files. A program that writes such headers has them in strings: only the
 *  comments above everything else count. */
export function saysGenerated(text: string): boolean {
  const header = text.slice(0, HEADER_LENGTH)
  if (!/generated|created/i.test(header)) return false
  LEADING.lastIndex = 0
  let end = 0
  while (LEADING.test(header)) end = LEADING.lastIndex
  return end > 0 && GENERATED_HEADER.test(header.slice(0, end))
}
