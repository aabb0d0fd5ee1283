// More of both kinds, written after the rules had been mended by the others and left as they came out: what is measured
// here says how well the rules do on what they were not made for.
import type { Plight } from './agents-stuck.ts'
import { code } from './dialects.ts'

const of = <T>(list: readonly [T, ...T[]], at: number): T => list[at % list.length] ?? list[0]

export const LATER_PLIGHTS: Readonly<Record<string, Plight>> = {
  'a server that never answers': ({ to, at }) => [
    to.run(
      of(
        [
          'curl -s localhost:8080/api/health',
          'curl -v http://localhost:8080/',
          'curl http://127.0.0.1:8080/api',
          'curl -sS localhost:8080',
        ],
        at,
      ),
      7,
      'curl: (7) Failed to connect to localhost port 8080 after 0 ms: Connection refused',
    ),
    ...(at % 2 === 1 ? [to.run('python app.py &', 0, '[1] 4120')] : []),
  ],
  'a migration that fails': ({ to, at, random }) => [
    to.edit('shop/models.py', code(random, 1), code(random, 1)),
    to.run(
      of(
        ['python manage.py migrate', 'python manage.py makemigrations shop', 'python manage.py migrate shop'],
        at,
      ),
      1,
      `Traceback (most recent call last):\n  File "manage.py", line 22, in <module>\n  File "/testbed/shop/models.py", line ${30 + at}, in <module>\ndjango.core.exceptions.FieldError: Local field 'owner' in class 'Item' clashes with field of the same name from base class 'Base'.`,
    ),
  ],
  'a figure that never gets there': ({ to, at, random }) => [
    to.write('optimise.py', code(random, 16)),
    to.run(
      'python optimise.py && python check.py',
      1,
      `score: 0.8${at % 7}\nFAIL: score must be at least 0.95`,
    ),
  ],
  'sed that changes nothing': ({ to, at, random }) => [
    to.edit('config/app.conf', `listen = ${at}`, `listen ${random.int(9000)}`),
    to.run('grep -n listen config/app.conf', 0, '12:listen  =  8000'),
    to.run('./start.sh', 1, 'app: config/app.conf:12: cannot parse value of listen'),
  ],
  'a shell that does not quote': ({ to, at, random }) => [
    to.run(
      `awk '{print $${at}}' data.csv | sort -k${at} "${random.word()}`,
      2,
      'bash: -c: line 1: unexpected EOF while looking for matching `"\'',
    ),
  ],
  'a check that says no without words': ({ to, at, random }) => [
    to.edit('src/answer.py', code(random, 1), code(random, 1)),
    to.run('bash run_tests.sh', 1, `Running ${4 + (at % 2)} cases\ncase 1 .. ok\ncase 2 .. WRONG ANSWER\n`),
  ],
  'two programs that fail in turn': ({ to, at }) => [
    at % 2 === 0
      ? to.run(
          `cmake -B build${at} ..`,
          1,
          `CMake Error at CMakeLists.txt:${10 + at} (find_package):\n  Could not find a package configuration file provided by "Eigen3"`,
        )
      : to.run(
          `conan install . -if build${at}`,
          1,
          "ERROR: Package 'eigen/3.4.0' not resolved: No remote defined.",
        ),
  ],
  'a container that will not build': ({ to, at, random }) => [
    to.edit('Dockerfile', code(random, 1), code(random, 1)),
    to.run(
      'docker build -t app .',
      1,
      `#9 [5/7] RUN npm ci\n#9 2.${at} npm ERR! \`npm ci\` can only install packages when your package.json and package-lock.json are in sync.\n------\nERROR: failed to solve: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1`,
    ),
  ],
  'the same file written again': ({ to, random }) => [
    to.write('report.html', code(random, 20)),
    to.run(
      'python grade.py report.html',
      1,
      `AssertionError: section "Results" is missing after line ${random.int(90)}`,
    ),
  ],
  'the import that goes round': ({ to, at, random }) => [
    to.edit(of(['app/a.py', 'app/b.py'], at), code(random, 1), code(random, 1)),
    to.run(
      'python -m pytest -q 2>&1 | head -40',
      0,
      `ImportError while loading conftest '/testbed/conftest.py'.\napp/a.py:${2 + (at % 4)}: in <module>\n    from app.b import make\nE   ImportError: cannot import name 'make' from partially initialized module 'app.b' (most likely due to a circular import)`,
    ),
  ],
}

