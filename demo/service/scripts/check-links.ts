// Checks that each relative link in the documentation leads to a file or a folder.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..')

function markdownFiles(): string[] {
  const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
  return ['README.md', 'CHANGELOG.md', ...pages.map((name) => join('docs', name))]
}

function relativeLinks(markdown: string): string[] {
  const targets = [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '')
  return targets.filter((target) => !/^(?:[a-z]+:|#)/.test(target))
}

function brokenLinks(file: string): string[] {
  const markdown = readFileSync(join(root, file), 'utf8')
  return relativeLinks(markdown).filter((target) => {
    const path = target.split('#', 1)[0] ?? ''
    return !existsSync(join(root, dirname(file), path))
  })
}

let broken = 0
for (const file of markdownFiles()) {
  for (const target of brokenLinks(file)) {
    broken += 1
    console.error(`${file}: ${target} does not exist`)
  }
}
console.log(broken === 0 ? 'All links lead somewhere.' : `${broken} broken links.`)
process.exitCode = broken === 0 ? 0 : 1
