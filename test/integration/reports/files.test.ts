// Report files that a command writes by itself: which ones are read, and which ones never.
import { mkdir, symlink, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import type { Check } from '../../../src/contract/plan.ts'
import { reportFiles, writtenSince, type ReportLimits } from '../../../src/integration/reports/files.ts'
import { readReport, reportingCheck, selectionOf } from '../../../src/integration/reports/report.ts'
import { testVerdict } from '../../../src/integration/reports/tests.ts'
import { runCheck } from '../../../src/process/check.ts'
import { run } from '../../../src/process/run.ts'
import { temporaryFolder } from '../../support/repository.ts'

async function put(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
}

async function read(
  cwd: string,
  pattern: string,
  options: { during?: () => Promise<unknown>; limits?: ReportLimits } = {},
): Promise<readonly (string | null)[]> {
  const files = await reportFiles(cwd, pattern)
  await options.during?.()
  const found: (string | null)[] = []
  for await (const text of writtenSince(cwd, files, options.limits)) found.push(text)
  return found
}

test('files of an earlier run are never read, unless they are written again', async () => {
  await using folder = await temporaryFolder()
  const { path } = folder
  await put(path, { 'out/a.xml': 'old a', 'out/b.xml': 'old b', 'out/c.xml': 'old c' })
  // The clock may say what it likes, and the content may be the same.
  await utimes(join(path, 'out/c.xml'), new Date('2099-01-01'), new Date('2099-01-01'))
  expect(
    await read(path, 'out/*.xml', {
      during: () => put(path, { 'out/b.xml': 'old b', 'out/d.xml': 'new d' }),
    }),
  ).toEqual(['old b', 'new d'])
  expect(await read(path, 'out/*.xml')).toEqual([])
})

test('patterns', async () => {
  await using folder = await temporaryFolder()
  const { path } = folder
  const found = (pattern: string): Promise<readonly (string | null)[]> =>
    read(path, pattern, {
      during: () =>
        put(
          path,
          Object.fromEntries(
            ['r.xml', 'a/r.xml', 'a/b/r.xml', 'a/b/R+1.xml', 'node_modules/x/r.xml', 'a/r.txt'].map(
              (name) => [name, name],
            ),
          ),
        ),
    })
  expect(await found('r.xml')).toEqual(['r.xml'])
  expect(await found('./a/*/r.xml')).toEqual(['a/b/r.xml'])
  expect(await found('**/r.xml')).toEqual(['a/b/r.xml', 'a/r.xml', 'r.xml'])
  expect(await found('a/**')).toEqual(['a/b/R+1.xml', 'a/b/r.xml', 'a/r.txt', 'a/r.xml'])
  expect(await found('a/**/R+?.xml')).toEqual(['a/b/R+1.xml'])
  expect(await found('nothing/*.xml')).toEqual([])
})

test('no link is followed, and no pipe is waited for', async () => {
  await using folder = await temporaryFolder()
  await using elsewhere = await temporaryFolder()
  const { path } = folder
  const during = async (): Promise<void> => {
    await put(elsewhere.path, { 'secret.xml': 'secret' })
    await put(path, { 'out/a.xml': 'a' })
    await symlink(join(elsewhere.path, 'secret.xml'), join(path, 'out/b.xml'))
    await symlink(elsewhere.path, join(path, 'out/more'))
    await run('mkfifo', [join(path, 'out/c.xml')], { cwd: path })
  }
  expect(await read(path, 'out/**', { during })).toEqual(['a'])
})

test('what is too large, or too many, is told and not read', async () => {
  await using folder = await temporaryFolder()
  const { path } = folder
  let version = 0
  const during = (): Promise<void> => put(path, { 'a.xml': `aa${++version}`, 'b.xml': `bbbb${version}` })
  const limits = { file: 4, all: 100, files: 10, entries: 100 }
  expect(await read(path, '*.xml', { during, limits })).toEqual(['aa1', null])
  expect(await read(path, '*.xml', { during, limits: { ...limits, file: 100, all: 7 } })).toEqual([
    'aa2',
    null,
  ])
  expect(await read(path, '*.xml', { during, limits: { ...limits, file: 100, files: 1 } })).toEqual([
    'aa3',
    null,
  ])
})

const SUITE = (name: string, inner: string): string =>
  `<testsuite name="s"><testcase classname="${name}" name="t">${inner}</testcase></testsuite>`

test('a check with a report of its own: failing tests by name, no selection, and the exit code where nothing is named', async () => {
  await using folder = await temporaryFolder()
  const { path } = folder
  await put(path, { 'out/TEST-Old.xml': SUITE('Old', '<failure/>'), 'new.xml': SUITE('New', '<error/>') })
  const check = (script: string): Check => ({
    name: 'tests',
    run: ['sh', '-c', script],
    report: 'out/TEST-*.xml',
    timeout_seconds: 60,
  })
  const verdict = async (script: string): Promise<unknown> => {
    const asked = await reportingCheck(check(script), { cwd: path, file: join(path, 'report') })
    const log = join(path, `${Math.random()}.log`)
    const result = await runCheck(asked, { cwd: path, log })
    const report = await readReport(asked, { cwd: path, output: result.output, log })
    const found = testVerdict(result, report)
    if (found.kind !== 'red') return found.kind
    expect(selectionOf(asked, found.failed)).toBeNull()
    return found.failed.map(({ id }) => id)
  }
  expect(await verdict('exit 1')).toBe('broken')
  expect(await verdict('cp new.xml out/TEST-New.xml; exit 1')).toEqual(['New t'])
  expect(await verdict('exit 1')).toBe('broken')
  expect(await verdict('cp new.xml out/TEST-New.xml; echo "<testsuite>" > out/TEST-Half.xml; exit 1')).toBe(
    'broken',
  )
  expect(await verdict('exit 0')).toBe('green')
})
