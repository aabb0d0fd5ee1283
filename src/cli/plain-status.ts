// `quintet status` is what prompts and status bars call again and again: its plain forms are recognised without the
// parser of the command line, which takes longer to load than the answer.
import { COMMANDS } from './commands.ts'
import type { Chosen } from './command.ts'

const FLAGS: Readonly<Record<string, readonly [name: string, value: boolean]>> = {
  '--json': ['json', true],
  '--no-color': ['color', false],
}

/** `status` with nothing but -C, --json and --no-color; null for every other command line, which the parser then takes. */
export function plainStatus(argv: readonly string[]): Chosen | null {
  const options: Record<string, string | boolean> = {}
  const rest = [...argv]
  let named = false
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const flag = FLAGS[word]
    if (flag !== undefined) options[flag[0]] = flag[1]
    else if (word === '-C' && rest[0] !== undefined) options['C'] = rest.shift() ?? ''
    else if (word === 'status' && !named) named = true
    else return null
  }
  const spec = COMMANDS.find(({ name }) => name === 'status')
  return named && spec !== undefined ? { spec, arguments: [], words: [], options } : null
}
