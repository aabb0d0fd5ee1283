// The files of a handoff: the page, the JSON that keeps everything, and the agent's own words. One set for each attempt
// that begins with one.
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { ignoring } from '../../contract/errors.ts'
import { Handoff } from '../../contract/handoff.ts'
import { parseNotes } from '../../health/handoff/notes.ts'
import { writeAtomic } from '../../store/atomic.ts'
import type { Services } from '../services.ts'
import type { SessionSpec } from '../session/spec.ts'

interface HandoffFile {
  readonly attempt: number
  readonly kind: 'md' | 'json' | 'notes.json'
}

/** Where a file of the handoff to an attempt lies. */
function handoffPath(
  state: string,
  { name }: Pick<SessionSpec, 'name'>,
  { attempt, kind }: HandoffFile,
): string {
  return join(state, 'handoffs', name.run, name.piece, `${attempt}.${kind}`)
}

/** Replaces a file of a handoff, and returns where it lies. */
export async function writeHandoff(
  state: string,
  session: Pick<SessionSpec, 'name'>,
  { text, ...file }: HandoffFile & { readonly text: string },
): Promise<string> {
  const path = handoffPath(state, session, file)
  await mkdir(dirname(path), { recursive: true })
  await writeAtomic(path, text)
  return path
}

/** The handoff that an attempt began with; null when it began with none, or with none that can be read. */
export async function storedHandoff(
  { state }: Pick<Services, 'state'>,
  session: Pick<SessionSpec, 'name'>,
  attempt: number,
): Promise<Handoff | null> {
  const parsed = v.safeParse(
    v.pipe(v.string(), v.parseJson(), Handoff),
    await fileText(handoffPath(state, session, { attempt, kind: 'json' })),
  )
  return parsed.success ? parsed.output : null
}

const Notes = v.object({
  notes: Handoff.entries.agentNotes,
  failed: v.array(v.string()),
})

/** What the agent said of itself before the attempt; nothing where it was not asked. */
export async function storedNotes(
  { state }: Pick<Services, 'state'>,
  session: Pick<SessionSpec, 'name'>,
  attempt: number,
): Promise<ReturnType<typeof parseNotes>> {
  const parsed = v.safeParse(
    v.pipe(v.string(), v.parseJson(), Notes),
    await fileText(handoffPath(state, session, { attempt, kind: 'notes.json' })),
  )
  return parsed.success ? parsed.output : parseNotes('')
}

async function fileText(path: string): Promise<string | undefined> {
  return await ignoring(['ENOENT'], readFile(path, 'utf8'))
}
