// The variables a session's processes find their ports in. Pure.
import { QuintetError } from '../../contract/errors.ts'
import type { PortBlock } from '../../contract/session.ts'

/**
 * PORT is the first port of the block; each of `names` gets the next one, in order (PORT among them keeps the first).
 * Throws `E_PORT_NAMES` when the names do not fit into the block.
 */
export function portEnvironment(
  block: PortBlock,
  names: readonly string[],
): Readonly<Record<string, string>> {
  const others = [...new Set(names)].filter((name) => name !== 'PORT')
  if (others.length >= block.count) {
    throw new QuintetError(
      'E_PORT_NAMES',
      'config',
      `There are ${others.length} named ports, but a session has ${block.count - 1} beside PORT.`,
      { hints: [{ text: 'Shorten `ports.names` in .quintet/config.toml.' }] },
    )
  }
  return {
    QUINTET_PORT_FIRST: String(block.first),
    QUINTET_PORT_COUNT: String(block.count),
    PORT: String(block.first),
    ...Object.fromEntries(others.map((name, index) => [name, String(block.first + 1 + index)])),
  }
}
