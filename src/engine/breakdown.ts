// A workflow that breaks inside must not leave others waiting for it: it says so in the log before it ends.
import { errorData, QuintetError } from '../contract/errors.ts'

const CONTROL: readonly string[] = ['E_SHUTDOWN', 'E_CLAIM_LOST', 'E_CANCELLED']

/** Being stopped or replaced is no failure: such errors go on up untouched. */
export function isControl(error: unknown): boolean {
  return error instanceof QuintetError && CONTROL.includes(error.code)
}

/** Runs `work`; when it breaks, `tell` hears why before the failure goes on up. */
export async function tellingBreakdown<T>(
  work: () => Promise<T>,
  tell: (why: string) => Promise<void>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isControl(error)) {
      const { code, message } = errorData(error)
      await tell(`${message} (${code})`)
    }
    throw error
  }
}
