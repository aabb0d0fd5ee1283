// Work of benchmark agents that looks stuck and is not, told in the dialect of every agent.
import type { Plight } from './agents-stuck.ts'
import { code } from './dialects.ts'

const of = <T>(list: readonly [T, ...T[]], at: number): T => list[at % list.length] ?? list[0]

export const LABOURS: Readonly<Record<string, Plight>> = {
  'test first, again and again': ({ to, at, random }) => [
    to.edit(`tests/test_part${at}.py`, code(random, 1), code(random, 3)),
    to.run(
      `python -m pytest tests -q`,
      1,
      `E       AttributeError: 'Part' object has no attribute '${random.word()}'\nFAILED tests/test_part${at}.py::test_${random.word()} - AttributeError\n1 failed, ${at * 3} passed in 0.3s`,
    ),
    to.edit('src/part.py', code(random, 1), code(random, 2)),
    to.run(`python -m pytest tests -q`, 0, `${at * 3 + 1} passed in 0.3s`),
  ],
  'green after every step': ({ to, random }) => [
    to.edit(`src/${random.word()}.py`, code(random, 1), code(random, 1)),
    to.run('python -m pytest tests -q', 0, '.................... [100%]\n20 passed in 0.42s'),
  ],
  'the reproduction still works after each change': ({ to, random }) => [
    to.edit(`src/${random.word()}.py`, code(random, 1), code(random, 1)),
    to.run('python reproduce.py', 0, 'ok'),
  ],
  'a file in pieces': ({ to, at, random }) => [to.read('src/very_long.py', code(random, 30), 1 + at * 60)],
  'scrolling through a file': ({ to, at, random }) => [
    to.name === 'swe-agent'
      ? {
          tool: 'bash',
          cmd: 'scroll_down',
          ok: null,
          exit: null,
          text: `[File: /testbed/a.py (900 lines total)]\n(${at * 100} more lines above)\n${code(random, 20)}`,
        }
      : to.read('src/very_long.py', code(random, 30), 1 + at * 80),
  ],
  'looking for the place': ({ to, at, random }) => [
    to.search(
      `${random.word()}_${random.word()}`,
      at % 3 === 2 ? `src/${random.word()}.py:${random.int(300)}: ${code(random, 1)}` : '',
    ),
    ...(at % 3 === 2 ? [to.read(`src/${random.word()}.py`, code(random, 20))] : []),
  ],
  'files guessed, then found': ({ to, at, random }) => {
    const path = `src/${random.word()}/${random.word()}.py`
    return at % 3 === 2
      ? [to.run('ls src', 0, `${random.word()}.py\n${random.word()}.py`), to.read(path, code(random, 12))]
      : [to.run(`cat ${path}`, 1, `cat: ${path}: No such file or directory`)]
  },
  'a network that comes and goes': ({ to, at, random }) => [
    at % 4 === 3
      ? to.run(`pip install ${random.word()}`, 0, 'Successfully installed')
      : to.run(
          `pip install ${random.word()}`,
          1,
          `WARNING: Retrying (Retry(total=${4 - (at % 4)}, connect=None)) after connection broken by 'ConnectTimeoutError(<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f${at}>, 'Connection to pypi.org timed out. (connect timeout=15)')': /simple/\nERROR: Could not find a version that satisfies the requirement\nurllib3.exceptions.NewConnectionError: Failed to establish a new connection: [Errno 101] Network is unreachable`,
        ),
  ],
  'git status between edits': ({ to, random }) => [
    to.edit(`src/${random.word()}.py`, code(random, 1), code(random, 1)),
    to.run('git status --short', 0, ' M src/a.py'),
    to.run('git diff --stat', 0, ' src/a.py | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)'),
  ],
  'waiting for a build': ({ to, at }) => [
    to.run(
      'sleep 60 && tail -2 build.log',
      0,
      at < 8 ? `[${30 + (at >> 1)}%] Building CXX object` : '[100%] Built target app',
    ),
  ],
  'waiting for a container': ({ to, at }) => [
    to.run(
      'docker ps --format "{{.Status}}"',
      0,
      at < 9 ? 'Up 10 seconds (health: starting)' : 'Up 2 minutes (healthy)',
    ),
  ],
  'each module missing in its turn': ({ to, at, random }) => {
    const name = `${random.word()}${of(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'], at)}`
    return [
      to.run(
        'python app.py',
        1,
        `Traceback (most recent call last):\n  File "app.py", line ${at + 1}, in <module>\nModuleNotFoundError: No module named '${name}'`,
      ),
      to.run(`pip install ${name}`, 0, `Successfully installed ${name}-1.0`),
    ]
  },
  'compiler errors getting fewer': ({ to, at, random }) => [
    to.edit(`pkg/part${at}.go`, code(random, 1), code(random, 1)),
    to.run(
      'go build ./...',
      at < 9 ? 1 : 0,
      Array.from(
        { length: 9 - at },
        (_, left) =>
          `pkg/part${left + at + 1}.go:${20 + left}:7: undefined: oldClient${of(['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I'], left + at)}`,
      ).join('\n'),
    ),
  ],
  'tests getting fewer red': ({ to, at, random }) => [
    to.edit('src/merge.js', code(random, 1), code(random, 1)),
    to.run(
      'npx jest',
      1,
      `  ● merge › case ${at}\n\n    expect(received).toEqual(expected)\n\nTests:       ${20 - at * 2} failed, ${80 + at * 2} passed, 100 total\nTime:        2.${random.int(900)} s`,
    ),
  ],
  'three red tests that were red before': ({ to, at, random }) => [
    to.edit(`src/${random.word()}.py`, code(random, 1), code(random, 1)),
    ...(at === 0 || at === 5 || at === 9
      ? [
          to.run(
            'python -m pytest tests -q',
            1,
            'FAILED tests/test_net.py::test_dns - OSError: no\nFAILED tests/test_net.py::test_ftp - OSError: no\n2 failed, 310 passed in 12.4s',
          ),
        ]
      : [to.read(`src/${random.word()}.py`, code(random, 14))]),
  ],
  'debugging, each time something new': ({ to, at, random }) => [
    to.edit('src/solver.py', code(random, 1), `    print(${random.word()})`),
    to.run(
      'python debug.py',
      at % 2,
      at % 2 === 1
        ? `${random.word()} = ${random.int(999)}\nTraceback (most recent call last):\n  File "debug.py", line 3\n${of(['KeyError', 'ValueError', 'TypeError', 'IndexError', 'OSError'], at >> 1)}: ${random.word()} ${random.word()}`
        : `${random.word()} = ${random.int(9999)}`,
    ),
  ],
  'answers that mean no': ({ to, at, random }) => [
    to.run(
      of(
        [
          `git diff --exit-code src/${random.word()}`,
          `test -f ${random.word()}`,
          `which ${random.word()}`,
          `grep -c ${random.word()} a.txt`,
        ],
        at,
      ),
      1,
      '',
    ),
  ],
  'bad input is refused, as it should be': ({ to, at, random }) => [
    ...(at % 2 === 0 ? [to.run(`./cli --port ${random.int(9000)}`, 0, 'listening')] : []),
    to.run(
      `./cli ${of(['--port abc', '--port -1', '--host', '--config none.yml', '--level 11', 'frobnicate', '--out /root/x', '--jobs zero', '--since never', '-q -v'], at)}`,
      2,
      `error: ${of(['the port must be a number', 'the port must be positive', 'an argument is needed for --host', 'there is no such configuration', 'levels go from 0 to 9', 'unknown command', 'cannot write there', 'jobs is no number', 'that is no date', 'quiet and verbose exclude one another'], at)} (${random.word()})`,
    ),
  ],
  'a number to make better': ({ to, random }) => [
    to.edit('train.py', code(random, 1), code(random, 1)),
    to.run('python train.py --epochs 1', 0, `epoch 1 loss ${random.int(900)} accuracy 0.${random.int(999)}`),
  ],
  'the same rename in many files': ({ to, at, random }) => [
    to.edit(`src/view_${random.word()}.py`, 'from old import Client', 'from new import Client'),
    ...(at % 3 === 2
      ? [to.search('from old import', `src/${random.word()}.py:3: from old import Client`)]
      : []),
  ],
  'text not found once in each of many files': ({ to, random }) => {
    const path = `src/${random.word()}.py`
    return [
      to.missed(path, code(random, 1), code(random, 1)),
      to.read(path, code(random, 20)),
      to.edit(path, code(random, 1), code(random, 1)),
    ]
  },
  bisecting: ({ to, at, random }) => [
    to.run(
      `git bisect ${at % 2 === 0 ? 'good' : 'bad'}`,
      0,
      `Bisecting: ${300 >> at} revisions left to test after this\n[${random.int(1e6).toString(16)}] ${random.word()}`,
    ),
    to.run(
      'python -m pytest tests/test_a.py -q',
      at % 2,
      at % 2 === 0
        ? '4 passed in 0.1s'
        : `FAILED tests/test_a.py::test_b - AssertionError\n1 failed, 3 passed in 0.1s`,
    ),
  ],
  'every part has its own red test': ({ to, at, random }) => [
    to.run(
      `python -m pytest tests/test_${of(['ab', 'cd', 'ef', 'gh', 'ij', 'kl', 'mn', 'op', 'qr', 'st'], at)}.py -q`,
      1,
      `E   ${of(['KeyError', 'ValueError', 'TypeError', 'IndexError', 'OSError'], at)}: ${random.word()} ${random.word()}\nFAILED tests/test_${of(['ab', 'cd', 'ef', 'gh', 'ij', 'kl', 'mn', 'op', 'qr', 'st'], at)}.py::test_${random.word()}\n1 failed, 6 passed in 0.1s`,
    ),
    to.edit(`src/${random.word()}.py`, code(random, 1), code(random, 1)),
    to.run(
      `python -m pytest tests/test_${of(['ab', 'cd', 'ef', 'gh', 'ij', 'kl', 'mn', 'op', 'qr', 'st'], at)}.py -q`,
      0,
      '7 passed in 0.1s',
    ),
  ],
}