export const LATER_LABOURS: Readonly<Record<string, Plight>> = {
  'reading logs of different days': ({ to, at, random }) => [
    to.run(`grep -c ERROR logs/2024-01-${10 + at}.log`, 0, `${random.int(900)}`),
    to.run(
      `tail -5 logs/2024-01-${10 + at}.log`,
      0,
      `2024-01-${10 + at} 10:00:0${at % 9} ERROR ${random.word()} failed: ${random.word()}`,
    ),
  ],
  'a build in many steps': ({ to, at, random }) => [
    to.run(
      of(
        [
          './configure --prefix=/opt',
          'make -j2',
          'make test',
          'make install',
          'ldconfig',
          'which app',
          'app --version',
          'app --help',
          'ls /opt/bin',
          'file /opt/bin/app',
        ],
        at,
      ),
      0,
      `${random.word()} done`,
    ),
  ],
  'fixing types file by file': ({ to, at, random }) => {
    const path = `src/${random.word()}${at}.ts`
    return [
      to.run(
        `npx tsc --noEmit -p . | head -1`,
        0,
        `${path}(${random.int(90)},3): error TS${2300 + at * 7}: ${of(['Cannot find name', 'Property is missing', 'Type is not assignable', 'Object is possibly undefined', 'No overload matches this call', 'Expected 2 arguments', 'Duplicate identifier', 'Module has no exported member', 'Index signature is missing', 'Not all code paths return a value'], at)} '${random.word()}'.`,
      ),
      to.read(path, code(random, 12)),
      to.edit(path, code(random, 1), code(random, 1)),
    ]
  },
  'a linter, then its fixes': ({ to, at, random }) => [
    to.run(
      'ruff check src',
      1,
      `src/${random.word()}.py:${random.int(99)}:1: ${of(['F401', 'E711', 'B008', 'C901', 'S101', 'W605', 'N802', 'E501', 'F841', 'UP006'], at)} ${random.word()}\nFound ${10 - at} errors.`,
    ),
    to.edit(`src/${random.word()}.py`, code(random, 1), code(random, 1)),
  ],
  'two fixes taken back, then a third': ({ to, at, random }) =>
    at < 3
      ? [
          to.edit('src/sort.py', `    key = ${at}`, `    key = ${at + 1}`),
          to.run(
            'pytest tests/test_sort.py -q',
            at < 2 ? 1 : 0,
            at < 2
              ? `E   AssertionError: ${of(['order is wrong', 'ties are lost', ''], at)}\n1 failed in 0.1s`
              : '9 passed in 0.1s',
          ),
          ...(at < 2 ? [to.run('git checkout -- src/sort.py', 0, '')] : []),
        ]
      : [to.read(`src/${random.word()}.py`, code(random, 10))],
  'the same question of many packages': ({ to, at, random }) => [
    to.run(
      `pip show ${random.word()}${at}`,
      at % 2,
      at % 2 === 0
        ? `Name: ${random.word()}\nVersion: 1.${at}`
        : `WARNING: Package(s) not found: ${random.word()}`,
    ),
  ],
  'a slow download that gets there': ({ to, at }) => [
    to.run('ls -la model.bin', 0, `-rw-r--r-- 1 root root ${at * 1_000_003} Jan 1 10:0${at} model.bin`),
  ],
  'checks of what was written': ({ to, at, random }) => [
    to.write(`docs/page${at}.md`, code(random, 8)),
    to.run(`cat docs/page${at}.md | head -5`, 0, code(random, 5)),
  ],
  'queries against a database': ({ to, at, random }) => [
    to.run(
      `sqlite3 app.db "select count(*) from ${random.word()} where id > ${at}"`,
      at % 4 === 3 ? 1 : 0,
      at % 4 === 3 ? `Error: in prepare, no such table: ${random.word()}` : `${random.int(99)}`,
    ),
  ],
}
