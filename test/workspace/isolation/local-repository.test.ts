import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { coordinatesOf, folderIn } from '../../../src/workspace/isolation/maven-coordinates.ts'
import { sharedArtifacts } from '../../../src/workspace/isolation/local-repository.ts'
import { requireIsolation } from '../../../src/workspace/isolation/require.ts'
import { writeFiles } from '../../support/repository.ts'
import { ground, type Ground } from '../sessions.ts'

const PARENT = `<project><modelVersion>4.0.0</modelVersion>
<!-- <groupId>wrong</groupId> -->
<groupId>com.example.shop</groupId><artifactId>shop</artifactId><version>1-SNAPSHOT</version>
<dependencies><dependency><groupId>junit</groupId><artifactId>junit</artifactId></dependency></dependencies></project>`
const MODULE = `<project>
<parent><groupId>com.example.shop</groupId><artifactId>shop</artifactId><version>1-SNAPSHOT</version></parent>
<dependencies><dependency><groupId>junit</groupId><artifactId>junit</artifactId></dependency></dependencies>
<artifactId>core</artifactId></project>`
const FILES = { 'pom.xml': PARENT, 'core/pom.xml': MODULE }
const TRACKED = Object.keys(FILES)

describe('the coordinates of a module', () => {
  it('are its own, and its parent’s where it names none', () => {
    expect(coordinatesOf(PARENT)).toEqual({ group: 'com.example.shop', artifact: 'shop' })
    expect(coordinatesOf(MODULE)).toEqual({ group: 'com.example.shop', artifact: 'core' })
    const inherited = MODULE.replace('<artifactId>core', '<groupId>${project.parent.groupId}</groupId>$&')
    expect(coordinatesOf(inherited)).toEqual({ group: 'com.example.shop', artifact: 'core' })
    expect(folderIn({ group: 'com.example.shop', artifact: 'core' })).toBe('com/example/shop/core')
  })

  it('are not guessed, and lead nowhere else', () => {
    expect(coordinatesOf(MODULE.replace('>core<', '>${name}<'))).toBeNull()
    expect(coordinatesOf(MODULE.replace('>core<', '>../../core<'))).toBeNull()
    expect(coordinatesOf('<project/>')).toBeNull()
  })
})

describe('artifacts of the repository in the local Maven repository', () => {
  let here: Ground
  afterEach(() => here[Symbol.asyncDispose]())
  const env = () => ({ HOME: here.top, MAVEN_OPTS: '', MAVEN_ARGS: '' })
  const shared = (more: Record<string, string> = {}, tracked: string[] = TRACKED) =>
    sharedArtifacts({ cwd: here.repo.root, env: { ...env(), ...more } }, tracked)
  const install = (repository: string) =>
    writeFiles(here.top, { [`${repository}/com/example/shop/core/maven-metadata-local.xml`]: '' })

  it('are named when they were installed from a worktree, wherever it is', async () => {
    here = await ground(FILES)
    expect(await shared()).toEqual([])
    await writeFiles(here.top, { '.m2/repository/com/example/shop/core/maven-metadata-central.xml': '' })
    expect(await shared()).toEqual([])
    await install('.m2/repository')
    expect(await shared()).toEqual([expect.stringContaining('Maven takes com.example.shop:core from')])
    expect(await shared({ MAVEN_ARGS: `-B -Dmaven.repo.local=${here.top}/own` })).toEqual([])
    await writeFiles(here.top, {
      '.m2/settings.xml': '<settings><localRepository>${user.home}/set</localRepository></settings>',
    })
    expect(await shared()).toEqual([])
    await install('set')
    expect(await shared()).toHaveLength(1)
  })

  it('may come into builds of Gradle that ask for them', async () => {
    here = await ground({ 'build.gradle.kts': 'repositories { mavenLocal() }', 'settings.gradle': '' })
    expect(await shared({}, ['build.gradle.kts', 'settings.gradle'])).toEqual([
      expect.stringMatching(/^build\.gradle\.kts takes .*mavenLocal/),
    ])
  })

  it('are told with every session, also when they come later', async () => {
    here = await ground(FILES)
    const cwd = join(here.top, 'work')
    await here.git('worktree', 'add', '-q', '-b', 'work', cwd)
    const told: string[] = []
    const check = () =>
      requireIsolation({
        repo: here.repo,
        cwd,
        env: env(),
        fingerprint: 'one',
        how: 'nothing',
        setUp: false,
        onOpen: (sentence) => told.push(sentence),
        signal: new AbortController().signal,
      })
    expect(await check()).toBe('nothing')
    await install('.m2/repository')
    expect([await check(), await check()]).toEqual(['open', 'open'])
    expect(told).toHaveLength(2)
  })
})
