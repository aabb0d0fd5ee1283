import { describe, expect, test } from 'vitest'
import * as v from 'valibot'
import { ConfigFile } from '../../../src/contract/config.ts'
import { stackAdmitted } from '../../../src/engine/integration/admission.ts'
import type { Fact } from '../../../src/engine/port.ts'
import { RunInput } from '../../../src/engine/run/input.ts'
import { openRepository } from '../../../src/git/repository.ts'
import { openStore } from '../../../src/store/store.ts'
import { commitOn } from '../../support/branches.ts'
import { temporaryRepository, type TemporaryRepository } from '../../support/repository.ts'

interface Piece {
  readonly id: string
  readonly depends_on?: readonly string[]
  /** Commit the branch started from; default main. */
  readonly base?: string
  /** Beside the folder of its own. */
  readonly also?: readonly string[]
}

/** Stacks the branches of these pieces, each named like its piece, on `main`; a grant is `[path, piece]`. */
async function admit(
  repository: TemporaryRepository,
  pieces: readonly Piece[],
  options: { readonly grants?: readonly (readonly [string, string])[]; readonly from?: string } = {},
) {
  using store = openStore(`${repository.path}/.git/state.db`)
  const base = await repository.git('rev-parse', 'first')
  const run = v.parse(RunInput, {
    version: 1,
    run: 'r-1',
    name: 'r',
    plan: {
      goal: 'x',
      pieces: pieces.map(({ id, depends_on = [], also = [] }) => ({
        id,
        title: id,
        brief: id,
        scope: { include: [`/${id}/`, ...also] },
        depends_on: [...depends_on],
      })),
    },
    order: pieces.map(({ id }) => id),
    base: { ref: 'main', commit: base },
    target: 'main',
    coordination: { on: false, why: '' },
    rehearsal: false,
  })
  for (const [index, [path, to]] of (options.grants ?? []).entries()) {
    const n = index + 1
    const data = { n, paths: [path], to, from: null, by: 'operator', reason: '' }
    store.append({ stream: 'r-1/run', key: `scope.settled:${n}`, type: 'scope.granted', data })
  }
  const facts: Fact[] = []
  const admitted = await stackAdmitted(
    {
      repo: await openRepository(repository.path),
      store,
      state: `${repository.path}/.git/quintet`,
      config: v.parse(ConfigFile, {}),
    },
    {
      signal: new AbortController().signal,
      record: (fact) => facts.push(fact) > 0,
      watchSignals: () => undefined,
    },
    {
      run: 'r-1',
      n: 1,
      branches: await Promise.all(
        pieces.map(async ({ id, base: from = base }) => ({
          piece: id,
          title: id,
          tip: await repository.git('rev-parse', id),
          base: await repository.git('rev-parse', from),
        })),
      ),
      leftOut: [],
    },
    { run, from: await repository.git('rev-parse', options.from ?? 'main'), round: 1 },
  )
  return {
    commit: admitted.stacked.commit,
    merged: admitted.stacked.steps.map(({ piece }) => piece),
    refused: admitted.refused.map(({ reason }) => reason),
    facts,
  }
}

async function repositoryOf(files: Readonly<Record<string, string>>): Promise<TemporaryRepository> {
  const repository = await temporaryRepository({ files })
  await repository.git('tag', 'first')
  return repository
}

