// Ways in which benchmark agents get stuck, each told in the dialect of every agent. The rules were not tuned to single ones:
// what is written here is written from how such sessions go.
import type { Dialect } from './dialects.ts'
import { code } from './dialects.ts'
import type { Random } from './random.ts'
import type { Step } from './trace.ts'

export interface Told {
  readonly to: Dialect
  /** Repetitions before, from 0. */
  readonly at: number
  readonly random: Random
}

export type Plight = (told: Told) => readonly Step[]

const of = <T>(list: readonly [T, ...T[]], at: number): T => list[at % list.length] ?? list[0]
const ms = (random: Random): string => `0.${random.int(89) + 10}s`

const pytestRed = (random: Random, at: number): string =>
  `${at % 3 === 0 ? '' : '/testbed/lib/core.py:88: in resolve\n    raise err\n'}tests/test_core.py:${40 + (at % 4)}: AssertionError\n=========================== short test summary info ============================\nFAILED tests/test_core.py::TestResolve::test_nested - AssertionError: assert ${at} == 3\n========================= 1 failed, ${40 + (at % 2)} passed in ${ms(random)} =========================`

export const PLIGHTS: Readonly<Record<string, Plight>> = {
  'edits, and one test stays red': ({ to, at, random }) => [
    to.edit('lib/core.py', code(random, 1), code(random, 2)),
    to.run(
      of(
        [
          'python -m pytest tests/test_core.py -x -q 2>&1 | tail -20',
          'python -m pytest tests/test_core.py::TestResolve::test_nested',
          'pytest tests/test_core.py -k nested -q',
        ],
        at,
      ),
      1,
      pytestRed(random, at),
    ),
  ],
  'edits, looks, and a Django test stays red': ({ to, at, random }) => [
    to.edit('django/db/models/query.py', code(random, 1), code(random, 2)),
    ...(at % 2 === 0 ? [to.read('django/db/models/query.py', code(random, 20), 100 + random.int(800))] : []),
    to.run(
      './tests/runtests.py queries.test_qs --parallel 1',
      1,
      `Testing against Django installed in '/testbed/django'\nFound ${30 + at} test(s).\nF.....\n======================================================================\nFAIL: test_union_order (queries.test_qs.QuerySetTests)\n----------------------------------------------------------------------\nTraceback (most recent call last):\n  File "/testbed/tests/queries/test_qs.py", line ${90 + at}, in test_union_order\n    self.assertEqual(list(qs), expected)\nAssertionError: Lists differ: [1, 2, ${at}] != [1, 2]\n----------------------------------------------------------------------\nRan ${30 + at} tests in ${ms(random)}\n\nFAILED (failures=1)`,
    ),
  ],
  'the reproduction prints the same wrong thing': ({ to, at, random }) => [
    to.edit('src/fields.py', code(random, 1), code(random, 1 + (at % 2))),
    to.run('python reproduce.py', 0, 'serialized: 344 should be: 345\nmismatch: precision is lost'),
  ],
  'the reproduction raises the same error': ({ to, at, random }) => [
    to.edit('src/fields.py', code(random, 1), code(random, 1 + (at % 2))),
    to.run(
      of(['python reproduce.py', 'python3 reproduce.py', 'python /tmp/reproduce_issue.py'], at),
      1,
      `Traceback (most recent call last):\n  File "reproduce.py", line ${6 + (at % 3)}, in <module>\n    main()\n  File "/testbed/src/fields.py", line ${100 + at * 3}, in serialize\n    return base / unit\nTypeError: unsupported operand type(s) for /: 'NoneType' and 'int'`,
    ),
  ],
  'text to replace is never there': ({ to, at, random }) => [
    to.missed('src/handlers/base.py', code(random, 2), code(random, 2)),
    ...(at % 2 === 1 ? [to.read('src/handlers/base.py', code(random, 20), 1 + at * 7)] : []),
  ],
  'a syntax error comes back': ({ to, at, random }) => [
    to.edit('src/parser.py', code(random, 1), code(random, 2)),
    to.run(
      of(
        ['python -c "import src.parser"', 'python -m pytest tests/test_parser.py -q', 'python src/parser.py'],
        at,
      ),
      1,
      `Traceback (most recent call last):\n  File "<string>", line 1, in <module>\n  File "/testbed/src/parser.py", line ${200 + at}\n    ${random.word()} =\n    ^\nIndentationError: unexpected indent`,
    ),
  ],
  'installs in other words': ({ to, at }) => [
    to.run(
      of(
        [
          'pip install numpy==1.9.2',
          'pip install "numpy<1.10"',
          'pip install --no-build-isolation numpy==1.9.2',
          'python -m pip install numpy==1.9.2 --no-cache-dir',
          'pip install numpy==1.9.3',
          'pip download numpy==1.9.2 && pip install ./numpy-1.9.2.zip',
        ],
        at,
      ),
      1,
      `Collecting numpy\n  Preparing metadata (setup.py): finished with status 'error'\n  error: subprocess-exited-with-error\n  × python setup.py egg_info did not run successfully.\n  │ exit code: 1\n  ╰─> [${12 + at} lines of output]\n      AttributeError: module 'collections' has no attribute 'Iterable'\n      [end of output]\nerror: metadata-generation-failed`,
    ),
  ],
  'a module that cannot be found': ({ to, at }) => [
    to.run(
      of(
        [
          'python -c "import astropy.wcs"',
          'PYTHONPATH=. python -c "import astropy.wcs"',
          'python setup.py build_ext --inplace && python -c "import astropy.wcs"',
          'PYTHONPATH=/testbed python run.py',
          'python -m astropy.wcs',
        ],
        at,
      ),
      1,
      'Traceback (most recent call last):\n  File "<string>", line 1, in <module>\nModuleNotFoundError: No module named \'astropy.wcs._wcs\'',
    ),
  ],
  'paths that are guessed wrong': ({ to, at, random }) => {
    const path = `${of(['src', 'lib', 'app', 'core', 'pkg', 'packages/core'], at)}/session_manager${of(['', 's', '_impl', '_base'], at)}.py`
    return [
      to.run(`cat ${path}`, 1, `cat: ${path}: No such file or directory${random.chance(0.2) ? '\n' : ''}`),
    ]
  },
  'searches for the same in other words': ({ to, at }) => [
    to.search(
      of(
        [
          'def resolve_lookup_value',
          'resolve_lookup_value',
          'resolve_lookup_value(',
          'self.resolve_lookup_value',
          'resolve_lookup_value(self',
          'def resolve_lookup_value(',
        ],
        at,
      ),
      '',
    ),
  ],
  'the same parts of a file in turn': ({ to, at }) => {
    const from = of([1, 120, 300], at)
    return [to.read('src/engine.py', `line ${from}\n    return self.engine.run()\n`.repeat(12), from)]
  },
  'time-outs under other arguments': ({ to, at, random }) => [
    {
      ...to.run(
        of(
          [
            'timeout 60 python -m pytest tests/integration',
            'timeout 120 python -m pytest tests/integration -x',
            'timeout 300 python -m pytest tests/integration -v',
          ],
          at,
        ),
        124,
        `collected 14 items\n${random.chance(0.5) ? '' : '\ntests/integration/test_sync.py .'}\nEXECUTION TIMED OUT`,
      ),
    },
  ],
  'a compiler error that stays': ({ to, at, random }) => [
    to.edit('src/buffer.c', code(random, 1), code(random, 1)),
    to.run(
      of(['make', 'make -j4', 'gcc -O2 -o app src/*.c'], at),
      2,
      `gcc -c -o build/buffer.o src/buffer.c\n/usr/bin/ld: build/main.o: in function \`main':\nmain.c:(.text+0x${(80 + at).toString(16)}): undefined reference to \`buffer_flush'\ncollect2: error: ld returned 1 exit status\nmake: *** [Makefile:12: app] Error 1`,
    ),
  ],
  'a borrow that the compiler refuses': ({ to, at, random }) => [
    to.edit('src/lib.rs', code(random, 1), code(random, 1)),
    to.run(
      'cargo test --lib 2>&1',
      101,
      `   Compiling engine v0.3.0 (/repo)\nerror[E0499]: cannot borrow \`*self\` as mutable more than once at a time\n  --> src/lib.rs:${90 + at}:${4 + at}\n   |\nerror: could not compile \`engine\` (lib test) due to 1 previous error`,
    ),
  ],
  'a type that does not fit': ({ to, at, random }) => [
    to.edit('src/store.ts', code(random, 1), code(random, 1)),
    ...(at % 3 === 2 ? [to.read('src/store.ts', code(random, 12), 1 + at)] : []),
    to.run(
      'npx tsc --noEmit',
      2,
      `src/store.ts(${50 + at},${3 + at}): error TS2345: Argument of type 'Partial<State>' is not assignable to parameter of type 'State'.\n  Types of property 'items' are incompatible.`,
    ),
  ],
  'a patch that does not apply': ({ to, at, random }) => [
    to.run(
      `git apply fix${at === 0 ? '' : at}.patch`,
      1,
      `error: patch failed: src/app.py:${20 + random.int(60)}\nerror: src/app.py: patch does not apply`,
    ),
  ],
  'an address in use': ({ to, at }) => [
    to.run(
      of(
        [
          'npm start',
          'PORT=3000 node server.js',
          'node server.js',
          'npm run dev',
          'node --inspect server.js',
        ],
        at,
      ),
      1,
      `node:events:496\n      throw er; // Unhandled 'error' event\n\nError: listen EADDRINUSE: address already in use :::${3000 + (at % 2)}\n    at Server.setupListenHandle [as _listen2] (node:net:1937:16)`,
    ),
  ],
  'a program that is not installed': ({ to, at }) => [
    to.run(
      of(
        [
          'docker compose up -d',
          'docker-compose up -d',
          'sudo docker compose up',
          'docker build -t app .',
          'docker run app',
        ],
        at,
      ),
      127,
      `/bin/bash: line 1: ${of(['docker', 'docker-compose', 'docker', 'docker', 'docker'], at)}: command not found`,
    ),
  ],
  'edits to and fro': ({ to, at }) => [
    to.edit(
      'src/retry.py',
      of(['    delay = base * 2', '    delay = base ** 2'], at),
      of(['    delay = base ** 2', '    delay = base * 2'], at),
    ),
    to.run(
      'python -m pytest tests/test_retry.py -q',
      1,
      at % 2 === 0
        ? 'E   OverflowError: timeout value is too large\nFAILED tests/test_retry.py::test_cap - OverflowError\n1 failed, 8 passed in 0.12s'
        : 'E   AssertionError: retried too early\nFAILED tests/test_retry.py::test_backoff - AssertionError: retried too early\n1 failed, 8 passed in 0.11s',
    ),
  ],
  'scripts written anew': ({ to, at, random }) => [
    to.write(`solve${at === 0 ? '' : `_v${at}`}.py`, code(random, 14)),
    to.run(
      `python solve${at === 0 ? '' : `_v${at}`}.py`,
      1,
      `Traceback (most recent call last):\n  File "solve.py", line ${8 + at}, in <module>\nstruct.error: unpack requires a buffer of ${4 + at} bytes`,
    ),
  ],
  'the commit hook refuses': ({ to, at, random }) => [
    ...(at % 2 === 1 ? [to.edit('src/app.py', code(random, 1), code(random, 1))] : []),
    to.run(
      `git add -A && git commit -m "Fix the parser${at === 0 ? '' : `, ${at}`}"`,
      1,
      `flake8...................................................................Failed\n- hook id: flake8\n- exit code: 1\n\nsrc/app.py:${10 + at}:80: E501 line too long (${90 + at} > 79 characters)`,
    ),
  ],
  'mending one breaks the other': ({ to, at, random }) => [
    to.edit('src/cache.py', code(random, 1), code(random, 2)),
    to.run(
      'pytest tests/test_cache.py -q',
      1,
      `FAILED tests/test_cache.py::${of(['test_evicts_oldest', 'test_keeps_pinned', 'test_counts_hits'], at)} - ${of(['KeyError: old', 'AssertionError: pinned entry is gone', 'AssertionError: hits are off'], at)}\n1 failed, 20 passed in ${ms(random)}`,
    ),
  ],
  'as many red as before': ({ to, at, random }) => [
    to.edit('src/merge.js', code(random, 1), code(random, 1)),
    to.run(
      'npx jest test/merge.test.js',
      1,
      `  ● merge › keeps both sides\n\n    expect(received).toEqual(expected)\n\n  ● merge › drops deleted files\n\n    expect(received).toEqual(expected)\n\nTests:       ${at % 2 === 0 ? 2 : 3} failed, 9 passed, ${at % 2 === 0 ? 11 : 12} total\nTime:        ${1 + random.int(3)}.${random.int(900)} s`,
    ),
  ],
  'maven says the same': ({ to, at, random }) => [
    to.edit('src/main/java/App.java', code(random, 1), code(random, 1)),
    to.run(
      'mvn -q compile',
      1,
      `[ERROR] COMPILATION ERROR :\n[ERROR] /repo/src/main/java/App.java:[${30 + at},${8 + at}] cannot find symbol\n  symbol:   method openAll()\n  location: class com.example.Store\n[ERROR] Failed to execute goal org.apache.maven.plugins:maven-compiler-plugin:3.11.0:compile`,
    ),
  ],
  'options that a program has not': ({ to, at }) => [
    to.run(
      `ffmpeg -i in.mp4 ${of(['-vf subtitles=a.srt', '-vf "subtitles=a.srt"', '-filter_complex subtitles=a.srt', '-vf subtitles=./a.srt:force_style=Size'], at)} out${at}.mp4`,
      1,
      `[AVFilterGraph @ 0x55d${at}e8] No such filter: 'subtitles'\nError opening output file out${at}.mp4.\nError opening output files: Filter not found`,
    ),
  ],
  'a test passes nowhere, each try undone': ({ to, at, random }) => [
    to.edit('src/lexer.go', code(random, 1), code(random, 2)),
    to.run(
      'go test ./lexer/...',
      1,
      `--- FAIL: TestTokens (0.0${at % 9}s)\n    lexer_test.go:${80 + at}: got ${at} tokens, want 7\nFAIL\nFAIL\texample.com/app/lexer\t0.0${at % 9}4s`,
    ),
    to.run('git checkout -- src/lexer.go', 0, ''),
  ],
}
