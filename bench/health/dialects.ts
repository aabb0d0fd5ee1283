// How the recordings of different agents tell the same story: which tools there are, whether an exit code is known or only
// the text tells, what stands around an output. A dialect turns "ran this, and it said that" into a step of its agent.
import type { Random } from './random.ts'
import type { Step } from './trace.ts'

export interface Dialect {
  readonly name: string
  run(cmd: string, exit: number, text: string): Step
  edit(path: string, from: string, to: string): Step
  /** The text to replace is not there. */
  missed(path: string, from: string, to: string): Step
  write(path: string, text: string): Step
  read(path: string, text: string, from?: number): Step
  search(pattern: string, text: string): Step
}

const quoted = (text: string): string => text.replaceAll("'", "'\\''")
const first = (text: string): string => text.split('\n', 1)[0] ?? ''

/** Only the text tells; files are edited by commands of the agent's own. */
const sweAgent: Dialect = {
  name: 'swe-agent',
  run: (cmd, _exit, text) => ({ tool: 'bash', cmd, ok: null, exit: null, text }),
  edit: (path, from, to) => ({
    tool: 'bash',
    cmd: `edit ${from.length}:${from.length + 2}\n${to}\nend_of_edit`,
    ok: null,
    exit: null,
    text: `[File: /testbed/${path} (412 lines total)]\n${to}\n[File updated. Please review the changes and make sure they are correct (correct indentation, no duplicate lines, etc). Edit the file again if necessary.]`,
  }),
  missed: (path, from, to) => ({
    tool: 'bash',
    cmd: `edit ${from.length}:${from.length + 2}\n${to}\nend_of_edit`,
    ok: null,
    exit: null,
    text: `Your proposed edit has introduced new syntax error(s). Please understand the fixes and retry your edit command.\n\nERRORS:\n- E999 SyntaxError: invalid syntax\n\nThis is how your edit would have looked if applied\n-------\n[File: /testbed/${path} (412 lines total)]\n${to}\n-------`,
  }),
  write: (path, text) => ({
    tool: 'bash',
    cmd: `create ${path}\n${text}`,
    ok: null,
    exit: null,
    text: `[File: /testbed/${path} (1 lines total)]\n1:`,
  }),
  read: (path, text, from = 1) => ({
    tool: 'bash',
    cmd: `open ${path} ${from}`,
    ok: null,
    exit: null,
    text: `[File: /testbed/${path} (412 lines total)]\n${text}`,
  }),
  search: (pattern, text) => ({
    tool: 'bash',
    cmd: `search_dir "${pattern}" src`,
    ok: null,
    exit: null,
    text: text === '' ? `No matches found for "${pattern}" in /testbed/src` : text,
  }),
}

const footed = (exit: number, text: string): string =>
  `${text}\n[The command completed with exit code ${exit}.]\n[Current working directory: /workspace/repo]\n[Python interpreter: /opt/env/bin/python]`

/** The exit code stands in a footer; edits by a tool of many commands. */
const openHands: Dialect = {
  name: 'openhands',
  run: (cmd, exit, text) => ({
    tool: 'execute_bash',
    cmd: `cd /workspace/repo && ${cmd}`,
    ok: null,
    exit: null,
    text: footed(exit, text),
  }),
  edit: (path, from, to) => ({
    tool: 'str_replace_editor',
    kind: 'edit',
    path: `/workspace/repo/${path}`,
    edit: { old: from, new: to },
    ok: null,
    exit: null,
    text: `The file /workspace/repo/${path} has been edited. Here's the result of running \`cat -n\` on a snippet of it:\n${to}\nReview the changes and make sure they are as expected. Edit the file again if necessary.`,
  }),
  missed: (path, from, to) => ({
    tool: 'str_replace_editor',
    kind: 'edit',
    path: `/workspace/repo/${path}`,
    edit: { old: from, new: to },
    ok: null,
    exit: null,
    text: `ERROR:\nNo replacement was performed, old_str \`${from}\` did not appear verbatim in /workspace/repo/${path}.`,
  }),
  write: (path, text) => ({
    tool: 'str_replace_editor',
    kind: 'write',
    path: `/workspace/repo/${path}`,
    edit: { old: '', new: text },
    ok: null,
    exit: null,
    text: `File created successfully at: /workspace/repo/${path}`,
  }),
  read: (path, text, from = 1) => ({
    tool: 'str_replace_editor',
    kind: 'read',
    path: `/workspace/repo/${path}`,
    input: JSON.stringify({ command: 'view', path, view_range: [from, from + 60] }),
    ok: null,
    exit: null,
    text: `Here's the result of running \`cat -n\` on /workspace/repo/${path}:\n${text}`,
  }),
  search: (pattern, text) => ({
    tool: 'execute_bash',
    cmd: `cd /workspace/repo && grep -rn "${pattern}" --include="*.py" .`,
    ok: null,
    exit: null,
    text: footed(text === '' ? 1 : 0, text),
  }),
}

