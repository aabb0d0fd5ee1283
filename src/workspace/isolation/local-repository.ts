// Maven's local repository is one folder for all worktrees: what was installed there from one of them (`mvn install`, or
// Gradle's publishToMavenLocal) is taken by every build that does not make it itself.
import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { childEnvironment, type Environment } from '../../process/environment.ts'
import { coordinatesOf, folderIn } from './maven-coordinates.ts'
import type { Place } from './place.ts'

const ABSENT = ['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'EACCES']
const POM = /(?:^|\/)pom\.xml$/
const GRADLE = /(?:^|\/)(?:build|settings)\.gradle(?:\.kts)?$/
/** Maven and Gradle write it into the folder of everything that is installed, and of nothing that is fetched. */
const INSTALLED = 'maven-metadata-local.xml'
const MOST = 1_000
const NAMED = 3

/** Whether the worktree's builds may take something from the local repository that another worktree has put there. */
export const usesLocalRepository = (tracked: readonly string[]): boolean =>
  tracked.some((path) => POM.test(path) || GRADLE.test(path))

/** What builds of this worktree may take from the local repository though it is code of their own, a sentence each. */
export async function sharedArtifacts(
  { cwd, env }: Pick<Place, 'cwd' | 'env'>,
  tracked: readonly string[],
): Promise<string[]> {
  const inherited = childEnvironment(env)
  const poms = tracked.filter((path) => POM.test(path)).slice(0, MOST)
  const repository = poms.length === 0 ? '' : await localRepository(inherited)
  const installed: string[] = []
  for (const path of poms) {
    const own = coordinatesOf((await textOf(join(cwd, path))) ?? '')
    if (own === null) continue
    const file = join(repository, folderIn(own), INSTALLED)
    if ((await ignoring(ABSENT, stat(file))) !== undefined) installed.push(`${own.group}:${own.artifact}`)
  }
  const sentences = installed.length === 0 ? [] : [mavenSentence(installed, repository)]
  for (const path of tracked.filter((one) => GRADLE.test(one)).slice(0, MOST))
    if (/\bmavenLocal\s*\(/.test((await textOf(join(cwd, path))) ?? ''))
      sentences.push(
        `${path} takes packages from the local Maven repository (mavenLocal), which all worktrees share: what another one has published there may be in the build.`,
      )
  return sentences
}

function mavenSentence(installed: readonly string[], repository: string): string {
  const more = installed.length > NAMED ? ` and ${installed.length - NAMED} more` : ''
  return `Maven takes ${installed.slice(0, NAMED).join(', ')}${more} from ${repository}, as another worktree has installed them, wherever they are not built along: build with --also-make.`
}

/** Where it is: by the options of Maven, its settings, or the custom. */
async function localRepository(inherited: Environment): Promise<string> {
  const options = `${inherited['MAVEN_OPTS'] ?? ''} ${inherited['MAVEN_ARGS'] ?? ''}`
  const named = /-Dmaven\.repo\.local=(\S+)/.exec(options)?.[1]
  if (named !== undefined) return named
  const home = inherited['HOME'] ?? homedir()
  const settings = ((await textOf(join(home, '.m2/settings.xml'))) ?? '').replaceAll(/<!--[\s\S]*?-->/g, '')
  const set = /<localRepository>\s*([^<]*?)\s*<\/localRepository>/.exec(settings)?.[1]
  return set?.replace('${user.home}', home) || join(home, '.m2/repository')
}

const textOf = (file: string): Promise<string | undefined> => ignoring(ABSENT, readFile(file, 'utf8'))
