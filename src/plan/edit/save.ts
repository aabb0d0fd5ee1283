// The file of a plan that is changed: read as it stands, and replaced only while it still says what was read.
import { access, constants, readFile, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, QuintetError } from '../../contract/errors.ts'
import { typedWords } from '../../contract/shell.ts'
import { withFileLock } from '../../process/lock.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { loadPlan, parsePlan, type LoadedPlan } from '../load.ts'

/** A plan with the text that it was read from. */
export interface PlanText extends LoadedPlan {
  readonly text: string
}

const WRITE_BITS = 0o222
const LOCK = 'plan-edit.lock'

/** Reads a plan with its text. Throws what `loadPlan` throws. */
export async function loadPlanText(root: string, nameOrPath: string): Promise<PlanText> {
  const loaded = await loadPlan(root, nameOrPath)
  const text = await readFile(loaded.path, 'utf8')
  return { ...loaded, text, plan: parsePlan(text, loaded.name) }
}

/** Replaces the text of a plan, a symbolic link followed. `state`: the state folder, for the lock. Throws `E_PLAN_CHANGED`
 *  when the file is not what was read, and `E_PLAN_READ_ONLY`. */
export async function savePlanText(
  { path, name, text: read }: PlanText,
  text: string,
  { state, signal }: { readonly state: string; readonly signal: AbortSignal },
): Promise<void> {
  await withFileLock(
    join(state, LOCK),
    async () => {
      const file = await realpath(path)
      await requireWritable(file, name)
      if ((await readFile(file, 'utf8')) !== read) {
        throw new QuintetError(
          'E_PLAN_CHANGED',
          'precondition',
          `The plan ${name} was changed meanwhile; nothing was written.`,
          {
            hints: [
              {
                text: 'Look at it, then say the change again.',
                command: typedWords(['quintet', 'plan', 'check', name]),
              },
            ],
          },
        )
      }
      await writeAtomic(file, text)
    },
    { signal },
  )
}

/** A file that is replaced needs no permission to be written; whoever took it away meant something by it. */
async function requireWritable(file: string, name: string): Promise<void> {
  const { mode } = await stat(file)
  const isOpen =
    (mode & WRITE_BITS) !== 0 &&
    (await access(file, constants.W_OK).then(
      () => true,
      (error: unknown) => {
        if (['EACCES', 'EPERM', 'EROFS'].includes(errnoOf(error) ?? '')) return false
        throw error
      },
    ))
  if (isOpen) return
  throw new QuintetError('E_PLAN_READ_ONLY', 'precondition', `The plan ${name} may not be written.`, {
    hints: [{ text: 'Allow it first.', command: typedWords(['chmod', 'u+w', file]) }],
  })
}
