import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/store/database.ts'
import { openStore } from '../../src/store/store.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/repository.ts'

const HOLD_LOCK = join(import.meta.dirname, '../fixtures/store/hold-lock.ts')
const APPENDER = join(import.meta.dirname, '../fixtures/store/appender.ts')

let folder: TemporaryFolder
let path: string

beforeEach(async () => {
  folder = await temporaryFolder()
  path = join(folder.path, 'quintet', 'state.db')
})
afterEach(() => folder[Symbol.asyncDispose]())

test('the file and its folder are created, durable and shared', () => {
  using _store = openStore(path)
  using database = openDatabase(path)
  expect(database.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' })
  expect(database.get('PRAGMA synchronous')).toEqual({ synchronous: 2 })
})

test('what was written is there after opening again', () => {
  {
    using store = openStore(path)
    store.append({ stream: 's', key: 'k', type: 't', data: 1 })
  }
  using again = openStore(path)
  expect(again.event('s', 'k')?.data).toBe(1)
})

test('many processes that create it at once all succeed', async () => {
  const run = (name: string) => promisify(execFile)(process.execPath, [APPENDER, path, name, '1'])
  const outputs = await Promise.all(['a', 'b', 'c', 'd'].map((name) => run(name)))
  expect(outputs.map(({ stdout }) => Number(stdout)).reduce((sum, each) => sum + each)).toBe(1)
})

describe('read-only', () => {
  test('reads while nobody has the file open, and writes nothing', () => {
    {
      using store = openStore(path)
      store.append({ stream: 's', key: 'k', type: 't', data: 1 })
    }
    using reader = openStore(path, { readOnly: true })
    expect([...reader.events()]).toHaveLength(1)
    expect(() => reader.append({ stream: 's', key: 'k2', type: 't', data: 1 })).toThrow(
      expect.objectContaining({ code: 'E_STATE_READ_ONLY' }),
    )
  })

  test('sees what a writer commits meanwhile', () => {
    using writer = openStore(path)
    using reader = openStore(path, { readOnly: true })
    writer.append({ stream: 's', key: 'k', type: 't', data: 1 })
    expect(reader.lastSeq()).toBe(1)
  })

  test('no file is no state, and none is created', async () => {
    expect(() => openStore(path, { readOnly: true })).toThrow(
      expect.objectContaining({
        code: 'E_NO_STATE',
        kind: 'precondition',
        hints: [expect.objectContaining({ command: 'quintet run' })],
      }),
    )
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('a file that was created but never filled is no state either', async () => {
    await mkdir(join(folder.path, 'quintet'))
    await writeFile(path, '')
    expect(() => openStore(path, { readOnly: true })).toThrow(expect.objectContaining({ code: 'E_NO_STATE' }))
  })
})

test('a newer schema is refused by name and left alone', async () => {
  openStore(path)[Symbol.dispose]()
  {
    using database = openDatabase(path)
    database.exec('PRAGMA user_version = 99')
  }
  const before = await readFile(path)
  for (const readOnly of [true, false]) {
    expect(() => openStore(path, { readOnly })).toThrow(expect.objectContaining({ code: 'E_STATE_NEWER' }))
  }
  expect(await readFile(path)).toEqual(before)
})

describe('failures', () => {
  test('another file is not a state file', async () => {
    await mkdir(join(folder.path, 'quintet'))
    await writeFile(path, 'not a database '.repeat(500))
    for (const readOnly of [true, false]) {
      expect(() => openStore(path, { readOnly })).toThrow(
        expect.objectContaining({ code: 'E_STATE_CORRUPT' }),
      )
    }
  })

  test('damaged pages are named as such', async () => {
    {
      using store = openStore(path)
      for (let n = 0; n < 200; n++)
        store.append({ stream: 's', key: `${n}`, type: 't', data: 'x'.repeat(2_000) })
    }
    const bytes = await readFile(path)
    bytes.fill(0x5a, 4_096)
    await writeFile(path, bytes)
    expect(() => {
      using store = openStore(path)
      return [...store.events()]
    }).toThrow(expect.objectContaining({ code: 'E_STATE_CORRUPT' }))
  })

  test('a full disk is named, and what was there before stays', () => {
    using database = openDatabase(path)
    database.get('PRAGMA max_page_count = 20')
    const insert = (n: number): number =>
      database.run("INSERT INTO outbox (target, name, data, at) VALUES ('t', 'n', :data, :n)", {
        n,
        data: 'x'.repeat(10_000),
      })
    insert(1)
    expect(() =>
      database.transaction(() => {
        for (let n = 2; n < 50; n++) insert(n)
      }),
    ).toThrow(
      expect.objectContaining({
        code: 'E_DISK_FULL',
        hints: [expect.objectContaining({ command: expect.any(String) })],
      }),
    )
    expect(database.get('SELECT count(*) AS n FROM outbox')).toEqual({ n: 1 })
    database.get('PRAGMA max_page_count = 1000')
    expect(insert(2)).toBe(1)
  })

  test('a lock that another process keeps is named after the wait', async () => {
    openStore(path)[Symbol.dispose]()
    const holder = spawn(process.execPath, [HOLD_LOCK, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(holder.stdout, 'data')
    try {
      using store = openStore(path, { busyMs: 50 })
      expect(() => store.append({ stream: 's', key: 'k', type: 't', data: 1 })).toThrow(
        expect.objectContaining({ code: 'E_STATE_BUSY' }),
      )
      holder.kill('SIGKILL')
      await once(holder, 'exit')
      expect(store.append({ stream: 's', key: 'k', type: 't', data: 1 })).toBe('appended')
    } finally {
      holder.kill('SIGKILL')
    }
  })

  test('a folder that is a file is no place for state', async () => {
    await writeFile(join(folder.path, 'quintet'), '')
    expect(() => openStore(path)).toThrow(/quintet/)
  })
})

test('loading SQLite says nothing on standard error', async () => {
  const { stderr } = await promisify(execFile)(process.execPath, [APPENDER, path, 'a', '1'])
  expect(stderr).toBe('')
})
