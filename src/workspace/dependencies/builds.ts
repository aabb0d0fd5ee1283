// Whether native code may be copied: it is right for one ABI of Node, unless it uses the stable one alone. Pure.

/** What node-gyp notes about a build in its folder. */
const CONFIGURATION = /\/build\/config\.gypi$/
const ADDON = /\.node$/
/** Native code of every kind; in it a path cannot be rewritten. */
const NATIVE = /\.(?:node|so(?:\.[\d.]+)?|dylib)$/

export const isNative = (path: string): boolean => NATIVE.test(path)

/** Bytes by which an addon shows which interface of Node it uses. */
export const INTERFACES = ['napi_', 'node_module_register', 'node_register_module_v'] as const

/** What is known of a file that counts here. */
export interface Build {
  readonly path: string
  /** Those of INTERFACES that are in it; for a configuration: none. */
  readonly uses: readonly string[]
  /** ABI that a configuration names; null for other files. */
  readonly abi: string | null
}

/** What a file says about the ABI that it is for; null when nothing. `text`: of a configuration. */
export function buildOf(path: string, uses: readonly string[], text: string): Build | null {
  if (ADDON.test(path)) return { path, uses, abi: null }
  if (!CONFIGURATION.test(path)) return null
  const abi = /["']node_module_version["']\s*:\s*["']?(\d+)/.exec(text)?.[1]
  return { path, uses, abi: abi ?? 'unknown' }
}

/** Why builds of an unknown Node may not be copied for one of this ABI (null: not known), a phrase; null when they may. */
export function otherAbi(builds: readonly Build[], abi: string | null): string | null {
  const foreign = builds.find((build) => build.abi !== null && build.abi !== abi)
  if (foreign !== undefined) return `${foreign.path} was built for another version of Node`
  const proven = new Set(builds.filter(({ abi: of }) => of !== null).map(({ path }) => buildFolder(path)))
  const doubtful = builds.find(
    (build) => build.abi === null && !isStable(build) && !proven.has(buildFolder(build.path)),
  )
  return doubtful === undefined ? null : `nothing tells which version of Node ${doubtful.path} is for`
}

const isStable = ({ uses }: Build): boolean => uses.length === 1 && uses[0] === 'napi_'

/** The folder that node-gyp builds in: `a/build` for `a/build/Release/x.node`. */
function buildFolder(path: string): string {
  const at = path.lastIndexOf('/build/')
  return at === -1 ? path : path.slice(0, at + '/build'.length)
}