describe('before landing', () => {
  test('a branch with a foreign path is left out, named with path and owner, and so is what builds on it', async () => {
    await using repository = await repositoryOf({ 'a/x': '1\n', 'b/y': '1\n' })
    await commitOn(repository, 'a', [{ 'a/x': '2\n', 'b/y': 'by a\n' }])
    await commitOn(repository, 'b', [{ 'b/y': '2\n' }])
    await commitOn(repository, 'c', [{ 'c/z': '1\n' }], 'a')
    const { merged, refused, facts } = await admit(repository, [
      { id: 'a' },
      { id: 'b' },
      { id: 'c', depends_on: ['a'], base: 'a' },
    ])
    expect(merged).toEqual(['b'])
    expect(refused).toEqual([
      'a may not land. b/y: It was changed; it belongs to b.',
      'c builds on a, which may not land.',
    ])
    expect(facts).toMatchObject([
      {
        type: 'integration.refused',
        data: { piece: 'a', findings: [{ kind: 'out-of-scope', path: 'b/y', owner: 'b' }] },
      },
      { type: 'integration.left-out', data: { piece: 'a' } },
      { type: 'integration.left-out', data: { piece: 'c' } },
    ])
  })

  test('the map in force counts: a grant lets a branch in, and shuts the former owner out', async () => {
    await using repository = await repositoryOf({ 'a/x': '1\n', 'b/y': '1\n' })
    await commitOn(repository, 'a', [{ 'b/y': 'by a\n' }])
    await commitOn(repository, 'b', [{ 'b/y': '2\n' }])
    const { merged, refused } = await admit(repository, [{ id: 'a' }, { id: 'b' }], {
      grants: [['b/y', 'a']],
    })
    expect(merged).toEqual(['a'])
    expect(refused).toEqual(['b may not land. b/y: It was changed; it belongs to a.'])
  })

  test('work that another branch holds and takes back does not get lost in silence', async () => {
    await using repository = await repositoryOf({ 'a/x': '1\n', 'b/y': '1\n' })
    const theirs = await commitOn(repository, 'b', [{ 'b/y': '2\n' }])
    // The branch a was set onto b's commit; told that b/y is not its own, it put the file back.
    await commitOn(repository, 'a', [{ 'a/x': '2\n', 'b/y': '1\n' }], theirs)
    const { merged, refused, facts } = await admit(repository, [{ id: 'a' }, { id: 'b' }])
    expect(merged).toEqual(['a'])
    expect(refused).toEqual([
      'b may not land. b/y: What it changed here would not arrive: another branch holds its commits and takes them back.',
    ])
    expect(facts[0]).toMatchObject({
      data: { findings: [{ kind: 'history', path: 'b/y', owner: 'b', blocks: true }] },
    })
  })

  test('a merge that would take back what is in the target is stopped', async () => {
    await using repository = await repositoryOf({ 'a/x': '1\n', 'b/y': '1\n' })
    await commitOn(repository, 'main', [{ 'b/y': 'landed\n' }])
    await commitOn(repository, 'a', [{ 'a/x': '2\n', 'b/y': '1\n' }], 'main')
    const { merged, refused } = await admit(repository, [{ id: 'a' }])
    expect(merged).toEqual([])
    expect(refused).toEqual([
      'a may not land. b/y: Merging it would change this path, which no session owns.',
    ])
  })

  test('a merge that brings both sides of a file together is none of it', async () => {
    const lines = 'one\ntwo\nthree\nfour\nfive\nsix\n'
    await using repository = await repositoryOf({ 'a/x': lines })
    await commitOn(repository, 'a', [{ 'a/x': lines.replace('one', 'ONE') }])
    await commitOn(repository, 'main', [{ 'a/x': lines.replace('six', 'SIX') }])
    expect((await admit(repository, [{ id: 'a' }])).merged).toEqual(['a'])
  })

  const LINES = 'one\ntwo\nthree\nfour\nfive\nsix\n'
  const NOTES = { also: ['/notes.txt'] }

  test('two branches that change the same file in different places both arrive', async () => {
    await using repository = await repositoryOf({ 'notes.txt': LINES })
    await commitOn(repository, 'a', [{ 'notes.txt': LINES.replace('one', 'ONE') }])
    await commitOn(repository, 'b', [{ 'notes.txt': LINES.replace('six', 'SIX') }])
    const pieces = ['a', 'b'].map((id) => ({ id, ...NOTES }))
    const { merged, refused, commit } = await admit(repository, pieces)
    expect([merged, refused]).toEqual([['a', 'b'], []])
    const both = LINES.replace('one', 'ONE').replace('six', 'SIX')
    expect(await repository.git('show', `${commit}:notes.txt`)).toBe(both.trim())
  })

  test('where git is told to take the lines of both, both arrive', async () => {
    await using repository = await repositoryOf({
      '.gitattributes': 'notes.txt merge=union\n',
      'notes.txt': 'one\ntwo\n',
    })
    await repository.git('checkout', '--quiet', 'main')
    for (const id of ['a', 'b', 'c']) await commitOn(repository, id, [{ 'notes.txt': `one\n${id}\ntwo\n` }])
    const { merged, refused, commit } = await admit(
      repository,
      ['a', 'b', 'c'].map((id) => ({ id, ...NOTES })),
    )
    expect([merged, refused]).toEqual([['a', 'b', 'c'], []])
    expect(await repository.git('show', `${commit}:notes.txt`)).toBe('one\na\nb\nc\ntwo')
  })

  test('a part of a file that another branch takes back is lost, although it changes the file as well', async () => {
    await using repository = await repositoryOf({ 'notes.txt': LINES })
    const noted = await commitOn(repository, 'b', [{ 'notes.txt': LINES.replace('one', 'ONE') }])
    await commitOn(repository, 'a', [{ 'notes.txt': LINES.replace('six', 'SIX') }], noted)
    await commitOn(repository, 'b', [{ 'b/x': '1\n' }])
    const { merged, refused } = await admit(
      repository,
      ['a', 'b'].map((id) => ({ id, ...NOTES })),
    )
    expect(merged).toEqual(['a'])
    expect(refused).toEqual([
      expect.stringMatching(/^b may not land\. notes\.txt: What it changed here would not arrive/),
    ])
  })

  test('it is lost as well where the target has changed the file meanwhile', async () => {
    await using repository = await repositoryOf({ 'notes.txt': LINES })
    const noted = await commitOn(repository, 'b', [{ 'notes.txt': LINES.replace('one', 'ONE') }])
    await commitOn(repository, 'a', [{ 'notes.txt': LINES }], noted)
    await commitOn(repository, 'main', [{ 'notes.txt': LINES.replace('six', 'SIX') }])
    const { refused } = await admit(
      repository,
      ['a', 'b'].map((id) => ({ id, ...NOTES })),
    )
    expect(refused).toEqual([
      expect.stringMatching(/^b may not land\. notes\.txt: What it changed here would not arrive/),
    ])
  })

  test('what the target made of the work that it has of a branch stays with the target', async () => {
    await using repository = await repositoryOf({ 'notes.txt': LINES })
    const first = await commitOn(repository, 'a', [{ 'notes.txt': LINES.replace('one', 'ONE') }])
    await commitOn(repository, 'landed', [{ 'notes.txt': LINES.replace('one', 'One, and more') }], first)
    await commitOn(repository, 'a', [{ 'notes.txt': LINES.replace('one', 'ONE').replace('six', 'SIX') }])
    const { merged, refused } = await admit(repository, [{ id: 'a', ...NOTES }], { from: 'landed' })
    expect([merged, refused]).toEqual([['a'], []])
  })

  const SHARED = { also: ['/package.json', '/notes.txt'] }
  const manifest = (...names: string[]): string =>
    `${JSON.stringify({ name: 'x', dependencies: Object.fromEntries(names.map((name) => [name, '^1.0.0'])) }, null, 2)}\n`

  test('a conflict that was resolved has arrived, although the file is like neither side', async () => {
    await using repository = await repositoryOf({ 'package.json': manifest('m') })
    await commitOn(repository, 'a', [{ 'package.json': manifest('l', 'm') }])
    await commitOn(repository, 'b', [{ 'package.json': manifest('m', 'n') }])
    const pieces = ['a', 'b'].map((id) => ({ id, ...SHARED }))
    const { merged, refused, commit } = await admit(repository, pieces)
    expect([merged, refused]).toEqual([['a', 'b'], []])
    expect(await repository.git('show', `${commit}:package.json`)).toBe(manifest('l', 'm', 'n').trim())
    expect(await repository.git('log', '-1', '--format=%B', commit)).toMatch(
      /^Quintet-Resolved: package\.json by JSON keys$/m,
    )
  })

  test('what does not arrive beside a resolved conflict is lost all the same', async () => {
    await using repository = await repositoryOf({ 'package.json': manifest('m'), 'notes.txt': '1\n' })
    const noted = await commitOn(repository, 'b', [{ 'notes.txt': '2\n' }])
    await commitOn(repository, 'a', [{ 'package.json': manifest('l', 'm'), 'notes.txt': '1\n' }], noted)
    await commitOn(repository, 'b', [{ 'package.json': manifest('m', 'n') }])
    const { merged, refused } = await admit(
      repository,
      ['a', 'b'].map((id) => ({ id, ...SHARED })),
    )
    expect(merged).toEqual(['a'])
    expect(refused).toEqual([
      expect.stringMatching(/^b may not land\. notes\.txt: What it changed here would not arrive/),
    ])
  })

  test('what has landed already, the same round played again, is no loss', async () => {
    await using repository = await repositoryOf({ 'a/x': '1\n' })
    await commitOn(repository, 'a', [{ 'a/x': '2\n' }])
    await repository.git('update-ref', 'refs/heads/landed', 'a')
    const { merged, refused } = await admit(repository, [{ id: 'a' }], { from: 'landed' })
    expect([merged, refused]).toEqual([[], []])
  })
})
