// What the tools of the known agents do, by their names. Pure.
import type { ToolKind } from '../../contract/agent.ts'
import type { CallKind } from '../../contract/trace.ts'

const NAMES: Readonly<Record<CallKind, readonly string[]>> = {
  exec: [
    'bash',
    'shell',
    'exec',
    'execcommand',
    'localshell',
    'containerexec',
    'runshellcommand',
    'terminal',
    'powershell',
    'unifiedexec',
    'shellcommand',
  ],
  edit: [
    'edit',
    'multiedit',
    'notebookedit',
    'applypatch',
    'replace',
    'strreplace',
    'strreplaceeditor',
    'patch',
    'delete',
    'move',
  ],
  write: ['write', 'writefile', 'create', 'createfile'],
  read: ['read', 'readfile', 'readmanyfiles', 'notebookread', 'view', 'viewimage'],
  search: [
    'grep',
    'glob',
    'ls',
    'search',
    'searchfilecontent',
    'listdirectory',
    'list',
    'listdir',
    'toolsearch',
    'codesearch',
    'lsp',
  ],
  poll: [
    'bashoutput',
    'taskoutput',
    'agentoutput',
    'wait',
    'monitor',
    'readbash',
    'readpowershell',
    'listbash',
  ],
  plan: [
    'todowrite',
    'todoread',
    'taskcreate',
    'taskupdate',
    'tasklist',
    'taskget',
    'updateplan',
    'enterplanmode',
    'exitplanmode',
    'writetodos',
    'updatetodo',
    'todo',
  ],
  agent: [
    'task',
    'agent',
    'spawnagent',
    'subagent',
    'delegate',
    'sendmessage',
    'sendinput',
    'closeagent',
    'resumeagent',
  ],
  web: ['webfetch', 'websearch', 'webrun', 'googlewebsearch', 'fetch', 'websearchcall'],
  mcp: ['listmcpresources', 'readmcpresource', 'listmcpresourcetemplates'],
  ask: ['askuserquestion', 'askuser', 'requestuserinput', 'question'],
  other: ['skill', 'killshell', 'taskstop', 'stopbash'],
}

const BY_NAME: ReadonlyMap<string, CallKind> = new Map(
  Object.entries(NAMES).flatMap(([kind, names]) =>
    names.map((name): [string, CallKind] => [name, callKind(kind)]),
  ),
)

function callKind(kind: string): CallKind {
  return isCallKind(kind) ? kind : 'other'
}

function isCallKind(kind: string): kind is CallKind {
  return kind in NAMES
}

/** The kind of a tool by its name; undefined when the name is not known. Tools of servers are `mcp`. */
export function kindOfTool(name: string): CallKind | undefined {
  if (/^mcp__|^mcp[_.-]|__/.test(name)) return 'mcp'
  return BY_NAME.get(name.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))
}

const OF_PROTOCOL: Readonly<Record<ToolKind, CallKind>> = {
  read: 'read',
  edit: 'edit',
  delete: 'edit',
  move: 'edit',
  search: 'search',
  execute: 'exec',
  think: 'plan',
  fetch: 'web',
  other: 'other',
}

/** The kind of a tool of which only the protocol's kind is known. */
export function kindOfProtocol(kind: ToolKind): CallKind {
  return OF_PROTOCOL[kind]
}
