// Sessions that are stuck, made up after the ways in which real ones are, in the formats of several agents. Each begins
// with some healthy work; `onset` is the first action of the stuck span. Rules were mended after some
// of them had been missed, so recall here is a test of what is covered and no estimate of recall elsewhere.
import type { TraceEvent } from '../../src/contract/trace.ts'
import { generator } from './random.ts'
import type { Random } from './random.ts'
import type { Step } from './trace.ts'
import { TraceWriter } from './trace.ts'

export interface Labelled {
  readonly name: string
  readonly events: readonly TraceEvent[]
  /** First action of the stuck span; null for a healthy session. */
  readonly onset: number | null
}

/** What a maker may do with a trace; `at` counts its repetitions from 0. */
type Maker = (writer: TraceWriter, at: number, random: Random) => void

export const bash = (cmd: string, exit: number, text: string): Step => ({
  cmd,
  exit,
  text: exit === 0 ? text : `Exit code ${exit}\n${text}`,
})

export const edited = (path: string, from: string, to: string): Step => ({
  tool: 'Edit',
  kind: 'edit',
  path,
  edit: { old: from, new: to },
  text: `The file ${path} has been updated successfully.`,
})

export const written = (path: string, text: string): Step => ({
  tool: 'Write',
  kind: 'write',
  path,
  edit: { old: '', new: text },
  text: `File created successfully at: ${path}`,
})

export const looked = (path: string, text: string): Step => ({
  tool: 'Read',
  kind: 'read',
  path,
  input: JSON.stringify({ file_path: path, offset: text.length }),
  text,
})

export const searched = (pattern: string, text: string): Step => ({
  tool: 'Grep',
  kind: 'search',
  input: JSON.stringify({ output_mode: 'content', pattern }),
  text,
})

const body = (random: Random, lines: number): string =>
  Array.from({ length: lines }, () => `  const ${random.word()} = ${random.word()}(${random.int(900)})`).join(
    '\n',
  )

const INSTALLS = [
  'pip install NAME',
  'pip3 install --user NAME',
  'python -m pip install NAME==2.1',
  'pip install --no-cache-dir NAME',
  'pip install "NAME>=1.0"',
  'sudo pip install NAME',
  'pip install -U NAME',
  'uv pip install NAME',
]
const APT = [
  'apt-get install -y NAME',
  'sudo apt-get install NAME',
  'apt install NAME -y',
  'apt-get install --fix-missing NAME',
  'apt-get -qq install NAME',
]

