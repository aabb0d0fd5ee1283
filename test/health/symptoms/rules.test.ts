import { describe, expect, test } from 'vitest'
import { bash, edited, looked, searched, written } from '../../../bench/health/stuck.ts'
import { TraceWriter } from '../../../bench/health/trace.ts'
import type { TraceEvent } from '../../../src/contract/trace.ts'
import { diagnoseTrace } from '../../../src/health/detector.ts'

function rulesOf(events: readonly TraceEvent[]): string[] {
  return diagnoseTrace(events).alarms.map(({ rule, strength }) => `${rule} ${strength}`)
}

function made(write: (writer: TraceWriter) => void): string[] {
  const writer = new TraceWriter()
  write(writer)
  return rulesOf(writer.events)
}

describe('errors', () => {
  test('lines that a green check prints as well are no failure', () => {
    const noisy = 'ERROR: no configuration found, the default one is taken'
    const alarms = made((writer) => {
      writer.step(bash('npm test', 0, `${noisy}\nTests: 4 passed`))
      for (const what of [
        'alpha is not open',
        'beta was refused',
        'gamma cannot be read',
        'delta is missing',
        'epsilon is invalid',
      ]) {
        writer.steps([edited('a.ts', what, 'x'), bash('npm test', 1, `${noisy}\nAssertionError: ${what}`)])
      }
    })
    expect(alarms).toEqual([])
  })

  test('another test that fails is another failure', () => {
    const alarms = made((writer) => {
      for (const name of ['TestOpen', 'TestClose', 'TestFlush', 'TestSeek', 'TestStat']) {
        writer.steps([
          edited('a.go', name, 'x'),
          bash(`go test -run ${name} ./...`, 1, `--- FAIL: ${name} (0.01s)`),
        ])
      }
    })
    expect(alarms).toEqual([])
  })

  test('what worked in between is not what one is stuck at', () => {
    const alarms = made((writer) => {
      for (let at = 0; at < 6; at++) {
        const text = `TypeError: step is not a function (run ${at})`
        writer.steps([
          bash(`node tool.mjs --try ${at}`, 1, text),
          bash(`node tool.mjs --try ${at}`, 0, `done ${at}`),
        ])
      }
    })
    expect(alarms).toEqual([])
  })

  test('mostly failing in ever other ways is a weak sign', () => {
    const alarms = made((writer) => {
      for (const [at, what] of ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta'].entries()) {
        writer.step(bash(`./tool${String.fromCodePoint(97 + at)} go`, 1, `fatal: ${what} is missing`))
      }
    })
    expect(alarms).toEqual(['failDensity weak'])
  })
})

describe('what agents do by commands alone', () => {
  const shell = (cmd: string, code: number, text: string): Parameters<TraceWriter['step']>[0] => ({
    tool: 'bash',
    cmd,
    ok: null,
    exit: null,
    text: `<returncode>${code}</returncode>\n<output>\n${text}\n</output>`,
  })

  test('a check that is green after each edit by sed is no repetition', () => {
    const alarms = made((writer) => {
      for (let at = 0; at < 6; at++)
        writer.steps([shell(`sed -i 's/a${at}/b/' src/p${at}.py`, 0, ''), shell('pytest -q', 0, '20 passed')])
    })
    expect(alarms).toEqual([])
  })

  test('an edit by a script that never finds its text is a loop, for one file', () => {
    const script = (path: string, at: number): string =>
      `python - <<'EOF'\ns = open('${path}').read()\nassert 'x${at}' in s\nopen('${path}', 'w').write(s)\nEOF`
    const failing = 'Traceback (most recent call last):\nAssertionError'
    const edits = (path: (at: number) => string): string[] =>
      made((writer) => {
        for (let at = 0; at < 4; at++) writer.step(shell(script(path(at), at), 1, failing))
      })
    expect(edits(() => 'a.py')).toContain('errorRecurs strong')
    expect(edits((at) => `${'abcd'[at]}.py`)).toEqual([])
  })

  test('edits to and fro by commands', () => {
    const alarms = made((writer) => {
      for (let at = 0; at < 4; at++)
        writer.step(shell(`sed -i '${at % 2 === 0 ? 's/x/y/' : 's/y/x/'}' a.py`, 0, ''))
    })
    expect(alarms).toContain('editOscillation strong')
  })
})