const returned = (exit: number, text: string): string =>
  `<returncode>${exit}</returncode>\n<output>\n${text}\n</output>`

/** Nothing but a shell: files are changed by sed, by here-documents and by scripts. */
const miniSwe: Dialect = {
  name: 'mini-swe-agent',
  run: (cmd, exit, text) => ({
    tool: 'bash',
    cmd: `cd /testbed && ${cmd}`,
    ok: null,
    exit: null,
    text: returned(exit, text),
  }),
  edit: (path, from, to) => ({
    tool: 'bash',
    cmd:
      from.length % 2 === 0
        ? `cd /testbed && sed -i 's/${quoted(first(from))}/${quoted(first(to))}/' ${path}`
        : `cd /testbed && python - <<'EOF'\nfrom pathlib import Path\np = Path('${path}')\ns = p.read_text()\ns = s.replace('''${from}''', '''${to}''')\np.write_text(s)\nEOF`,
    ok: null,
    exit: null,
    text: returned(0, ''),
  }),
  missed: (path, from, to) => ({
    tool: 'bash',
    cmd: `cd /testbed && python - <<'EOF'\nfrom pathlib import Path\np = Path('${path}')\ns = p.read_text()\nassert '''${from}''' in s\np.write_text(s.replace('''${from}''', '''${to}'''))\nEOF`,
    ok: null,
    exit: null,
    text: returned(
      1,
      'Traceback (most recent call last):\n  File "<stdin>", line 4, in <module>\nAssertionError',
    ),
  }),
  write: (path, text) => ({
    tool: 'bash',
    cmd: `cd /testbed && cat <<'EOF' > ${path}\n${text}\nEOF`,
    ok: null,
    exit: null,
    text: returned(0, ''),
  }),
  read: (path, text, from = 1) => ({
    tool: 'bash',
    cmd: `cd /testbed && nl -ba ${path} | sed -n '${from},${from + 60}p'`,
    ok: null,
    exit: null,
    text: returned(0, text),
  }),
  search: (pattern, text) => ({
    tool: 'bash',
    cmd: `cd /testbed && grep -rn "${pattern}" src | head -20`,
    ok: null,
    exit: null,
    text: returned(0, text),
  }),
}

const walled = (exit: number, text: string): string =>
  `Exit code: ${exit}\nWall time: 0.${(text.length % 9) + 1} seconds\nOutput:\n${text}`

/** `bash -lc` and patches. */
const codex: Dialect = {
  name: 'codex',
  run: (cmd, exit, text) => ({
    tool: 'exec_command',
    cmd: `bash -lc '${cmd}'`,
    ok: exit === 0,
    exit,
    text: walled(exit, text),
  }),
  edit: (path, from, to) => ({
    tool: 'apply_patch',
    kind: 'edit',
    path,
    input: `*** Begin Patch\n*** Update File: ${path}\n@@\n-${from}\n+${to}\n*** End Patch`,
    text: `Success. Updated the following files:\nM ${path}`,
  }),
  missed: (path, from, to) => ({
    tool: 'apply_patch',
    kind: 'edit',
    path,
    input: `*** Begin Patch\n*** Update File: ${path}\n@@\n-${from}\n+${to}\n*** End Patch`,
    ok: false,
    text: `apply_patch verification failed: Failed to find expected lines in /repo/${path}:\n${from}`,
  }),
  write: (path, text) => ({
    tool: 'apply_patch',
    kind: 'edit',
    path,
    input: `*** Begin Patch\n*** Add File: ${path}\n+${text.replaceAll('\n', '\n+')}\n*** End Patch`,
    text: `Success. Updated the following files:\nA ${path}`,
  }),
  read: (path, text, from = 1) => ({
    tool: 'exec_command',
    cmd: `bash -lc "sed -n '${from},${from + 200}p' ${path}"`,
    ok: true,
    exit: 0,
    text: walled(0, text),
  }),
  search: (pattern, text) => ({
    tool: 'exec_command',
    cmd: `bash -lc 'rg -n "${pattern}" src'`,
    ok: text !== '',
    exit: text === '' ? 1 : 0,
    text: walled(text === '' ? 1 : 0, text),
  }),
}