const MAKERS: Readonly<Record<string, Maker>> = {
  'rephrased pip install'(writer, at) {
    const cmd = (INSTALLS[at % INSTALLS.length] ?? '').replace('NAME', 'lib-solver')
    writer.step(
      bash(
        cmd,
        1,
        `ERROR: Could not find a version that satisfies the requirement lib-solver${at % 3 === 1 ? '==2.1' : ''} (from versions: none)\nERROR: No matching distribution found for lib-solver`,
      ),
    )
  },
  'install under other names'(writer, at) {
    const name = ['libfoo-dev', 'libfoo2-dev', 'foo-devel', 'libfoo', 'foo-tools', 'libfoo1'][at % 6] ?? ''
    writer.step(
      bash(
        (APT[at % APT.length] ?? '').replace('NAME', name),
        100,
        `Reading package lists...\nBuilding dependency tree...\nE: Unable to locate package ${name}`,
      ),
    )
  },
  'npm peer conflict'(writer, at) {
    const flags = ['', ' --save-dev', ' --force', ' --legacy-peer-deps=false', '@latest', '@18'][at % 6] ?? ''
    writer.step(
      bash(
        `npm install react-grid${flags}`,
        1,
        `npm ERR! code ERESOLVE\nnpm ERR! ERESOLVE unable to resolve dependency tree\nnpm ERR! Found: react@19.0.${at}\nnpm ERR! Could not resolve dependency:\nnpm ERR! peer react@"^17.0.0" from react-grid@2.0.1`,
      ),
    )
  },
  'edit and rerun, one test red'(writer, at, random) {
    writer.step(edited('src/auth/token.ts', body(random, 2), body(random, 3)))
    writer.step(
      bash(
        'npm test',
        1,
        `> app@1.0.0 test\n> vitest run\n\n FAIL  test/token.test.ts > refresh > keeps the session\nAssertionError: expected 'expired' to be 'active'\n ❯ test/token.test.ts:${40 + at}:21\n\n Test Files  1 failed | 11 passed (12)\n      Tests  1 failed | 93 passed (94)\n   Duration  ${random.int(900)}ms`,
      ),
    )
  },
  'edit, look and rerun, pytest piped'(writer, at, random) {
    if (at % 2 === 1) writer.step(looked('src/model.py', body(random, 20)))
    writer.step(edited('src/model.py', body(random, 2), body(random, 2)))
    writer.step(
      bash(
        'cd /repo && python -m pytest tests/test_model.py -x -q 2>&1 | tail -20',
        0,
        `>       assert shape(batch) == (2, 3)\nE       assert (${at}, 3) == (2, 3)\n\ntests/test_model.py:${30 + at}: AssertionError\n=========================== short test summary info ============================\nFAILED tests/test_model.py::test_shape - assert (${at}, 3) == (2, 3)\n1 failed, 6 passed in 0.${random.int(90)}s`,
      ),
    )
  },
  'rewritten scripts'(writer, at, random) {
    const name = ['solve.py', 'solve2.py', 'solve_v3.py', 'solve_final.py', 'solve_simple.py'][at % 5] ?? ''
    writer.step({ cmd: `cat > ${name} << 'EOF'\n${body(random, 12)}\nEOF`, exit: 0, text: '' })
    writer.step(
      bash(
        `python3 ${name}`,
        1,
        `Traceback (most recent call last):\n  File "/work/${name}", line ${10 + at}, in <module>\n    main()\nValueError: could not decode header at offset ${random.int(9000)}`,
      ),
    )
  },
  'inline scripts'(writer, at, random) {
    writer.step(
      bash(
        `python3 - <<'EOF'\n${body(random, 6)}\nEOF`,
        1,
        `Traceback (most recent call last):\n  File "<stdin>", line ${at + 2}, in <module>\nOSError: [Errno 98] Address already in use: ('127.0.0.1', ${8000 + at})`,
      ),
    )
  },
  'string to replace not found'(writer, _at, random) {
    const text = body(random, 2)
    writer.step({
      ...edited('src/app.tsx', text, body(random, 2)),
      ok: false,
      text: `<tool_use_error>String to replace not found in file.\nString: ${text}</tool_use_error>`,
    })
    if (random.chance(0.5)) writer.step(looked('src/app.tsx', body(random, 30)))
  },
  'swe-agent edit with a syntax error'(writer, at, random) {
    writer.step({
      tool: 'bash',
      cmd: `edit ${at}:${at + 4}\n${body(random, 3)}\nend_of_edit`,
      ok: null,
      exit: null,
      text: `Your proposed edit has introduced new syntax error(s). Please read this error message carefully and then retry editing the file.\n\nERRORS:\n- E999 IndentationError: unexpected indent\n\nThis is how your edit would have looked if applied\n-------\n${body(random, 6)}`,
    })
  },
  'swe-agent reproduction unchanged'(writer, at, random) {
    writer.step({
      tool: 'bash',
      cmd: `edit 10:${12 + at}\n${body(random, 2)}\nend_of_edit`,
      ok: null,
      exit: null,
      text: `[File: /repo/fields.py (900 lines total)]\n${body(random, 5)}\nFile updated. Please review the changes and make sure they are correct.`,
    })
    writer.step({
      tool: 'bash',
      cmd: 'python reproduce.py',
      ok: null,
      exit: null,
      text: "Traceback (most recent call last):\n  File \"reproduce.py\", line 7, in <module>\n    print(field.serialize(1))\nTypeError: unsupported operand type(s) for /: 'str' and 'int'",
    })
  },
  'three greps in turn'(writer, at) {
    const [pattern = '', text = ''] =
      [
        ['class Session', 'src/s.py:3:class Session:'],
        ['def resume', 'src/s.py:44:    def resume(self):'],
        ['resume(', 'src/s.py:44:    def resume(self):\nsrc/t.py:9:  s.resume()'],
      ][at % 3] ?? []
    writer.step(searched(pattern, text))
  },
  'codex exec of one failing build'(writer, at, random) {
    writer.step({
      tool: 'apply_patch',
      kind: 'edit',
      path: 'src/lib.rs',
      edit: { old: body(random, 1), new: body(random, 2) },
      text: 'Success. Updated the following files:\nM src/lib.rs',
    })
    writer.step({
      tool: 'shell',
      cmd: 'bash -lc "cargo build"',
      exit: 101,
      text: `   Compiling core v0.1.0 (/repo)\nerror[E0502]: cannot borrow \`self.items\` as mutable because it is also borrowed as immutable\n   --> src/lib.rs:${50 + at * 2}:9\n\nerror: could not compile \`core\` (lib) due to 1 previous error`,
    })
  },
  'two compiler errors in turn'(writer, at, random) {
    writer.step(edited('pkg/store.go', body(random, 1), body(random, 1)))
    writer.step(
      bash(
        'go build ./...',
        1,
        at % 2 === 0
          ? `# example.com/app/pkg\npkg/store.go:${20 + at}:7: cannot use s (variable of type *Store) as Reader value in argument to open`
          : `# example.com/app/pkg\npkg/store.go:${22 + at}:3: s.Read undefined (type *Store has no field or method Read)`,
      ),
    )
  },
  'searching in other words'(writer, at) {
    const pattern =
      [
        'retry_policy handler',
        'retry_policy_handler',
        'handler retry_policy',
        'retry_policy handler class',
        'def retry_policy handler',
        'handler for retry_policy',
        'the retry_policy handler',
        'retry_policy handler fn',
      ][at % 8] ?? ''
    writer.step(searched(pattern, 'No matches found'))
  },
  'reads of the same files'(writer, at) {
    writer.step(looked(`src/part${at % 4}.ts`, `export const part = ${at % 4}\n`.repeat(30)))
  },
  'back and forth'(writer, at) {
    const pair = ['timeout: 30', 'timeout: 60'] as const
    writer.step(edited('config/app.yaml', pair[at % 2] ?? '', pair[(at + 1) % 2] ?? ''))
    writer.step(
      bash(
        './scripts/smoke.sh',
        1,
        at % 2 === 0
          ? 'smoke: request took 31 s, limit is 30 s'
          : 'smoke: worker pool exhausted while waiting',
      ),
    )
  },
  'same worktree again'(writer, at, random) {
    writer.step({
      ...edited('src/layout.css', `a${random.int(9999)}`, `b${random.int(9999)}`),
      tree: `tree-${at % 2}`,
    })
    if (random.chance(0.5)) writer.step(looked('src/layout.css', body(random, 9)))
  },
  'server will not start'(writer, at, random) {
    const cmd =
      ['npm run dev &', 'PORT=3001 npm run dev', 'npx next dev -p 3002', 'node server.js', 'npm start'][
        at % 5
      ] ?? ''
    writer.step(
      bash(
        cmd,
        1,
        `Error: Cannot find module '../build/Release/canvas.node'\nRequire stack:\n- /app/node_modules/canvas/lib/bindings.js\n    at Module._resolveFilename (node:internal/modules/cjs/loader:${random.int(2000)}:15)`,
      ),
    )
  },
  'permission denied'(writer, at) {
    const cmd =
      [
        'mkdir /srv/data',
        'sudo mkdir /srv/data',
        'install -d /srv/data',
        'mkdir -p /srv/data/x',
        'touch /srv/data',
      ][at % 5] ?? ''
    writer.step(
      bash(
        cmd,
        1,
        cmd.startsWith('sudo')
          ? 'sudo: a password is required'
          : `${cmd.split(' ')[0]}: cannot create directory '/srv/data': Permission denied`,
      ),
    )
  },
  'time-outs of one command'(writer, at, random) {
    writer.step({
      cmd: `npm run e2e -- --grep checkout${at}`,
      ok: false,
      exit: 124,
      text: `Command timed out after 2m 0.${random.int(9)}s\nrunning 14 tests`,
    })
    writer.step(edited('test/e2e/checkout.ts', body(random, 1), body(random, 1)))
  },
  'lint stays red'(writer, at, random) {
    writer.step(edited('src/grid.ts', body(random, 1), body(random, 2)))
    writer.step(
      bash(
        'npm run lint',
        1,
        `/repo/src/grid.ts\n  ${30 + at}:5  error  React Hook useEffect has a missing dependency: 'rows'  react-hooks/exhaustive-deps\n\n✖ 1 problem (1 error, 0 warnings)`,
      ),
    )
  },
  'query rejected'(writer, at, random) {
    writer.step(
      bash(
        `psql -c "SELECT ${random.word()} FROM orders_v${at} WHERE ${random.word()} > ${at}"`,
        1,
        `ERROR:  relation "orders_v${at}" does not exist\nLINE 1: SELECT x FROM orders_v${at}`,
      ),
    )
  },
  corrections(writer, at) {
    writer.step(edited(`src/page${at}.ts`, `p${at}`, `q${at}`))
    writer.user(
      [
        'You still use npm here, I told you to use pnpm for every install.',
        'I already told you to use pnpm, not npm, for every install command.',
        'Again: you keep using npm for install commands, use pnpm.',
      ][at % 3] ?? '',
    )
  },
  'the same thought'(writer, at, random) {
    writer.say(
      `The problem must be in the cache layer, because the session is read before the token has been refreshed by the worker. Let me look at attempt ${at}.`,
    )
    writer.step(
      bash(
        `node debug/${random.word()}.mjs`,
        1,
        `TypeError: ${random.word()} ${random.word()} is not iterable`,
      ),
    )
  },
}

