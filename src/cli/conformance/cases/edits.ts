// Files: one's own are written and land; another's are not written, whatever is tried.
import { absent, fail, pass, type ConformanceCase, type Finding } from '../case.ts'
import type { ScriptedCall, ScriptedTurn } from '../../../agents/conformance/model/script.ts'
import type { Stage } from '../stage.ts'

const OWN = 'src/auth/a.txt'
const NEW = 'src/auth/new.txt'
const FOREIGN = 'src/api/foreign.txt'
const WRITTEN = 'Written by the agent.'
const EDITED = 'one, edited\n'
export const COMMIT: ScriptedTurn = {
  calls: [{ kind: 'run', command: 'git add -A src/auth && git commit -qm "Edit the file"' }],
}
export const EDIT: ScriptedTurn = {
  text: 'Editing the file.',
  calls: [{ kind: 'edit', path: OWN, old: 'one', new: 'one, edited' }],
}
export const READ: ScriptedTurn = { text: 'Reading first.', calls: [{ kind: 'read', path: OWN }] }
export const DONE: ScriptedTurn = { text: 'Done.' }

/** Whether the piece's own edit is on the target. */
export async function landedEdit(stage: Stage): Promise<Finding> {
  const text = await stage.landed(OWN)
  if (text === EDITED) return pass('its edit landed')
  return fail(`its edit did not land. ${await stage.obstacle()}`.trim())
}

export const editInside: ConformanceCase = {
  name: 'edit',
  title: 'Edits a file of its own and commits it',
  script: { name: 'edit', turns: [READ, EDIT, COMMIT, DONE] },
  async judge(stage) {
    await stage.play()
    return landedEdit(stage)
  },
}

/** The same call is made with a path of its own first: what does not work at all is no refusal. */
function outside(name: string, title: string, call: (path: string) => ScriptedCall): ConformanceCase {
  const turns: readonly ScriptedTurn[] = [
    READ,
    { text: 'A file of mine.', calls: [call(NEW)] },
    { text: 'Now elsewhere.', calls: [call(FOREIGN)] },
    EDIT,
    COMMIT,
    DONE,
  ]
  return {
    name,
    title,
    script: { name: name.replaceAll(' ', '-'), turns },
    async judge(stage) {
      await stage.play()
      await refuseRequests(stage)
      const tried = stage.model.seen.find(({ turn }) => turn === 2)
      if (tried?.notOffered.includes(call(FOREIGN).kind) === true) return absent('it has no tool for that')
      if (tried === undefined)
        return fail(`it never came to the foreign file. ${await stage.obstacle()}`.trim())
      if ((await stage.landed(FOREIGN)) !== null) return fail('the foreign file landed')
      if (await stage.exists(FOREIGN)) return fail('the foreign file was written')
      const own = await landedEdit(stage)
      if (own.kind !== 'pass') return own
      if ((await stage.landed(NEW))?.trim() !== WRITTEN)
        return fail('its own new file did not land either, so nothing was refused')
      return pass('its own file was written, the foreign one was not, and its work landed')
    },
  }
}

/** Some agents ask for a foreign path before they write it; the operator says no, and the session goes on. */
async function refuseRequests(stage: Stage): Promise<void> {
  const asked = await stage.facts('scope.requested')
  const refused = await stage.facts('scope.refused')
  if (asked.length === refused.length) return
  await stage.quintet('scope', 'refuse', 'auth', '--reason', 'That file is of another.')
  await stage.play()
}

const script = (path: string): string => `open('${path}','w').write('${WRITTEN}')`

export const outsideFile = outside('file outside', 'Writes a file of another with its own tool', (path) => ({
  kind: 'write',
  path,
  content: `${WRITTEN}\n`,
}))
export const outsideShell = outside('shell outside', 'Writes a file of another by a redirection', (path) => ({
  kind: 'run',
  command: `echo '${WRITTEN}' > ${path}`,
}))
export const outsidePython = outside('python outside', 'Writes a file of another by a program', (path) => ({
  kind: 'run',
  command: `python3 -c "${script(path)}" || node -e "require('fs').writeFileSync('${path}','${WRITTEN}')"`,
}))

export const withoutCommit: ConformanceCase = {
  name: 'done without commit',
  title: 'Says that it is done and has committed nothing',
  script: { name: 'no-commit', turns: [READ, EDIT, DONE, DONE, DONE, DONE, DONE, DONE, DONE] },
  async judge(stage) {
    await stage.play()
    if ((await stage.facts('session.finished')).length > 0) return fail('it was taken at its word')
    const ended = await stage.facts('turn.ended')
    if (ended.filter(({ outcome }) => outcome.kind === 'stopped').length < 2)
      return fail(`it was not asked to go on. ${await stage.obstacle()}`.trim())
    if (!(await stage.exists(OWN))) return fail('what it wrote is gone')
    return pass('it was asked again and not taken at its word')
  },
}
