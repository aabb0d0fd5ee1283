import { describe, expect, test } from 'vitest'
import { changes } from '../../../src/git/diff.ts'
import { blocking, judgeBranch } from '../../../src/engine/scope/gate.ts'
import { ownershipInForce, type OwnershipMap } from '../../../src/scope/ownership.ts'
import { commitOn, type Files } from '../../support/branches.ts'
import { temporaryRepository, type TemporaryRepository } from '../../support/repository.ts'

const AREAS = ['lib', 'parser', 'runtime', 'plugins', 'docs'] as const
const map = ownershipInForce(
  {
    pieces: AREAS.map((id) => ({ id, scope: { include: [`/${id}/`], exclude: [] } })),
    shared: [{ path: 'package.json', policy: 'operator' }],
  },
  [],
)

async function judged(
  repository: TemporaryRepository,
  range: { readonly piece: string; readonly tip: string; readonly base?: string },
  by: OwnershipMap = map,
): Promise<readonly string[]> {
  const { findings } = await judgeBranch(repository.path, by, { base: 'main', ...range })
  return findings.map(
    ({ kind, path, owner, blocks }) => `${kind} ${path} ${owner ?? '-'}${blocks ? ' !' : ''}`,
  )
}

describe('a branch', () => {
  test('is judged by what it changes since it left its base, renames on both sides', async () => {
    await using repository = await temporaryRepository({
      files: {
        'lib/a.js': 'one\ntwo\nthree\nfour\n',
        'lib/b.js': 'b\n',
        'parser/p.js': 'p\n',
        'package.json': '{}',
      },
    })
    const tip = await commitOn(repository, 'work', [
      { 'lib/a.js': null, 'parser/a.js': 'one\ntwo\nthree\nfour\n' },
      { 'parser/p.js': null, 'lib/b.js': 'b2\n', 'package.json': '{"a":1}', 'notes.md': 'x' },
    ])
    // What happens on the base's branch meanwhile is none of its affair.
    await commitOn(repository, 'main', [{ 'runtime/r.js': 'r\n' }])
    expect(await judged(repository, { piece: 'lib', tip, base: 'main' })).toEqual([
      'out-of-scope notes.md - !',
      'out-of-scope package.json operator !',
      'out-of-scope parser/a.js parser !',
      'out-of-scope parser/p.js parser !',
    ])
  })

  test('that takes a change back has none', async () => {
    await using repository = await temporaryRepository({ files: { 'parser/p.js': 'p\n' } })
    const tip = await commitOn(repository, 'work', [
      { 'parser/p.js': 'q\n' },
      { 'parser/p.js': 'p\n', 'lib/x.js': '' },
    ])
    expect(await judged(repository, { piece: 'lib', tip })).toEqual([])
  })

  test('is seen with its links, submodules, modes and names, as git stores them', async () => {
    await using repository = await temporaryRepository({
      files: { 'lib/run.sh': '#!/bin/sh\n', 'lib/a.js': '' },
    })
    const git = (...args: string[]): Promise<string> => repository.git(...args)
    const blob = async (text: string): Promise<string> =>
      (
        await git('-c', 'alias.put=!f() { printf %s "$1" | git hash-object -w --stdin; }; f', 'put', text)
      ).trim()
    const head = await git('rev-parse', 'HEAD')
    await git('switch', '--quiet', '-c', 'work')
    for (const entry of [
      `120000,${await blob('/etc/passwd')},lib/out`,
      `120000,${await blob('../parser/p.js')},lib/peek`,
      `120000,${await blob('a.js')},lib/near`,
      `120000,${await blob('x'.repeat(5_000))},lib/long`,
      `160000,${head},lib/vendor`,
      `100644,${await blob('')},lib/A.js`,
      `100644,${await blob('')},p\u0430rser/p.js`,
      `100644,${await blob('* merge=ours')},lib/.gitattributes`,
    ]) {
      await git('update-index', '--add', '--cacheinfo', entry)
    }
    await git('update-index', '--chmod=+x', 'lib/run.sh')
    await git('commit', '--quiet', '--message=odd things')
    expect(await judged(repository, { piece: 'lib', tip: 'work' })).toEqual([
      'control-file lib/.gitattributes lib',
      'link-outside lib/long - !',
      'link-outside lib/out - !',
      'link-foreign lib/peek parser',
      'mode lib/run.sh lib',
      'submodule lib/vendor lib !',
      'out-of-scope p\u0430rser/p.js - !',
      'same-name lib/A.js lib',
      'look-alike p\u0430rser/p.js parser !',
    ])
  })

  test('paths that are no UTF-8 are judged like all others', async () => {
    await using repository = await temporaryRepository()
    const blob = await repository.git('hash-object', '-w', '-t', 'blob', '/dev/null')
    await repository.git('switch', '--quiet', '-c', 'work')
    await repository.git(
      '-c',
      `alias.odd=!printf '100644 ${blob}\\tparser/\\377.js\\0' | git update-index -z --index-info`,
      'odd',
    )
    await repository.git('commit', '--quiet', '--message=odd name')
    expect(await judged(repository, { piece: 'lib', tip: 'work' })).toEqual([
      'out-of-scope parser/\udcff.js parser !',
    ])
    expect(await judged(repository, { piece: 'parser', tip: 'work' })).toEqual([])
  })
})

/** A small generator, so that every run sees the same repository. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
}

test('of many branches by area exactly those that cross an area are stopped', async () => {
  const files = Object.fromEntries(
    AREAS.flatMap((area) =>
      Array.from({ length: 20 }, (_, index) => [`${area}/f${index}.js`, `${area} ${index}\n`]),
    ),
  )
  await using repository = await temporaryRepository({ files })
  const pick = random(7)
  const branches = Array.from({ length: 60 }, (_, index) => {
    const area = AREAS[index % AREAS.length] ?? 'lib'
    const own: Record<string, string | null> = {}
    for (let n = 0; n < 3; n++) own[`${area}/f${pick(20)}.js`] = pick(5) === 0 ? null : `${index}.${n}\n`
    own[`${area}/new${index}.js`] = ''
    const other = AREAS[(AREAS.indexOf(area) + 1 + pick(AREAS.length - 1)) % AREAS.length] ?? 'docs'
    const crossing = pick(3) === 0
    const foreign: Files = crossing
      ? ([
          { [`${other}/f${pick(20)}.js`]: null },
          { [`${other}/n${index}.js`]: 'x' },
          { [`root${index}.js`]: 'x' },
        ][pick(3)] ?? {})
      : {}
    return {
      name: `pr${index}`,
      area,
      crossing,
      files: { ...own, ...foreign },
      foreign: Object.keys(foreign),
    }
  })
  const flagged: string[] = []
  for (const { name, area, files: change, foreign } of branches) {
    const tip = await commitOn(repository, name, [change])
    const { findings } = await judgeBranch(repository.path, map, { piece: area, base: 'main', tip })
    if (blocking(findings).length > 0) flagged.push(name)
    const wrong = findings.filter(({ blocks }) => blocks).map(({ path }) => path)
    // The gate sees all of it: nothing that git knows of is left out.
    const seen = (await changes(repository.path, 'main', tip)).length
    expect({ name, wrong, seen }).toEqual({ name, wrong: foreign, seen: Object.keys(change).length })
  }
  expect(flagged).toEqual(branches.filter(({ crossing }) => crossing).map(({ name }) => name))
  expect(flagged.length).toBeGreaterThan(10)
}, 60_000)
