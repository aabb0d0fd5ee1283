// The facts of the case: which pull requests there are, what they touch, and what was measured about them before.
import { readFile } from 'node:fs/promises'
import * as v from 'valibot'

const strings = v.array(v.string())

const CaseFile = v.object({
  schema: v.literal(1),
  base: v.object({ commit: v.string(), tree: v.string() }),
  areas: v.record(v.string(), v.object({ label: v.string(), paths: strings })),
  install: strings,
  tests: v.object({ command: v.string() }),
  truth: v.object({
    /** Branches that touch files of more than one area. */
    crossingAnArea: strings,
    /** Branches with which the tests are red whatever else is there. */
    badAlone: strings,
    /** Pairs that are red together. */
    interactions: v.array(strings),
    /** The largest sets of branches that are green together, by what they leave out. */
    largestGreenSets: v.array(v.object({ without: strings, reinstall: v.boolean() })),
  }),
  branches: v.array(
    v.object({
      branch: v.string(),
      title: v.string(),
      /** The upstream commit, named in the branch's commit message. */
      head: v.string(),
      area: v.string(),
      files: strings,
    }),
  ),
})

export type Case = v.InferOutput<typeof CaseFile>
export type CaseBranch = Case['branches'][number]

/** Reads a case file. Rejects when it is missing or of another form. */
export async function loadCase(file: string): Promise<Case> {
  return parseCase(await readFile(file, 'utf8'))
}

/** Parses a case file. Throws for any other form. */
export function parseCase(text: string): Case {
  return v.parse(v.pipe(v.string(), v.parseJson(), CaseFile), text)
}

/** The words of a command line in which some words stand in single quotes. */
export function commandWords(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}
