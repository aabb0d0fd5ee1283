import { runDaemon } from '../../daemon/main.ts'
import type { Invocation } from '../command.ts'

/** Runs the daemon until it is told to end. */
export async function run({ cwd }: Invocation): Promise<number> {
  await runDaemon(cwd)
  return 0
}
