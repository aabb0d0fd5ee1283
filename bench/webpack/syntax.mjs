// The fast check: every program file that differs from the base, and every manifest, can be parsed. Argument: the base
// commit. It needs no dependencies, and runs in the tree that is to be checked.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { compileFunction } from 'node:vm'

const PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname']
// Below test/ most files are input of a test, some of them wrong on purpose.
const CHECKED = [
  /^(lib|bin|hot|buildin|web_modules)\/.*\.js$/,
  /^test\/[^/]+\.js$/,
  /^(package|schemas\/[^/]+)\.json$/,
]

const range = ['diff', '--name-only', '-z', '--no-renames', '--diff-filter=d', process.argv[2], 'HEAD']
const changed = execFileSync('git', range, { encoding: 'utf8', maxBuffer: 1 << 28 }).split('\0')
const files = changed.filter((path) => CHECKED.some((pattern) => pattern.test(path)))
const wrong = files.filter((path) => !parses(path, readFileSync(path, 'utf8')))
console.log(`${files.length} files parsed, ${wrong.length} of them wrong.`)
process.exitCode = wrong.length === 0 ? 0 : 1

function parses(path, text) {
  try {
    if (path.endsWith('.json')) JSON.parse(text)
    else compileFunction(text.replace(/^#!/, '//'), PARAMETERS, { filename: path })
    return true
  } catch (error) {
    console.log(`${path}: ${error.message}`)
    return false
  }
}
