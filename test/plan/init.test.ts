import { chmod, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkPlan } from '../../src/plan/check.ts'
import { loadConfig, parseConfig } from '../../src/plan/config.ts'
import { contendedFiles, detectPackageManager, detectTests, likelyTest } from '../../src/plan/detect.ts'
import { discover, writeMissing } from '../../src/plan/discover.ts'
import { loadPlanFacts } from '../../src/plan/gather.ts'
import { EXAMPLE_PLAN, initFiles, type Detected } from '../../src/plan/init.ts'
import { loadPlan, parsePlan } from '../../src/plan/load.ts'
import { temporaryFolder, temporaryRepository, writeFiles } from '../support/repository.ts'

test.each([
  [['package.json', 'package-lock.json'], 'npm'],
  [['package.json', 'pnpm-lock.yaml', 'package-lock.json'], 'pnpm'],
  [['package.json', 'yarn.lock'], 'yarn'],
  [['bun.lockb', 'package.json'], 'bun'],
  [['package.json'], 'npm'],
  [['uv.lock', 'pyproject.toml'], 'uv'],
  [['pyproject.toml'], 'pip'],
  [['Cargo.toml', 'src/main.rs'], 'cargo'],
  [['go.mod'], 'go'],
  [['web/package.json', 'README.md'], null],
])('the files %j mean %s', (files, manager) => {
  expect(detectPackageManager(files)).toBe(manager)
})

const scripts = (test: unknown): string => JSON.stringify({ scripts: { test } })

test.each([
  [{ files: ['package.json'], packageJson: scripts('vitest') }, [['npm', 'test']]],
  [{ files: ['package.json', 'pnpm-lock.yaml'], packageJson: scripts('vitest') }, [['pnpm', 'test']]],
  [{ files: ['package.json', 'bun.lock'], packageJson: scripts('x') }, [['bun', 'run', 'test']]],
  [{ files: ['package.json'], packageJson: scripts('echo "Error: no test specified" && exit 1') }, []],
  [{ files: ['package.json'], packageJson: 'no json' }, []],
  [{ files: ['package.json'], packageJson: '{"scripts":{"test":7}}' }, []],
  [{ files: ['uv.lock', 'tests/test_a.py'] }, [['uv', 'run', 'pytest']]],
  [{ files: ['setup.py', 'a_test.py'] }, [['python3', '-m', 'pytest']]],
  [
    { files: ['Cargo.toml', 'go.mod'] },
    [
      ['cargo', 'test'],
      ['go', 'test', './...'],
    ],
  ],
  [{ files: ['pom.xml', 'mvnw'] }, [['./mvnw', 'test']]],
  [{ files: ['Makefile'], makefile: 'all:\n\ntest: all\n\ttrue\n' }, [['make', 'test']]],
  [{ files: ['Makefile'], makefile: 'test := 1\n' }, []],
])('%j is tested by %j', (sources, runs) => {
  const found = detectTests(sources)
  expect(found.map(({ run }) => run)).toEqual(runs)
  expect(new Set(found.map(({ name }) => name)).size).toBe(runs.length)
})

const DETECTED: Detected = {
  packageManager: 'npm',
  tests: [{ name: 'test', run: ['npm', 'test'] }],
  missing: [],
  agents: ['claude'],
  base: 'main',
  files: [
    'package.json',
    'package-lock.json',
    'src/api/a.ts',
    'src/auth/a.ts',
    'src/auth/b.ts',
    'docs/x.md',
    '.github/x.yml',
  ],
  existing: [],
}

describe('the first files', () => {
  test('are a configuration and a plan that can be read', () => {
    const [config, plan] = initFiles(DETECTED)
    expect(parseConfig(config?.content ?? '', 'c').agent).toBe('claude')
    const parsed = parsePlan(plan?.content ?? '', 'p')
    expect(parsed.pieces.map(({ id, scope }) => [id, ...scope.include])).toEqual([
      ['auth', '/src/auth/'],
      ['api', '/src/api/'],
      ['docs', '/docs/'],
    ])
    expect(parsed).toMatchObject({
      base: 'main',
      target: 'main',
      integration: { checks: [{ run: ['npm', 'test'] }] },
    })
    expect(parsed.shared.map(({ path }) => path)).toEqual(contendedFiles(DETECTED.files))
  })

  test('never replace what exists', () => {
    expect(initFiles({ ...DETECTED, existing: [EXAMPLE_PLAN] }).map(({ path }) => path)).toEqual([
      '.quintet/config.toml',
    ])
  })

  test.each([
    ['an empty repository', { files: [], base: null, agents: [], tests: [], packageManager: null }],
    [
      'odd names',
      {
        files: ['1 [x]*/a', '"q"/b', '-/c', 'operator/d', 'a\nb/e', 'Ä/f', 'x/1', 'x/2'],
        agents: ['o"dd'],
        base: 'fe"ature',
      },
    ],
    ['many folders', { files: Array.from({ length: 30 }, (_, index) => `f${index}/a`) }],
    ['everything in one folder', { files: ['src/a', 'src/b/c'] }],
  ])('can be read in %s', (_, detected) => {
    const [config, plan] = initFiles({ ...DETECTED, ...detected })
    expect(parseConfig(config?.content ?? '', 'c').agents).toEqual({})
    const { pieces } = parsePlan(plan?.content ?? '', 'p')
    expect(pieces.length).toBeGreaterThan(0)
    expect(pieces.length).toBeLessThanOrEqual(5)
  })
})

