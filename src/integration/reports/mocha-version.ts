// Which report the installed mocha can write. Before version 9.2 its JSON goes among everything that the tests print, and is
// never written when an error holds itself: such a suite would look as if it hung.
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { ignoring } from '../../contract/errors.ts'

const Installed = v.pipe(v.string(), v.parseJson(), v.object({ version: v.string() }))

/** Whether the mocha that is found from `cwd` writes its JSON to a file of its own; one that is not found is taken for new. */
export async function mochaWritesFile(cwd: string): Promise<boolean> {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', 'mocha', 'package.json')
    const text = await ignoring(['ENOENT', 'ENOTDIR'], readFile(path, 'utf8'))
    if (text !== undefined) return isNew(text)
    if (dirname(folder) === folder) return true
  }
}

function isNew(manifest: string): boolean {
  const installed = v.safeParse(Installed, manifest)
  if (!installed.success) return true
  const [major = 0, minor = 0] = installed.output.version.split('.').map(Number)
  return major > 9 || (major === 9 && minor >= 2)
}
