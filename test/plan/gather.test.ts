import { chmod, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkPlan, requireChecked } from '../../src/plan/check.ts'
import { parseConfig } from '../../src/plan/config.ts'
import { loadPlanFacts, Readings, type FactsInput } from '../../src/plan/gather.ts'
import { linkEnd } from '../../src/plan/links.ts'
import { loadPlan, parsePlan } from '../../src/plan/load.ts'
import { gitIn, temporaryFolder, temporaryRepository, writeFiles } from '../support/repository.ts'

const planText = (more = '', piece = ''): string => `goal = "G"
${more}
[[pieces]]
id = "a"
title = "T"
brief = "Change \`src/a.ts\` and \`build/x.ts\`."
scope = { include = ["/src/"] }
${piece}
`
const input = (text = planText(), config = ''): FactsInput => ({
  plan: parsePlan(text, 'p.toml'),
  config: parseConfig(config, 'c.toml'),
})

describe('the facts of a repository', () => {
  test('are those of the base, not of the working tree', async () => {
    await using repo = await temporaryRepository({ files: { 'src/a.ts': '', 'ümlaut/b c.ts': '' } })
    const first = await repo.git('rev-parse', 'HEAD')
    await writeFiles(repo.path, { 'src/new.ts': '' })
    await repo.git('add', '--all')
    await repo.git('commit', '--quiet', '--message=second')
    const facts = await loadPlanFacts(repo.path, input(planText(`base = "${first}"`)))
    expect(facts.files).toEqual(['src/a.ts', 'ümlaut/b c.ts'])
    expect(facts.base).toEqual({ ref: first, commit: first })
    expect(facts.target).toEqual({ branch: 'main', commit: await repo.git('rev-parse', 'HEAD') })
    expect(facts.ignoreCase).toBe(false)
  })

  test('are read once for several plans of one state', async () => {
    await using repo = await temporaryRepository({ files: { 'src/a.ts': '', 'list.txt': 'src/a\n' } })
    const readings = new Readings()
    const first = await loadPlanFacts(repo.path, { ...input(), readings })
    const second = await loadPlanFacts(repo.path, { ...input(planText('setup = ["make"]')), readings })
    expect(second.files).toBe(first.files)
    expect(second.history).toBe(first.history)
    expect(second.texts).toEqual(first.texts)
    expect(second.setup).toEqual(['make'])
    await writeFiles(repo.path, { 'src/new.ts': '' })
    await repo.git('add', '--all')
    await repo.git('commit', '--quiet', '--message=second')
    const third = await loadPlanFacts(repo.path, { ...input(), readings })
    expect(third.files).toContain('src/new.ts')
  })

  test('hold symbolic links with their targets, and submodules apart', async () => {
    await using outside = await temporaryFolder()
    await using repo = await temporaryRepository({ files: { 'src/a.ts': '' } })
    await symlink(outside.path, join(repo.path, 'src', 'out'))
    await symlink('a.ts', join(repo.path, 'src', 'ü\nlink'))
    await repo.git('add', '--all')
    await repo.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},vendor/lib`)
    await repo.git('commit', '--quiet', '--message=links')
    const facts = await loadPlanFacts(repo.path, input())
    expect(facts.files).toEqual(['src/a.ts', 'src/out', 'src/ü\nlink'])
    expect(facts.links).toEqual([
      { path: 'src/out', target: outside.path },
      { path: 'src/ü\nlink', target: 'a.ts' },
    ])
    expect(facts.submodules).toEqual(['vendor/lib'])
    const report = checkPlan({ name: 'p', plan: input().plan }, facts)
    expect(report.findings.map(({ code }) => code)).toContain('E_SCOPE_SYMLINK')
  })

  test('hold the texts of small files beside the folders of the pieces, and name those that list them', async () => {
    const folders = ['core', 'web', 'cli'].map((name) => `packages/${name}`)
    const files = Object.fromEntries(folders.map((folder) => [`${folder}/index.ts`, '']))
    const paths = folders.map((folder) => JSON.stringify(`./${folder}`)).join(',\n')
    const large = `${paths}\n`.repeat(3_000)
    await using repo = await temporaryRepository({
      files: { ...files, 'paths.json': paths, 'large.json': large },
    })
    await symlink('paths.json', join(repo.path, 'link.json'))
    await repo.git('add', '--all')
    await repo.git('commit', '--quiet', '--message=link')
    const piece = (id: string): string =>
      `[[pieces]]\nid = "${id}"\ntitle = "T"\nbrief = "B"\nscope = { include = ["/packages/${id}/"] }\n`
    const plan = parsePlan(`goal = "G"\n${piece('core')}${piece('web')}`, 'p.toml')
    const facts = await loadPlanFacts(repo.path, { plan, config: parseConfig('', 'c.toml') })
    expect([...(facts.texts ?? [])]).toEqual([['paths.json', paths]])
    const { findings } = checkPlan({ name: 'p', plan }, facts)
    expect(findings.find(({ code }) => code === 'W_HUB_FILE')?.message).toContain('paths.json is likely')
  })

  test('know what can be started, what exists and what is ignored', async () => {
    await using repo = await temporaryRepository({
      files: { '.gitignore': 'build/\nnode_modules/\n', 'scripts/run.sh': '', 's.json': '{}' },
    })
    await writeFiles(repo.path, { 'node_modules/.bin/vitest': '#!/bin/sh\n', 'node_modules/.bin/plain': '' })
    await chmod(join(repo.path, 'node_modules/.bin/vitest'), 0o755)
    const checks = ['git', 'vitest', 'plain', './scripts/run.sh', 'no-such-program'].map(
      (program) => `{ name = "${program.replaceAll('/', '')}", run = ["${program}"] }`,
    )
    const text = planText(
      `setup = ["node"]\n[integration]\nchecks = [${checks.join(', ')}]`,
      'script = "s.json"',
    )
    const config =
      'agent = "mine"\n[agents.mine]\ncommand = ["node", "agent.js"]\n[agents.gone]\ncommand = ["no-such-agent"]'
    const facts = await loadPlanFacts(repo.path, {
      ...input(text, config),
      presets: { claude: { command: ['git'] }, gone: { command: ['x'] } },
    })
    expect(facts.programs).toEqual(['node', 'git', 'vitest'])
    expect(facts.agents).toEqual({ claude: 'git', gone: 'no-such-agent', mine: 'node' })
    expect([facts.defaultAgent, facts.setup]).toEqual(['mine', ['node']])
    expect(facts.scripts).toEqual(['s.json'])
    expect(facts.ignored).toEqual(['build/x.ts'])
    const codes = checkPlan({ name: 'p', plan: parsePlan(text, 'p') }, facts).findings.filter(
      ({ code }) => code === 'E_CHECK_COMMAND',
    )
    expect(codes.map(({ message }) => /program "([^"]+)"/.exec(message)?.[1])).toEqual([
      'plain',
      'no-such-program',
    ])
  })

  test('take a script outside of the repository for missing', async () => {
    await using repo = await temporaryRepository()
    await writeFiles(join(repo.path, '..'), { 'outside.json': '{}' })
    await symlink('../outside.json', join(repo.path, 'link.json'))
    for (const script of ['../outside.json', 'link.json', '.', 'nothing.json']) {
      const facts = await loadPlanFacts(repo.path, input(planText('', `script = "${script}"`)))
      expect(facts.scripts).toEqual([])
    }
  })

  test('tell an unborn branch, a detached head and names that mean nothing', async () => {
    await using folder = await temporaryFolder()
    await gitIn(folder.path, 'init', '--quiet', '--initial-branch=main')
    const unborn = await loadPlanFacts(folder.path, input())
    expect([unborn.base, unborn.target, unborn.files]).toEqual([
      { ref: 'HEAD', commit: null },
      { branch: 'main', commit: null },
      [],
    ])
    await using repo = await temporaryRepository()
    await repo.git('checkout', '--quiet', '--detach')
    expect((await loadPlanFacts(repo.path, input())).target).toEqual({ branch: null, commit: null })
    const named = await loadPlanFacts(repo.path, input(planText('base = "nope"\ntarget = "refs/heads/main"')))
    expect(named.base.commit).toBeNull()
    expect(named.target).toMatchObject({ branch: 'main', commit: expect.stringMatching(/^[0-9a-f]{40}$/) })
    const configured = await loadPlanFacts(repo.path, input(planText(), 'base = "main"'))
    expect(configured.base.ref).toBe('main')
  })

  test('let a plan of a real repository pass', async () => {
    await using repo = await temporaryRepository({
      files: {
        'src/a.ts': '',
        '.gitignore': 'build/\n',
        '.quintet/plans/p.toml': planText('', 'script = "s.json"\n'),
        's.json': '{}',
      },
    })
    const loaded = await loadPlan(repo.path, 'p')
    const checked = requireChecked(
      checkPlan(loaded, await loadPlanFacts(repo.path, { ...input(), plan: loaded.plan })),
    )
    expect(checked.base.commit).toBe(await repo.git('rev-parse', 'HEAD'))
  })
})

test.each([
  ['a', 'b', { kind: 'inside', path: 'b' }],
  ['src/a', '../lib/./x', { kind: 'inside', path: 'lib/x' }],
  ['src/a', '..', { kind: 'inside', path: '' }],
  ['src/a', '../..', { kind: 'outside' }],
  ['a', '/etc', { kind: 'outside' }],
  ['a', 'hop/x', { kind: 'outside' }],
  ['a', 'near/x', { kind: 'inside', path: 'src/x' }],
  ['a', 'loop', { kind: 'outside' }],
])('the link %s to %s ends %j', (path, target, end) => {
  const links = [
    { path, target },
    { path: 'hop', target: '../out' },
    { path: 'near', target: 'src' },
    { path: 'loop', target: 'loop' },
  ]
  expect(linkEnd({ path, target }, links)).toEqual(end)
})
