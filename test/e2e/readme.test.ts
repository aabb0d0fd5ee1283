// What the documentation tells people to type must be there: commands, options, npm scripts, links.
import { existsSync } from 'node:fs'
import { glob, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { errorData } from '../../src/contract/errors.ts'
import { parseArguments } from '../../src/cli/program.ts'
import { Machine } from '../support/cli.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** A placeholder is one word, however many are in it. */
const WORD = /"([^"]*)"|'([^']*)'|(<[\w -]+>|\S+)/g
/** What ends a command in a shell. */
const END = /^(?:[|;<>].*|&&|\|\||#.*|2>.*)$/

interface Said {
  readonly file: string
  readonly command: string
}

function read(file: string): Promise<string> {
  return readFile(join(ROOT, file), 'utf8')
}

/** Everything in code blocks and code spans of a page that begins with `program`. */
function commandsIn(file: string, text: string, program: string): Said[] {
  const blocks = [...text.matchAll(/^```[^\n]*\n(.*?)^```/gms)].flatMap(([, body = '']) => body.split('\n'))
  const spans = [...text.replaceAll(/^```.*?^```/gms, '').matchAll(/`([^`\n]+)`/g)].map(
    ([, code = '']) => code,
  )
  return [...blocks, ...spans]
    .flatMap((line) => line.trim().replace(/^\$ /, '').split(' && '))
    .filter((line) => line.startsWith(`${program} `))
    .map((command) => ({ file, command }))
}

/** The words after the program, up to where the shell takes over. */
function words(command: string): string[] {
  const all = [...command.matchAll(WORD)].map(([, double, single, plain]) => double ?? single ?? plain ?? '')
  const end = all.findIndex((word) => END.test(word) && !/^<[\w -]+>$/.test(word))
  return all.slice(1, end === -1 ? undefined : end)
}

/** Why the command line does not take the command; null when it does. */
function problem({ file, command }: Said): string | null {
  try {
    parseArguments(words(command), { version: '0', write: () => undefined })
    return null
  } catch (error) {
    return `${file}: ${command}: ${errorData(error).message}`
  }
}

async function pages(): Promise<readonly string[]> {
  return [
    'README.md',
    'CONTRIBUTING.md',
    'bench/README.md',
    'demo/README.md',
    'docs/guide.md',
    'docs/glossary.md',
  ].filter((file) => existsSync(join(ROOT, file)))
}

test('every quintet command in the documentation is one that the command line takes', async () => {
  const said = (
    await Promise.all((await pages()).map(async (file) => commandsIn(file, await read(file), 'quintet')))
  ).flat()
  expect(said.filter(({ file }) => file === 'README.md').length).toBeGreaterThan(5)
  expect(said.map(problem).filter((text) => text !== null)).toEqual([])
  expect(problem({ file: 'x', command: 'quintet runn x' })).toContain('There is no command runn')
  expect(problem({ file: 'x', command: 'quintet run x --no-such-option' })).toContain('There is no option')
})

test('every command that an error or a need tells people to run is one that the command line takes', async () => {
  const said: Said[] = []
  for await (const file of glob('src/**/*.ts', { cwd: ROOT })) {
    for (const [, , text = ''] of (await read(file)).matchAll(/command: (['`])(quintet .*?)\1/g)) {
      const command = text.replaceAll(/\$\{[^}]*\}/g, 'x')
      // A template within a template cannot be told apart without parsing the language.
      if (!command.includes('${')) said.push({ file, command })
    }
  }
  expect(said.length).toBeGreaterThan(20)
  expect(said.map(problem).filter((text) => text !== null)).toEqual([])
})

test('every example of --help is one that the command line takes', async () => {
  await using machine = await Machine.make()
  const home = machine.home(machine.path)
  const help = await home.quintet('--help')
  const names = [...help.stdout.matchAll(/^ {2}([a-z]+(?: [a-z]+)?) .*/gm)].map(([, name = '']) => name)
  expect(names).toEqual(expect.arrayContaining(['plan check', 'run', 'session reset', 'completion']))
  const [, shown = ''] = /^Examples:\n(.*?)\n\n/ms.exec(help.stdout) ?? []
  const examples = [...shown.matchAll(/^ {2}(quintet .*)/gm)].map(([, command = '']) => ({
    file: '--help',
    command,
  }))
  expect(examples.length).toBeGreaterThan(3)
  expect(examples.map(problem).filter((text) => text !== null)).toEqual([])
  for (const code of [0, 1, 2, 3, 6, 130]) expect(help.stdout).toMatch(new RegExp(`^ {2}${code} +\\w`, 'm'))
})

test('every npm script in the documentation exists, the two commands of the first page among them', async () => {
  const manifest: { scripts: Record<string, string> } = JSON.parse(await read('package.json'))
  const said = (
    await Promise.all((await pages()).map(async (file) => commandsIn(file, await read(file), 'npm')))
  ).flat()
  const scripts = said.flatMap(({ file, command }) => {
    const [, script] = /^npm (?:run (?:-s )?)?(test|(?<=run )[\w:]+|(?<=run -s )[\w:]+)/.exec(command) ?? []
    return script === undefined ? [] : [{ file, script }]
  })
  expect(scripts.filter(({ script }) => !Object.hasOwn(manifest.scripts, script))).toEqual([])
  expect(scripts).toEqual(
    expect.arrayContaining([
      { file: 'README.md', script: 'demo' },
      { file: 'README.md', script: 'test' },
    ]),
  )
})

test('every link of the documentation leads to a file', async () => {
  const broken: string[] = []
  for (const file of await pages()) {
    for (const [, target = ''] of (await read(file)).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
      if (!existsSync(join(ROOT, dirname(file), target))) broken.push(`${file}: ${target}`)
    }
  }
  expect(broken).toEqual([])
})
