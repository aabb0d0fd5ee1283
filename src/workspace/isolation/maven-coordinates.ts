// The coordinates of a repository's own Maven modules, by their pom.xml. Pure.

export interface Coordinates {
  readonly group: string
  readonly artifact: string
}

/** Everything in a pom.xml that names other artifacts than its own. */
const OTHERS =
  /<(parent|dependencies|dependencyManagement|build|profiles|reporting|properties|modules|repositories|pluginRepositories|distributionManagement)(?:\s[^>]*)?>[\s\S]*?<\/\1>/g
const INHERITED = /^\$\{(?:project|pom)\.(?:parent\.)?groupId\}$/

/** What a pom.xml makes; null when it cannot be told without Maven. */
export function coordinatesOf(pom: string): Coordinates | null {
  const text = pom.replaceAll(/<!--[\s\S]*?-->/g, '')
  const parent = /<parent(?:\s[^>]*)?>([\s\S]*?)<\/parent>/.exec(text)?.[1] ?? ''
  const own = text.replaceAll(OTHERS, '')
  const artifact = valueOf(own, 'artifactId')
  const named = valueOf(own, 'groupId')
  const group = named === null || INHERITED.test(named) ? valueOf(parent, 'groupId') : named
  if (artifact === null || group === null || `${group}${artifact}`.includes('$')) return null
  return isPlain(group) && isPlain(artifact) ? { group, artifact } : null
}

/** Where a local repository keeps what was installed of it, relative to the repository. */
export function folderIn({ group, artifact }: Coordinates): string {
  return `${group.replaceAll('.', '/')}/${artifact}`
}

function valueOf(text: string, name: string): string | null {
  const value = new RegExp(`<${name}>\\s*([^<]*?)\\s*</${name}>`).exec(text)?.[1] ?? ''
  return value === '' ? null : value
}

const isPlain = (name: string): boolean => /^[\w.-]+$/.test(name) && !/^\.|\.\.|\.$/.test(name)