describe('the same output although files were changed', () => {
  const runs = (text: string, { apart, exit = 0 }: { apart: number; exit?: number }): string[] =>
    made((writer) => {
      for (let at = 0; at < 4; at++) {
        writer.step(edited('src/a.py', `${at}`, `${at + 1}`))
        for (let left = 0; left < apart; left++) writer.step(looked(`src/b${at}${left}.py`, 'x = 1'))
        writer.step(bash('python reproduce.py', exit, text))
      }
    })

  test('is a weak sign where it complains, and none where it is content', () => {
    expect(runs('mismatch: 344 should be 345', { apart: 0 })).toContain('noEffect weak')
    expect(runs('all is well with the numbers that were given', { apart: 0 })).toEqual([])
  })

  test('says nothing when it is run once in a while: it is as red as it was before', () => {
    const red = 'FAILED tests/test_net.py::test_dns - OSError: no\n2 failed, 310 passed'
    const rarely = made((writer) => {
      for (let at = 0; at < 3; at++) {
        writer.step(edited(`src/a${at}.py`, `${at}`, `${at + 1}`))
        for (let left = 0; left < 8; left++) writer.step(looked(`src/b${at}${left}.py`, `x = ${at}${left}`))
        writer.step(bash('pytest -q', 1, red))
      }
    })
    expect(rarely).toEqual([])
  })
})

describe('places that are not there', () => {
  const places = (found: (at: number) => boolean): string[] =>
    made((writer) => {
      for (let at = 0; at < 12; at++) {
        const path = `src/${'abcdefghijkl'[at]}.py`
        if (found(at)) writer.step(bash(`cat ${path}`, 0, 'x = 1'))
        else writer.step(bash(`cat ${path}`, 1, `cat: ${path}: No such file or directory`))
      }
    })

  test("five of six looks; two misses to a hit are how one finds one's way", () => {
    expect(places(() => false)).toContain('absentPlaces strong')
    expect(places((at) => at % 3 === 2)).toEqual([])
  })
})

describe('edits', () => {
  const flip = (writer: TraceWriter, at: number): void =>
    writer.step(edited('a.ts', at % 2 === 0 ? 'x' : 'y', at % 2 === 0 ? 'y' : 'x'))

  test('taken back once: a correction; again: a loop', () => {
    expect(made((writer) => [0, 1].forEach((at) => flip(writer, at)))).toEqual([])
    expect(made((writer) => [0, 1, 2].forEach((at) => flip(writer, at)))).toEqual(['editOscillation strong'])
  })

  test('a worktree as before, twice; not when git moved it', () => {
    const trees = (cmd: string): string[] =>
      made((writer) => {
        for (let at = 0; at < 6; at++)
          writer.step({ ...bash(`${cmd} ${at}`, 0, `${at}`), tree: `tree ${at % 2}` })
      })
    expect([...new Set(trees('./apply'))]).toEqual(['treeSeen strong'])
    expect(trees('git switch branch')).toEqual([])
  })

  test('rewrites with failing runs; not with runs that end well', () => {
    const rewrites = (exit: number): string[] =>
      made((writer) => {
        for (let at = 0; at < 5; at++) {
          writer.step(written(`solve_v${at}.py`, `version ${at}`))
          writer.step(
            bash(
              `./check${String.fromCodePoint(97 + at)}`,
              exit,
              `${['alpha', 'beta', 'gamma', 'delta', 'rho'][at] ?? ''} is missing`,
            ),
          )
        }
      })
    expect(rewrites(1)).toContain('rewriteChurn strong')
    expect(rewrites(0)).toEqual([])
  })

  test('own work thrown away three times', () => {
    const alarms = made((writer) => {
      for (let at = 0; at < 3; at++)
        writer.steps([edited('a.ts', `${at}`, `x${at}`), bash('git checkout -- a.ts', 0, '')])
    })
    expect(alarms).toEqual(['revertedOwn strong'])
  })
})

