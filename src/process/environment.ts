// The environment of every child: the parent's, without git's own variables (they would redirect a child into another
// repository) and without what was meant for this process alone.

const GIT_REDIRECTS: ReadonlySet<string> = new Set([
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_NAMESPACE',
  'GIT_PREFIX',
  'GIT_CEILING_DIRECTORIES',
  'GIT_CONFIG_PARAMETERS',
  'GIT_CONFIG_COUNT',
  'GIT_QUARANTINE_PATH',
])
const OURS: ReadonlySet<string> = new Set(['NODE_CHANNEL_FD', 'NODE_UNIQUE_ID', 'QUINTET_TOKEN'])

export type Environment = Readonly<Record<string, string>>

/** A scrubbed copy of `base` with `extra` on top. */
export function childEnvironment(
  extra: Environment = {},
  base: NodeJS.ProcessEnv = process.env,
): Environment {
  const result: Record<string, string> = {}
  for (const [name, value] of Object.entries(base)) {
    if (value === undefined || GIT_REDIRECTS.has(name) || OURS.has(name)) continue
    result[name] = value
  }
  return { ...result, ...extra }
}
