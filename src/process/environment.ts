// The environment of every child: the parent's, without git's own variables (they would redirect a child into another
// repository) and without what was meant for this process alone.

/** What `git rev-parse --local-env-vars` lists, and what else would change the meaning of our git calls. */
const GIT_REDIRECTS: ReadonlySet<string> = new Set([
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_ATTR_SOURCE',
  'GIT_CEILING_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_CONFIG',
  'GIT_CONFIG_COUNT',
  'GIT_CONFIG_PARAMETERS',
  'GIT_DIR',
  'GIT_EXTERNAL_DIFF',
  'GIT_GLOB_PATHSPECS',
  'GIT_GRAFT_FILE',
  'GIT_ICASE_PATHSPECS',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_INTERNAL_SUPER_PREFIX',
  'GIT_LITERAL_PATHSPECS',
  'GIT_NAMESPACE',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_NOGLOB_PATHSPECS',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_QUARANTINE_PATH',
  'GIT_REFLOG_ACTION',
  'GIT_REPLACE_REF_BASE',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
])
/** Meant for this process alone. */
const OURS: ReadonlySet<string> = new Set([
  'NODE_CHANNEL_FD',
  'NODE_CHANNEL_SERIALIZATION_MODE',
  'NODE_UNIQUE_ID',
  'QUINTET_TOKEN',
])

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
