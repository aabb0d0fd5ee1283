import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder, temporaryRepository } from '../support/repository.ts'
import { quintet } from './process.ts'

/** A session that runs the same failing command again and again, with a token in its arguments. */
function transcript(): string {
  const base = { sessionId: 's1', version: '2.1.0', cwd: '/repo', isSidechain: false }
  const token = ['ghp', '_abcdefghijklmnopqrstuvwxyz012345'].join('')
  const lines: object[] = [
    { ...base, type: 'user', message: { role: 'user', content: 'Make the tests pass.' } },
  ]
  for (let n = 0; n < 8; n += 1) {
    const use = {
      type: 'tool_use',
      id: `t${n}`,
      name: 'Bash',
      input: { command: `T=${token} npm test -- auth` },
    }
    const content =
      "Exit code 1\nTypeError: Cannot read properties of undefined (reading 'id')\nTests:       1 failed, 1 total"
    lines.push(
      {
        ...base,
        type: 'assistant',
        message: {
          id: `m${n}`,
          model: 'claude-opus',
          content: [use],
          usage: { input_tokens: 10_000 * (n + 1), output_tokens: 5 },
        },
      },
      {
        ...base,
        type: 'user',
        message: {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: `t${n}`, content, is_error: true }],
        },
      },
    )
  }
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}

test('a recorded session is examined: context, files and alarms with their evidence', async () => {
  await using folder = await temporaryFolder()
  await writeFile(join(folder.path, 'session.jsonl'), `${transcript()}{"cut o`)
  const at = { cwd: folder.path }

  const shown = await quintet(['health', 'diagnose', 'session.jsonl', '--window', '100,000'], at)
  expect(shown).toMatchObject({ code: 0, stderr: '' })
  expect(shown.stdout).toContain('claude-code 2.1.0 claude-opus · 8 actions · 8 failed · 1 turn\n')
  expect(shown.stdout).toContain('context: 80,005 (80 %) at the end, 80,005 (80 %) at most, window 100,000')
  expect(shown.stdout).toContain('compactions: none')
  expect(shown.stdout).toContain('alarms, trouble since action 0\n')
  expect(shown.stdout).toMatch(/\naction \d: repetitive errors \(.*\)\n {2}4 runs, same failure: typeerror/)
  expect(shown.stdout).toContain('Left out of 18 lines: 1 line damaged or cut off.')

  const answer = await quintet(['health', 'diagnose', 'session.jsonl', '--json'], at)
  const { ok, data } = JSON.parse(answer.stdout)
  expect(ok).toBe(true)
  expect(data).toMatchObject({
    format: 'claude-code',
    report: { context: { used: 80_005, window: null, percent: null, messages: 8 } },
    skipped: { broken: 1 },
  })
  expect(data.alarms).toContainEqual(
    expect.objectContaining({
      symptom: 'repetitive errors',
      evidence: expect.objectContaining({ count: 4 }),
    }),
  )
})

test('it is turned into a trace without secrets, which says the same', async () => {
  await using folder = await temporaryFolder()
  await writeFile(join(folder.path, 'session.jsonl'), transcript())
  const at = { cwd: folder.path }

  const made = await quintet(['health', 'import', 'session.jsonl', '--out', 'trace.jsonl', '--json'], at)
  expect(JSON.parse(made.stdout)).toMatchObject({
    ok: true,
    data: { format: 'claude-code', report: { actions: 8 } },
  })
  const trace = await readFile(join(folder.path, 'trace.jsonl'), 'utf8')
  expect(trace).not.toContain('ghp_')
  expect(trace).toContain('[redacted]')
  expect((await quintet(['health', 'import', 'session.jsonl'], at)).stdout).toBe(trace)

  const [before, after] = await Promise.all(
    ['session.jsonl', 'trace.jsonl'].map((file) => quintet(['health', 'diagnose', file, '--json'], at)),
  )
  const told = [before, after].map((result) => JSON.parse(result?.stdout ?? '').data)
  expect({ ...told[1], format: null }).toEqual({ ...told[0], format: null })

  const again = await quintet(['health', 'import', 'session.jsonl', '--out', 'trace.jsonl'], at)
  expect(again.code).toBe(2)
  expect(again.stderr).toContain('there is something of that name. (E_TRACE_FILE)')
  expect(again.stderr).toContain('quintet health import <file> --out <new file>')
  expect(await readFile(join(folder.path, 'trace.jsonl'), 'utf8')).toBe(trace)
})

test('what cannot be read is refused with a reason, and leaves no file behind', async () => {
  await using folder = await temporaryFolder()
  await writeFile(join(folder.path, 'notes.txt'), 'hello\n')
  await mkdir(join(folder.path, 'folder'))
  const at = { cwd: folder.path }
  const refusal = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await quintet(['health', ...args], at)
    expect(code).toBe(2)
    return stderr
  }
  await writeFile(join(folder.path, 'binary'), Buffer.from([0, 1, 2, 255, 10, 254, 0, 10, 128]))
  await writeFile(join(folder.path, 'other.jsonl'), '{"a":1}\n[2]\n')
  await writeFile(join(folder.path, 'sparse.jsonl'), '')
  await truncate(join(folder.path, 'sparse.jsonl'), 2 ** 31)
  for (const name of ['binary', 'other.jsonl', 'sparse.jsonl', 'notes.txt', 'folder', 'none.jsonl']) {
    for (const command of ['diagnose', 'import']) {
      const said = await refusal(command, name)
      expect(said).toMatch(/\(E_TRACE_(?:FILE|FORMAT)\)/)
      expect(said).toContain('quintet health diagnose ~/.claude/projects/<project>/<session>.jsonl')
    }
  }
  expect(await refusal('diagnose', 'none.jsonl')).toContain('there is no such file. (E_TRACE_FILE)')
  expect(await refusal('diagnose', 'folder')).toContain('it is no ordinary file. (E_TRACE_FILE)')
  expect(await refusal('diagnose', 'notes.txt')).toContain('(E_TRACE_FORMAT)')
  expect(await refusal('diagnose', 'notes.txt', '--window', 'big')).toContain(
    'The window big is not a number',
  )
  expect(await refusal('import', 'notes.txt', '--out', 'made.jsonl')).toContain('(E_TRACE_FORMAT)')
  await expect(readFile(join(folder.path, 'made.jsonl'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a rule that does not exist is not forgotten, but refused with the names of all', async () => {
  await using repository = await temporaryRepository()
  const { code, stdout, stderr } = await quintet(['health', 'tolerances', '--forget', 'repeet'], {
    cwd: repository.path,
  })
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('There is no rule repeet; the rules are ')
  expect(stderr).toContain('(E_USAGE)')
  for (const name of ['errorRecurs', 'repeat', 'constraint', 'triedAgain', 'all'])
    expect(stderr).toContain(name)
})
