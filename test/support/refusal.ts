// What a refusal must look like from outside, whatever was wrong: one line that says so, the exit code of its kind, the
// same as an object for programs, and a repository in which nothing has changed.
import { readdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { expect } from 'vitest'
import { EXIT_CODES, type ErrorKind } from '../../src/contract/errors.ts'
import { answerOf, type CallOptions, type Home } from './cli.ts'

export interface Refusal {
  readonly code: string
  readonly kind: ErrorKind
  /** Part of the message. */
  readonly says?: string | RegExp
  /** Part of what is told besides: a hint's command, a line of a report. */
  readonly helps?: string | RegExp
}

/** Calls `quintet <args> --json` and proves that it is refused like this. */
export async function expectRefusal(
  home: Home,
  args: readonly string[],
  { code, kind, says = '', helps = '' }: Refusal,
  options: CallOptions = {},
): Promise<void> {
  const before = await traces(home)
  const result = await home.call([...args, '--json'], options).ended
  const { schema, ok, error } = answerOf(result)
  expect({ args, schema, ok, code: error?.code, kind: error?.kind, exit: result.code }).toEqual({
    args,
    schema: 1,
    ok: false,
    code,
    kind,
    exit: EXIT_CODES[kind],
  })
  expect(error?.message).toMatch(/^[^\n]+[.?]$/)
  expect(error?.message).toMatch(says)
  expect(result.stderr).toContain(`(${code})\n`)
  expect(result.stderr).toMatch(helps)
  expect(result.stderr).not.toMatch(/^\s+at /m)
  expect(await traces(home)).toEqual(before)
}

/** Everything that a command which was refused must leave as it is. Git may be unable to say some of it. */
async function traces(home: Home): Promise<object> {
  const git = (...args: readonly string[]): Promise<string> => home.git(...args).catch(() => 'unknown')
  return {
    refs: await git('for-each-ref', '--format=%(refname) %(objectname)'),
    head: await git('symbolic-ref', '--quiet', 'HEAD'),
    worktrees: await git('worktree', 'list', '--porcelain'),
    status: await git('status', '--porcelain', '--untracked-files=all'),
    files: await readdir(home.path),
    beside: await readdir(dirname(home.path)),
  }
}