/**
 * `unmarked`: the recorder knows of no exit codes, only the text tells; `diluted`: looks and other edits lie between the
 * tries, so that there is more to see and less of it is the loop.
 */
export type Variant = 'plain' | 'unmarked' | 'diluted'
export const VARIANTS: readonly Variant[] = ['plain', 'unmarked', 'diluted']

/** Labelled sessions: every way of being stuck, `each` times, with other words and another beginning. */
export function stuckSessions(
  each: number,
  { seed = 1, variant = 'plain' }: { seed?: number; variant?: Variant } = {},
): Labelled[] {
  return Object.entries(MAKERS).flatMap(([name, maker], index) =>
    Array.from({ length: each }, (_, round) => {
      const random = generator(seed * 7919 + index * 131 + round)
      const writer = new TraceWriter()
      writer.user('Please fix the issue described in the ticket and make the tests pass.')
      healthyStart(writer, random)
      const onset = writer.next
      for (let at = 0; at < 10; at++) {
        maker(writer, at, random)
        if (variant === 'diluted') dilute(writer, random)
      }
      const events = variant === 'unmarked' ? writer.events.map(unmarked) : writer.events
      return { name, events, onset }
    }),
  )
}

function dilute(writer: TraceWriter, random: Random): void {
  for (let left = random.int(3); left > 0; left--) {
    if (random.chance(0.7)) writer.step(looked(`src/${random.word()}${random.int(50)}.ts`, body(random, 12)))
    else writer.step(edited(`src/${random.word()}.ts`, body(random, 1), body(random, 1)))
  }
}

function unmarked(event: TraceEvent): TraceEvent {
  if (event.t !== 'result') return event
  return { ...event, ok: null, exit: null, text: event.text.replace(/^Exit code \d+\n/, '') }
}

/** Some reading, an edit, a search. */
export function healthyStart(writer: TraceWriter, random: Random): void {
  const steps = 4 + random.int(12)
  for (let at = 0; at < steps; at++) {
    const which = random.int(5)
    if (which === 0)
      writer.step(
        searched(
          `${random.word()}${random.int(99)}`,
          `src/${random.word()}.ts:${random.int(400)}: ${body(random, 1)}`,
        ),
      )
    else if (which === 1) writer.step(edited(`src/${random.word()}.ts`, body(random, 1), body(random, 1)))
    else if (which === 2)
      writer.step(
        bash(`ls src/${random.word()}${random.int(50)}`, 0, `${random.word()}.ts\n${random.word()}.ts`),
      )
    else writer.step(looked(`src/${random.word()}${random.int(50)}.ts`, body(random, 12)))
  }
}
