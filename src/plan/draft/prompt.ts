// What a planner is told: the goal, what is known of the repository, the mechanical candidates, and the form of the answer.
// Answers are read in answer.ts and judged in judge.ts. Pure.
import { dump } from './excerpt.ts'

export interface PromptInput {
  readonly goal: string
  /** JSON texts. */
  readonly facts: string
  readonly candidates: string
}

/** Longer texts are cut: what a planner needs is in the first of it. */
const LONGEST = 60_000

/** The only prompt of a planner's session. */
export function plannerPrompt({ goal, facts, candidates }: PromptInput): string {
  return `You plan work for several coding sessions that will run at the same time in this repository. You only read; every
write is refused. Answer with one plan and nothing else.

# Goal

${goal}

# What a good plan is

- Every path has at most one owner: no path, there or still to be made, may be in the scope of two pieces.
- Every file that the goal is about is owned by exactly one piece; the operator gets only what the best candidate below
  leaves to it.
- It has as many pieces as the best candidate, each with files of the goal, and none with more than twice its share.
- Cut where little is changed together and little is imported across. Take the boundaries of the best candidate below
  unless the code says otherwise; your plan is held against its numbers.
- Few, short patterns with gitignore semantics, beginning with a slash: "/src/auth/" owns everything below it.
- Files that several pieces would touch (manifests, lock files, route tables, barrels) are not in a scope but shared:
  [[shared]] with policy = "owner" and an owner, or policy = "operator".
- Briefs say what is wrong now, what must be true at the end, and what must not change. A path in backticks must be owned by
  a piece, shared, or in its reads.
- depends_on only where a piece cannot begin without what another has made: pieces that wait for each other count as one.
- Keep target, setup, agent, checks and [integration] as the candidate has them.

# Form of the answer

One block that begins with \`\`\`toml and ends with \`\`\`: a whole plan file, with a comment above each piece that says
why it is cut like this. The keys of the candidates' plans are all that there are.

# What is known of the repository

${dump(facts, LONGEST)}

# Candidates, the best first, each with its numbers and its plan

${dump(candidates, LONGEST)}
`
}