describe('a real repository', () => {
  const FILES = {
    'package.json': scripts('node --test'), 'package-lock.json': '{}', 'README.md': '', 'src/a/x.ts': '', 'src/b/y.ts': '', 'test/x.ts': '',
    'tools [old]/z.ts': '',
  } // prettier-ignore

  test('gets an example plan that passes the check', async () => {
    await using repo = await temporaryRepository({ files: FILES })
    await using bin = await temporaryFolder()
    await writeFiles(bin.path, { 'my-agent': '#!/bin/sh\n' })
    await chmod(join(bin.path, 'my-agent'), 0o755)
    const path = `${process.env['PATH'] ?? ''}:${bin.path}`
    const presets = { mine: { command: ['my-agent', '--acp'] }, other: { command: ['no-such-agent'] } }
    const detected = await discover(repo.path, { presets, path })
    expect(detected).toMatchObject({
      packageManager: 'npm',
      agents: ['mine'],
      base: 'main',
      existing: [],
      tests: [{ run: ['npm', 'test'] }],
    })
    expect(await writeMissing(repo.path, initFiles(detected))).toEqual({
      written: ['.quintet/config.toml', EXAMPLE_PLAN],
      kept: [],
    })
    const config = await loadConfig(repo.path, { HOME: '/nonexistent' })
    const loaded = await loadPlan(repo.path, 'example')
    const report = checkPlan(
      loaded,
      await loadPlanFacts(repo.path, { plan: loaded.plan, config, presets, path }),
    )
    expect(report.findings.filter(({ severity }) => severity !== 'info')).toEqual([])
    expect(report.checked?.order).toEqual(['a', 'b', 'test', 'tools-old'])
  })

  test('is tested by what it asks for, also where that is not installed', async () => {
    const files = { 'uv.lock': '', 'pyproject.toml': '', 'tests/test_a.py': '' }
    await using repo = await temporaryRepository({ files })
    const detected = await discover(repo.path, { presets: {}, path: '/nonexistent' })
    expect(detected).toMatchObject({ tests: [{ run: ['uv', 'run', 'pytest'] }], missing: ['uv'] })
    expect(likelyTest(['uv.lock', 'tests/test_a.py'])).toEqual(['uv', 'run', 'pytest'])
    expect(likelyTest(['a.py'])).toEqual(['python3', '-m', 'pytest'])
  })

  test('keeps files that are there, also when they appear late', async () => {
    await using repo = await temporaryRepository({ files: FILES })
    const detected = await discover(repo.path, { presets: {} })
    await writeFiles(repo.path, { '.quintet/config.toml': '# mine\n' })
    expect(await writeMissing(repo.path, initFiles(detected))).toEqual({
      written: [EXAMPLE_PLAN],
      kept: ['.quintet/config.toml'],
    })
    expect(await readFile(join(repo.path, '.quintet/config.toml'), 'utf8')).toBe('# mine\n')
    expect(initFiles(await discover(repo.path, { presets: {} }))).toEqual([])
  })

  test('is not left through a link', async () => {
    await using outside = await temporaryFolder()
    await using repo = await temporaryRepository({ files: FILES })
    await symlink(outside.path, join(repo.path, '.quintet'))
    await expect(writeMissing(repo.path, initFiles(DETECTED))).rejects.toMatchObject({
      code: 'E_PATH_ESCAPES',
    })
  })

  test('has the base that its remote calls its own', async () => {
    await using repo = await temporaryRepository({ files: FILES })
    await repo.git('branch', 'trunk')
    await repo.git('update-ref', 'refs/remotes/origin/trunk', 'HEAD')
    await repo.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/trunk')
    expect((await discover(repo.path, { presets: {} })).base).toBe('trunk')
    await repo.git('branch', '--delete', '--force', 'trunk')
    expect((await discover(repo.path, { presets: {} })).base).toBe('main')
  })
})
