// What can be parsed after a resolution, beside scripts and JSON.
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { isBroken, syntaxOf } from '../../../src/integration/resolve/syntax.ts'
import { temporaryFolder } from '../../support/repository.ts'

afterEach(() => vi.unstubAllEnvs())

test('YAML: several documents and tags are right, a repeated key and broken indentation are not', async () => {
  expect(await syntaxOf('a.yml', 'a: 1\n---\nb: !Ref [c]\n')).toBe('right')
  expect(await syntaxOf('a.yaml', '')).toBe('right')
  expect(await syntaxOf('a.yaml', 'a: 1\nb: 2\na: 3\n')).toBe('wrong')
  expect(await syntaxOf('a.yaml', 'a:\n  - b\n c: d\n')).toBe('wrong')
  expect(await syntaxOf('pnpm-lock.yaml', "a: {b: 'c}\n")).toBe('wrong')
})

test('TOML, by its ending and by the names of lock files', async () => {
  expect(await syntaxOf('a.toml', '[a]\nb = 1\n')).toBe('right')
  expect(await syntaxOf('a.toml', '[a]\nb = 1\n[a]\nc = 1\n')).toBe('wrong')
  expect(await syntaxOf('x/Cargo.lock', '[[package]]\nname = \n')).toBe('wrong')
  expect(await syntaxOf('yarn.lock', 'a b c')).toBe('not-looked-at')
})

test('JSON with comments', async () => {
  expect(await syntaxOf('a.jsonc', '{ // b\n"c": 1 }')).toBe('right')
  expect(await syntaxOf('a.jsonc', '{ "c": }')).toBe('wrong')
})

/** A program of that name alone on the PATH, which ends with `exitCode` when it reads `wrong`, and with 0 when it does not. */
async function onlyProgram(folder: string, name: string, exitCode: number): Promise<void> {
  const at = join(folder, 'bin', name)
  await mkdir(join(folder, 'bin'), { recursive: true })
  await writeFile(at, `#!/bin/sh\nread -r text\ncase "$text" in *wrong*) exit ${exitCode};; esac\nexit 0\n`)
  await chmod(at, 0o755)
  vi.stubEnv('PATH', join(folder, 'bin'))
}

test.each([
  ['a.py', 'python3', 65],
  ['a.go', 'gofmt', 2],
  ['a.rs', 'rustfmt', 1],
])('%s is read by %s, where it is installed', async (path, program, exitCode) => {
  await using folder = await temporaryFolder()
  vi.stubEnv('PATH', join(folder.path, 'nothing'))
  expect(await syntaxOf(path, 'wrong\n')).toBe('not-looked-at')
  await onlyProgram(folder.path, program, exitCode)
  expect(await syntaxOf(path, 'fine\n')).toBe('right')
  expect(await syntaxOf(path, 'wrong\n')).toBe('wrong')
  // A program that fails in another way says nothing about the text.
  await onlyProgram(folder.path, program, 7)
  expect(await syntaxOf(path, 'wrong\n')).toBe('not-looked-at')
})

test('python itself, where this machine has it', async ({ skip }) => {
  const found = await syntaxOf('a.py', 'a = 1\n')
  if (found === 'not-looked-at') skip()
  expect(found).toBe('right')
  expect(await syntaxOf('a.py', 'def f(:\n')).toBe('wrong')
  expect(process.env['PATH']).toContain(delimiter)
})

test('what could not be read before is not judged, save for scripts and JSON', async () => {
  const template = '{{- if .Values.on }}\na: 1\n{{- end }}\n'
  expect(await isBroken({ path: 'a.yaml', ours: template, theirs: template }, template)).toBe(false)
  expect(await isBroken({ path: 'a.yaml', ours: template, theirs: 'a: 1\n' }, 'a: b: c\n')).toBe(true)
  expect(await isBroken({ path: 'a.yaml', ours: 'a: 1\n', theirs: 'a: 2\n' }, 'a: 1\nb: 2\n')).toBe(false)
  expect(await isBroken({ path: 'a.js', ours: 'a(', theirs: 'a(' }, 'a(')).toBe(true)
})
