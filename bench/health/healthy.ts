// Sessions that look stuck and are not, with known shapes: what an alarm on any of them means is a false alarm.
import { generator } from './random.ts'
import type { Random } from './random.ts'
import type { Labelled } from './stuck.ts'
import { bash, edited, healthyStart, looked, searched, written } from './stuck.ts'
import { TraceWriter } from './trace.ts'

type Maker = (writer: TraceWriter, at: number, random: Random) => void

const MAKERS: Readonly<Record<string, Maker>> = {
  'poll by sleep and cat'(writer, at) {
    writer.step(
      bash('sleep 30; cat build.log | tail -3', 0, at < 9 ? 'Step 14/20 : RUN make' : 'Successfully built'),
    )
  },
  'poll a workflow'(writer, at) {
    writer.step(bash('gh run view 8812 --json status -q .status', 0, at < 9 ? 'in_progress' : 'completed'))
  },
  'wait for a health check'(writer, at) {
    writer.step(
      bash(
        'curl -sf http://localhost:3000/health',
        at < 8 ? 7 : 0,
        at < 8 ? 'curl: (7) Failed to connect to localhost port 3000: waiting for server' : 'ok',
      ),
    )
  },
  'provider overloaded'(writer, at) {
    writer.step({
      cmd: `node fetch.mjs --page ${at}`,
      exit: 1,
      text: '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
    })
  },
  'network down'(writer, at) {
    writer.step(
      bash(
        `pip install requests==2.${at}`,
        1,
        'WARNING: Retrying after connection broken by NewConnectionError: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution\nERROR: Could not find a version that satisfies the requirement requests',
      ),
    )
  },
  'rate limited'(writer, at) {
    writer.step(
      bash(
        `gh api repos/x/y/pulls/${at}`,
        1,
        'gh: API rate limit exceeded for user (HTTP 429 Too Many Requests)',
      ),
    )
  },
  'red, then green, test first'(writer, at, random) {
    writer.step(edited(`test/${at}.test.ts`, 'x', `it('case ${at}')`))
    writer.step(
      bash(
        'npm test',
        1,
        ` FAIL  test/${at}.test.ts > handles ${random.word()}\nTypeError: handler is not a function\n Tests  1 failed | ${at} passed`,
      ),
    )
    writer.step(edited(`src/${random.word()}.ts`, 'y', `z${at}`))
    writer.step(bash('npm test', 0, ` Tests  ${at + 1} passed (${at + 1})`))
  },
  'greps that find nothing'(writer, _at, random) {
    writer.step({ cmd: `grep -rn "${random.word()}${random.int(999)}" src`, exit: 1, text: 'Exit code 1' })
  },
  'files guessed, then found'(writer, at, random) {
    if (at % 3 === 2) writer.step(looked(`src/${random.word()}.ts`, random.word().repeat(20)))
    else
      writer.step({
        ...looked(`src/${random.word()}${at}.ts`, ''),
        ok: false,
        text: '<tool_use_error>File does not exist.</tool_use_error>',
      })
  },
  'a parallel batch fails together'(writer, at, random) {
    if (at >= 2) return
    for (let call = 0; call < 6; call++) {
      writer.step({
        ...bash(`npx tsc -p packages/p${call}`, 2, `error TS6053: File 'tsconfig.base.json' not found.`),
        batch: `b${at}`,
      })
    }
    writer.step(edited('tsconfig.base.json', `${at}`, random.word()))
  },
  'failures by name, shrinking'(writer, at) {
    const names = Array.from(
      { length: 12 - at },
      (_, index) =>
        `    --- FAIL: TestStore/case_${index} (0.0${at}s)\n        store_test.go:88: want closed, got open`,
    )
    writer.step(edited('store.go', `a${at}`, `b${at}`))
    writer.step(bash('go test ./store/...', 1, `${names.join('\n')}\nFAIL\texample.com/store\t0.${at}1s`))
  },
  'each error another one'(writer, at, random) {
    writer.step(edited('src/build.rs', `a${at}`, `b${at}`))
    writer.step(
      bash(
        'cargo build',
        101,
        `error[E0${100 + at * 7}]: ${['mismatched types', 'unresolved import', 'missing lifetime specifier', 'trait bound not satisfied', 'use of moved value', 'cannot find macro', 'private field accessed', 'non-exhaustive patterns', 'unknown feature gate', 'duplicate definitions'][at] ?? ''} for ${random.word()}`,
      ),
    )
  },
  'lint issues one by one'(writer, at, random) {
    writer.step(edited(`src/${random.word()}.go`, `a${at}`, `b${at}`))
    const left = 10 - at
    const lines = Array.from(
      { length: left },
      () => `pkg/${random.word()}.go:${random.int(90)}:2: G104: Errors unhandled (gosec)`,
    )
    writer.step(
      bash(
        'golangci-lint run ./...',
        left === 0 ? 0 : 1,
        `${lines.join('\n')}\n${left} issues:\n* gosec: ${left}`,
      ),
    )
  },
  'operator orders reverts'(writer, at) {
    writer.user(at % 2 === 0 ? 'Make the button blue please.' : 'Put it back as it was.')
    writer.step(edited('src/button.css', at % 2 === 0 ? 'red' : 'blue', at % 2 === 0 ? 'blue' : 'red'))
  },
  'merge conflicts'(writer, at) {
    writer.step(edited('CHANGELOG.md', `<<<<<<< HEAD\na\n=======\nb\n>>>>>>> topic`, 'a\nb'))
    writer.step(
      bash(
        'git rebase --continue',
        at < 5 ? 1 : 0,
        at < 5
          ? `CONFLICT (content): Merge conflict in CHANGELOG.md\nerror: could not apply ${at}a8be1${at}... commit ${at}`
          : 'Successfully rebased',
      ),
    )
  },
  'the same edit in many files'(writer, at) {
    writer.step({
      ...edited(`src/view${at}.tsx`, 'import { Old } from "ui"', 'import { New } from "ui"'),
      say: `Now let me replace the import of the old component by the new one in the file for view ${at} as well.`,
    })
  },
  'commands refused by the operator'(writer, at) {
    writer.step({
      cmd: `git push origin topic-${at}`,
      ok: false,
      text: "The user doesn't want to proceed with this tool use. The tool use was rejected.",
    })
    writer.user(`Not yet, first look at part ${at} of the list.`)
  },
  'status between steps'(writer, at, random) {
    writer.step(edited(`src/${random.word()}.ts`, `a${at}`, `b${at}`))
    writer.step(bash('git status --short', 0, ' M src/x.ts'))
    writer.step(bash('npm test', 0, 'Tests  12 passed (12)'))
  },
  'dependencies one after the other'(writer, at, random) {
    writer.step(
      bash(
        'python app.py',
        1,
        `Traceback (most recent call last):\n  File "app.py", line ${at + 1}, in <module>\nModuleNotFoundError: No module named '${random.word()}_${['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'][at] ?? ''}'`,
      ),
    )
    writer.step(bash(`pip install ${random.word()}`, 0, 'Successfully installed'))
  },
  'debug prints come and go'(writer, at) {
    if (at === 0) writer.step(edited('src/a.py', 'pass', 'print(x)'))
    if (at === 1) writer.step(bash('python run.py', 0, 'x = 4'))
    if (at === 2) writer.step(edited('src/a.py', 'print(x)', 'pass'))
  },
  'a file of notes rewritten'(writer, at, random) {
    writer.step(written('PLAN.md', `step ${at} ${random.word()}`))
    writer.step(bash(`node tools/${random.word()}.mjs`, 0, random.word()))
  },
  'searches that find something'(writer, at, random) {
    writer.step(
      searched(
        `useSession|session${at}`,
        `src/${random.word()}.ts:${random.int(300)}: useSession(${random.word()})`,
      ),
    )
  },
}

/** Healthy sessions of every shape, `each` times. */
export function healthySessions(each: number, seed = 1): Labelled[] {
  return Object.entries(MAKERS).flatMap(([name, maker], index) =>
    Array.from({ length: each }, (_, round) => {
      const random = generator(seed * 6007 + index * 113 + round)
      const writer = new TraceWriter()
      writer.user('Please work through the list.')
      healthyStart(writer, random)
      for (let at = 0; at < 10; at++) maker(writer, at, random)
      return { name, events: writer.events, onset: null }
    }),
  )
}
