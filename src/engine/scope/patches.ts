// Patches that were handed to a session, as it gets to see them: inside of a box the state folder is not there, so a
// small one stands in the prompt, and each is copied into the session folder where there is one.
import { isUtf8 } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import { ignoring } from '../../contract/errors.ts'
import type { HandedPatch } from '../../coordination/scope-news.ts'
import type { Services } from '../services.ts'
import type { SessionSpec } from '../session/spec.ts'
import { handedTo } from './news.ts'

/** Bytes of a patch that is copied, and characters of one that stands in a prompt. */
const COPIED = 1024 * 1024
const SPOKEN = 16_000
/** Folder of the copies, in the session folder. */
const FOLDER = 'handed'

type PatchServices = Pick<Services, 'store' | 'config'>

/** Text of the patches that were handed to a session, by their path in the session folder. */
export async function patchCopies(
  { store }: Pick<Services, 'store'>,
  { name }: SessionSpec,
): Promise<Readonly<Record<string, string>>> {
  const copies: Record<string, string> = {}
  for (const { n, settled } of handedTo(store, name, 0)) {
    const text = settled?.patch === undefined ? null : await patchText(settled.patch)
    if (text !== null) copies[copyPath(n)] = text
  }
  return copies
}

/** The same patches as a prompt names them, by the number of the request. */
export async function spokenPatches(
  { store, config }: PatchServices,
  { name, run }: SessionSpec,
): Promise<ReadonlyMap<number, HandedPatch>> {
  const patches = new Map<number, HandedPatch>()
  for (const { n, settled } of handedTo(store, name, 0)) {
    if (settled?.patch === undefined) continue
    const text = await patchText(settled.patch)
    const copied = run.coordination.on && text !== null
    patches.set(n, {
      path: copied ? `${config.coordination_folder}/${copyPath(n)}` : settled.patch,
      text: text !== null && text.length <= SPOKEN ? text : null,
    })
  }
  return patches
}

const copyPath = (n: number): string => `${FOLDER}/${n}.patch`

async function patchText(path: string): Promise<string | null> {
  const bytes = await ignoring(['ENOENT'], readFile(path))
  return bytes === undefined || bytes.length > COPIED || !isUtf8(bytes) ? null : bytes.toString('utf8')
}
