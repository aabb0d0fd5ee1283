// Texts for a prompt: bounded, and the facts of a repository in a size that can be read. Pure.
import type { RepositoryFacts } from '../facts/facts.ts'

/** A text in a block of its own, cut where it is too long. */
export function dump(text: string, longest: number): string {
  const cut = text.length > longest
  // Nothing in it can end the block.
  const safe = text.slice(0, longest).replaceAll('```', "'''")
  return `\`\`\`json\n${safe}${cut ? `\n… ${text.length - longest} more characters` : ''}\n\`\`\``
}

const FOLDERS = 150
const PAIRS = 80
const HUBS = 30
const PACKAGES = 100
const FOLDER_DEPTH = 3

/** Facts by folder, as JSON: files, changes, what changes together and what imports what. */
export function factsExcerpt(facts: RepositoryFacts): string {
  const { files, packages, hubs, history } = facts
  const folders = new Map<string, { files: number; churn: number }>()
  for (const { path, churn } of files) {
    const folder = folderOf(path)
    const one = folders.get(folder) ?? { files: 0, churn: 0 }
    folders.set(folder, { files: one.files + 1, churn: one.churn + churn })
  }
  const at = (index: number): string => folderOf(files[index]?.path ?? '')
  return JSON.stringify({
    files: files.length,
    history,
    packages: packages.slice(0, PACKAGES).map(({ name, folder, dependsOn }) => ({
      name,
      folder,
      dependsOn: dependsOn.map((index) => packages[index]?.name),
    })),
    folders: [...folders]
      .toSorted(([, a], [, b]) => b.churn - a.churn || b.files - a.files)
      .slice(0, FOLDERS)
      .map(([folder, one]) => [folder, one.files, rounded(one.churn)]),
    changedTogether: strongest(facts.together.map(([a, b, weight]) => [at(a), at(b), weight])),
    imports: strongest(
      facts.imports.map(([a, b]) => [at(a), at(b), 1]),
      true,
    ),
    hubs: hubs.slice(0, HUBS).map(({ file, reason }) => [files[file]?.path, reason]),
  })
}

function folderOf(path: string): string {
  return `${path.split('/').slice(0, -1).slice(0, FOLDER_DEPTH).join('/')}/`
}

function strongest(
  edges: readonly (readonly [from: string, to: string, weight: number])[],
  isDirected = false,
): readonly (readonly [string, string, number])[] {
  const sums = new Map<string, number>()
  for (const [from, to, weight] of edges) {
    if (from === to) continue
    const key = isDirected || from < to ? `${from}\0${to}` : `${to}\0${from}`
    sums.set(key, (sums.get(key) ?? 0) + weight)
  }
  return [...sums]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, PAIRS)
    .map(([key, weight]) => [key.split('\0')[0] ?? '', key.split('\0')[1] ?? '', rounded(weight)])
}

function rounded(number: number): number {
  return Math.round(number * 10) / 10
}
