// A case of four pull requests in three areas, one of which reaches into another area.
import type { Case } from '../../../bench/webpack/case.ts'

const branch = (n: number, area: string, files: readonly string[]): Case['branches'][number] => ({
  branch: `pr/00${n}`,
  title: `Change ${n}`,
  head: String(n).repeat(40),
  area,
  files: [...files],
})

export const SMALL_CASE: Case = {
  schema: 1,
  base: { commit: 'c', tree: '0'.repeat(40) },
  areas: {
    S1: { label: 'deep', paths: ['lib/deep/**'] },
    S2: { label: 'top', paths: ['lib/*'] },
    S3: { label: 'rest', paths: ['everything else'] },
  },
  install: ['npm install'],
  tests: { command: "node mocha 'test/*.test.js' -R dot" },
  truth: {
    crossingAnArea: ['pr/003'],
    badAlone: ['pr/002'],
    interactions: [],
    largestGreenSets: [{ without: ['pr/002'], reinstall: true }],
  },
  branches: [
    branch(1, 'S1', ['lib/deep/a.js']),
    branch(2, 'S2', ['lib/b.js']),
    branch(3, 'S2', ['lib/c.js', 'test/c.test.js']),
    branch(4, 'S3', ['readme.md']),
  ],
}
