// Where plans and configuration stand, relative to the repository root. Pure.

/** Plans and settings: the operator's, whose word they are on how Quintet runs. */
export const OPERATORS = '.quintet/'

/** Folder of plans. */
export const PLANS_FOLDER = '.quintet/plans'

/** The committed configuration. */
export const CONFIG_FILE = '.quintet/config.toml'

/** Folder of agents that are described as in the public registry. */
export const AGENTS_FOLDER = '.quintet/agents'
