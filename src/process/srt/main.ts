// The program that leads a box of the sandbox runtime: reads the settings, has the runtime wrap the command, runs it in
// the foreground and ends as it ends. Arguments: LIBRARY SETTINGS PROGRAM [ARGUMENT...]. The runtime's own command would
// cut every program off from the network but for hosts that it is told, and takes an end by a signal for a success.
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { pathToFileURL } from 'node:url'
import * as v from 'valibot'

const Places = v.array(v.string())
const Settings = v.object({
  filesystem: v.object({ denyRead: Places, allowRead: Places, allowWrite: Places, denyWrite: Places }),
  network: v.optional(v.object({ allowedDomains: Places, deniedDomains: Places })),
  env: v.record(v.string(), v.string()),
})
type Settings = v.InferOutput<typeof Settings>

/** What is used of the runtime; its wrapped command is a line for a shell. */
const Library = v.object({
  SandboxManager: v.object({
    initialize: v.function(),
    wrapWithSandbox: v.function(),
  }),
})

const SIGNALLED = 128

async function main([library = '', settings = '', ...words]: readonly string[]): Promise<number> {
  const { env, ...config } = v.parse(
    v.pipe(v.string(), v.parseJson(), Settings),
    await readFile(settings, 'utf8'),
  )
  const line = await wrapped(library, config, words)
  return await new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', line], { stdio: 'inherit', env: { ...process.env, ...env } })
    // A group is signalled as a whole: the command has heard it as well, and its end is the end of this.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      resolve(code ?? SIGNALLED + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}

async function wrapped(
  library: string,
  config: Omit<Settings, 'env'>,
  words: readonly string[],
): Promise<string> {
  const { SandboxManager } = v.parse(Library, await import(pathToFileURL(library).href))
  const restricted = config.network !== undefined
  if (restricted) await SandboxManager.initialize(config)
  return v.parse(
    v.string(),
    await SandboxManager.wrapWithSandbox(words.map(quoted).join(' '), undefined, config),
  )
}

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`

process.exit(await main(process.argv.slice(2)))
