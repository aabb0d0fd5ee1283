// The room of plans: reading them, checking them against a repository, and writing the first one. Rules are pure and
// stand in files of their own (check, graph, scopes, brief, commands); this file and facts.ts read the disk.
import { readdir, stat } from 'node:fs/promises'
import { basename, isAbsolute, join, resolve } from 'node:path'
import { ignoring, QuintetError } from '../contract/errors.ts'
import { PlanFile } from '../contract/plan.ts'
import { nearest } from '../contract/nearest.ts'
import { PLANS_FOLDER } from './places.ts'
import { parseToml, requireValid } from './problems.ts'
import { writtenText } from './written-file.ts'

/** A plan as it was read. */
export interface LoadedPlan {
  /** File name without ending; part of run ids. */
  readonly name: string
  /** Absolute path. */
  readonly path: string
  readonly plan: PlanFile
}

const CODES = { syntax: 'E_PLAN_SYNTAX', invalid: 'E_PLAN_INVALID' }
const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/

/** Parses the text of a plan; `filename` is for messages. Throws `E_PLAN_SYNTAX` with line and column, or `E_PLAN_INVALID` naming every problem. */
export function parsePlan(text: string, filename: string): PlanFile {
  const source = { text, filename, codes: CODES }
  return requireValid(PlanFile, parseToml(source), source)
}

/**
 * Loads `.quintet/plans/<name>.toml`, or the file at a path (anything with a slash or `.toml`), relative to `root`.
 * Throws `E_PLAN_NOT_FOUND` with the plans there are, `E_PLAN_NAME`, `E_PLAN_SYNTAX` or `E_PLAN_INVALID`.
 */
export async function loadPlan(root: string, nameOrPath: string): Promise<LoadedPlan> {
  const isPath = nameOrPath.includes('/') || nameOrPath.endsWith('.toml')
  const relative = isPath ? nameOrPath : `${PLANS_FOLDER}/${nameOrPath}.toml`
  const path = isAbsolute(relative) ? relative : resolve(root, relative)
  const name = basename(path).replace(/\.toml$/, '')
  const text = await readText(path, relative)
  if (text === null) throw await notFound(root, { nameOrPath, relative })
  return { name: requirePlanName(name), path, plan: parsePlan(text, relative) }
}

/** The name, when a plan may have it. Throws `E_PLAN_NAME`. */
export function requirePlanName(name: string): string {
  if (NAME.test(name)) return name
  throw new QuintetError(
    'E_PLAN_NAME',
    'usage',
    `The plan name ${JSON.stringify(name)} cannot be used: it becomes part of branch names.`,
    { hints: [{ text: 'Name the file in lower-case letters, digits and dashes, at most 40 of them.' }] },
  )
}

/** Names of the plans in the repository, sorted. */
export async function planNames(root: string): Promise<readonly string[]> {
  const files = (await ignoring(['ENOENT', 'ENOTDIR'], readdir(join(root, PLANS_FOLDER)))) ?? []
  return files
    .filter((file) => file.endsWith('.toml'))
    .map((file) => file.slice(0, -'.toml'.length))
    .sort()
}

async function readText(path: string, filename: string): Promise<string | null> {
  // A folder of that name, or a file on the way: there is no plan here.
  const found = await ignoring(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EACCES', 'ELOOP'], stat(path))
  if (found?.isDirectory() === true) return null
  return await writtenText(path, { filename, code: CODES.invalid })
}

async function notFound(
  root: string,
  asked: { nameOrPath: string; relative: string },
): Promise<QuintetError> {
  const names = await planNames(root)
  const meant = nearest(asked.nameOrPath, names)
  const there =
    names.length === 0
      ? { text: 'There is no plan yet; this writes a first one.', command: 'quintet init' }
      : {
          text: `There ${names.length === 1 ? 'is one plan' : `are ${names.length} plans`}: ${names.join(', ')}.`,
          command: 'quintet plan list',
        }
  const near =
    meant === null ? [] : [{ text: `Perhaps ${meant} was meant.`, command: `quintet plan check ${meant}` }]
  return new QuintetError('E_PLAN_NOT_FOUND', 'usage', `There is no plan at ${asked.relative}.`, {
    hints: [...near, there],
    details: { plans: names },
  })
}
