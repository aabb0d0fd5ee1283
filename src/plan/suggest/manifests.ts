// Manifests of packages, by their names. Pure.
const MANIFEST =
  /(?:^|\/)(?:package\.json|Cargo\.toml|go\.mod|pyproject\.toml|composer\.json|Gemfile|pnpm-workspace\.yaml)$/

/** Whether a path is that of a manifest. */
export function isManifestPath(path: string): boolean {
  return MANIFEST.test(path)
}