describe('repetition', () => {
  test('the operator may ask for it', () => {
    const alarms = made((writer) => {
      for (let at = 0; at < 6; at++) {
        writer.user('Show it to me once more.')
        writer.step(looked('a.ts', 'same'))
      }
    })
    expect(alarms).toEqual([])
  })

  test('after a compaction everything is new again', () => {
    const writer = new TraceWriter()
    writer.steps([looked('a.ts', 'same'), looked('a.ts', 'same')])
    writer.events.push({ t: 'compact' })
    writer.steps([looked('a.ts', 'same'), looked('a.ts', 'same')])
    expect(rulesOf(writer.events)).toEqual([])
  })

  test('looks at a state have a budget of their own', () => {
    const polls = (times: number): string[] =>
      made((writer) => {
        for (let at = 0; at < times; at++)
          writer.step({ tool: 'BashOutput', kind: 'poll', input: '{}', text: 'running' })
      })
    expect(polls(11)).toEqual([])
    expect(polls(13)).toEqual(['repeat weak'])
  })

  test('searches for nearly the same that find nothing; not those that find', () => {
    const search = (found: boolean): string[] =>
      made((writer) => {
        for (const word of ['class', 'function', 'method', 'handler', 'module', 'type']) {
          writer.step(
            searched(
              `retry policy backoff ${word}`,
              found ? `src/${word}.ts:3: retry policy of the ${word}, with its backoff` : 'No matches found',
            ),
          )
        }
      })
    expect(search(false)).toEqual(['searchChurn strong'])
    expect(search(true)).toEqual([])
  })
})

describe('narration', () => {
  const thought =
    'The session must be read before the worker refreshes its token, so the cache layer is where this breaks.'

  test('the same thought three times while things fail; pieces of one reply are one', () => {
    const said = (message: (at: number) => string, exit: number): string[] => {
      const writer = new TraceWriter()
      for (let at = 0; at < 4; at++) {
        writer.events.push({ t: 'say', text: thought, message: message(at) })
        writer.step(
          bash(
            `./probe${String.fromCodePoint(97 + at)}`,
            exit,
            ['alpha is missing', 'beta is invalid', 'gamma refused', 'delta denied'][at] ?? '',
          ),
        )
      }
      return rulesOf(writer.events)
    }
    expect(said((at) => `m${at}`, 1)).toEqual(['circular strong'])
    expect(said((at) => `m${at}`, 0)).toEqual([])
    expect(said(() => 'one', 1)).toEqual([])
  })

  test('general words alone are never an alarm', () => {
    const alarms = made((writer) => {
      for (let at = 0; at < 40; at++) {
        writer.say(
          at < 15
            ? 'The reader in src/trace/read.ts calls boundedLines() and parseEvent() from lines.ts before it yields.'
            : 'Let me think about what to do next and then do it well, as one always should in such a case.',
        )
        writer.step(looked(`f${at}.ts`, `${at}`))
      }
    })
    expect(alarms).toEqual([])
  })
})

describe('the operator', () => {
  test('says the same correction again', () => {
    const { alarms } = (() => {
      const writer = new TraceWriter()
      writer.step(edited('a.ts', '1', '2'))
      writer.user('I told you to use pnpm for the install commands.')
      writer.step(edited('a.ts', '2', '3'))
      writer.user('I told you already: use pnpm for install commands!')
      return diagnoseTrace(writer.events)
    })()
    expect(alarms.map(({ rule, symptom, family }) => ({ rule, symptom, family }))).toEqual([
      { rule: 'corrections', symptom: 'forgotten instructions', family: 'operator' },
    ])
  })

  test('asks for things, which is no correction', () => {
    const alarms = made((writer) => {
      for (let at = 0; at < 6; at++) {
        writer.user(`Now actually change part ${at} instead, hmm, not the other one.`)
        writer.step(edited(`p${at}.ts`, '1', '2'))
      }
    })
    expect(alarms).toEqual([])
  })
})
