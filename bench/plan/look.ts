// `node look.ts <repository> <commit> <cache>`: one look at a repository, as a line of JSON.
import { gatherFacts } from '../../src/plan/facts/gather.ts'

const [root = '.', commit = 'HEAD', cache] = process.argv.slice(2)
const started = performance.now()
const facts = await gatherFacts({ root, commit, cache: cache ?? null })
const seconds = (performance.now() - started) / 1000
const rssMb = Math.round(process.resourceUsage().maxRSS / 1024)
const sizes = {
  files: facts.files.length,
  imports: facts.imports.length,
  together: facts.together.length,
}
process.stdout.write(`${JSON.stringify({ seconds, rssMb, ...sizes })}\n`)
