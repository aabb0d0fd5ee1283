// The program that Claude calls for its status line: `<folder> [pass]`. What comes on standard input is kept in the folder,
// in a file of the conversation; with `pass` it goes on as it is, to the status line that was there before.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseStatusLine } from '../status-line.ts'

const MAX_BYTES = 256 * 1024

const [folder = '', mode] = process.argv.slice(2)
const chunks: Buffer[] = []
let size = 0
for await (const chunk of process.stdin) {
  const bytes = Buffer.from(chunk)
  size += bytes.length
  if (size <= MAX_BYTES) chunks.push(bytes)
}
const text = size > MAX_BYTES ? '' : Buffer.concat(chunks).toString('utf8')
const status = parseStatusLine(text)
if (status !== null) {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${status.conversation}.json`)
  writeFileSync(`${file}.${process.pid}`, text)
  renameSync(`${file}.${process.pid}`, file)
}
const percent = status?.percent ?? null
process.stdout.write(mode === 'pass' ? text : `quintet${percent === null ? '' : ` · context ${percent} %`}\n`)