const listed = (cmd: string, exit: number, text: string): string =>
  `Command: ${cmd}\nDirectory: (root)\nOutput: ${text}\nError: (none)\nExit Code: ${exit}\nSignal: 0\nBackground PIDs: (none)\nProcess Group PGID: 5120`

/** Tools of its own; the exit code is one line of many. */
const gemini: Dialect = {
  name: 'gemini',
  run: (cmd, exit, text) => ({
    tool: 'run_shell_command',
    cmd,
    ok: null,
    exit: null,
    text: listed(cmd, exit, text),
  }),
  edit: (path, from, to) => ({
    tool: 'replace',
    kind: 'edit',
    path: `/repo/${path}`,
    edit: { old: from, new: to },
    ok: null,
    exit: null,
    text: `Successfully modified file: /repo/${path} (1 replacements).`,
  }),
  missed: (path, from, to) => ({
    tool: 'replace',
    kind: 'edit',
    path: `/repo/${path}`,
    edit: { old: from, new: to },
    ok: null,
    exit: null,
    text: `Failed to edit, 0 occurrences found for old_string in /repo/${path}. No edits made. The exact text in old_string was not found. Ensure you're not escaping content incorrectly and check whitespace, indentation, and context.`,
  }),
  write: (path, text) => ({
    tool: 'write_file',
    kind: 'write',
    path: `/repo/${path}`,
    edit: { old: '', new: text },
    ok: null,
    exit: null,
    text: `Successfully created and wrote to new file: /repo/${path}.`,
  }),
  read: (path, text, from = 0) => ({
    tool: 'read_file',
    kind: 'read',
    path: `/repo/${path}`,
    input: JSON.stringify({ absolute_path: path, offset: from }),
    ok: null,
    exit: null,
    text,
  }),
  search: (pattern, text) => ({
    tool: 'search_file_content',
    kind: 'search',
    input: JSON.stringify({ pattern }),
    ok: null,
    exit: null,
    text: text === '' ? `No matches found for pattern "${pattern}" in the workspace directory.` : text,
  }),
}

/** The recorder knows what failed. */
const claude: Dialect = {
  name: 'claude-code',
  run: (cmd, exit, text) => ({
    tool: 'Bash',
    cmd,
    ok: exit === 0,
    ...(exit === 0 ? {} : { exit }),
    text: exit === 0 ? text : `Exit code ${exit}\n${text}`,
  }),
  edit: (path, from, to) => ({
    tool: 'Edit',
    kind: 'edit',
    path: `/repo/${path}`,
    edit: { old: from, new: to },
    text: `The file /repo/${path} has been updated successfully.`,
  }),
  missed: (path, from, to) => ({
    tool: 'Edit',
    kind: 'edit',
    path: `/repo/${path}`,
    edit: { old: from, new: to },
    ok: false,
    text: `<tool_use_error>String to replace not found in file.\nString: ${from}</tool_use_error>`,
  }),
  write: (path, text) => ({
    tool: 'Write',
    kind: 'write',
    path: `/repo/${path}`,
    edit: { old: '', new: text },
    text: `File created successfully at: /repo/${path}`,
  }),
  read: (path, text, from = 1) => ({
    tool: 'Read',
    kind: 'read',
    path: `/repo/${path}`,
    input: JSON.stringify({ file_path: path, offset: from }),
    text,
  }),
  search: (pattern, text) => ({
    tool: 'Grep',
    kind: 'search',
    input: JSON.stringify({ pattern, output_mode: 'content' }),
    text: text === '' ? 'No matches found' : text,
  }),
}

export const DIALECTS: readonly Dialect[] = [sweAgent, openHands, miniSwe, codex, gemini, claude]

/** Lines of code that mean nothing. */
export function code(random: Random, lines: number): string {
  return Array.from(
    { length: lines },
    () => `    ${random.word()} = ${random.word()}(${random.int(900)})`,
  ).join('\n')
}
