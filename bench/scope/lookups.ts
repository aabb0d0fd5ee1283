// How fast the ownership map answers: a large tree and many pieces, with scopes of folders, endings and deep patterns.
import type { OwnershipPlan } from '../../src/scope/ownership.ts'

/** A plan in which every piece owns some of the packages, and in each of them not everything. Pure. */
export function manyPieces(count: number, files: readonly string[]): OwnershipPlan {
  const packages = [...new Set(files.map((path) => path.split('/').slice(0, 2).join('/')))].filter((name) =>
    name.startsWith('packages/'),
  )
  const pieces = Array.from({ length: count }, (_, piece) => {
    const own = packages.filter((_name, index) => index % count === piece)
    return {
      id: `piece-${piece}`,
      scope: {
        include: [...own.map((name) => `/${name}/`), `/docs/piece-${piece}-*.md`, `tools/**/p${piece}-*.ts`],
        exclude: ['*.snap', '**/generated/'],
      },
    }
  })
  const shared = ['README.md', 'package.json', 'tsconfig.json'].map((path) => ({
    path,
    policy: 'operator' as const,
  }))
  return { pieces, shared }
}
