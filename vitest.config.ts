import { defineConfig } from 'vitest/config'

/** Every lane runs real git and real processes; nothing is retried, and a test must not see the developer's own git configuration. */
const hermetic = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.invalid',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.invalid',
  GIT_ALLOW_PROTOCOL: 'file',
}

const lane = (name: string, include: string[], testTimeout: number) => ({
  test: {
    name,
    include,
    env: hermetic,
    pool: 'forks' as const,
    retry: 0,
    // A busy machine needs more than the second that is the default.
    expect: { poll: { timeout: 20_000 } },
    testTimeout,
    hookTimeout: testTimeout,
  },
})

export default defineConfig({
  test: {
    projects: [
      lane(
        'unit',
        [
          'test/**/*.test.ts',
          '!test/e2e/**',
          '!test/shared/**',
          '!test/properties/**',
          '!test/escape/**',
          '!test/agents-real/**',
        ],
        30_000,
      ),
      lane('e2e', ['test/e2e/**/*.test.ts'], 300_000),
      lane('properties', ['test/properties/**/*.test.ts'], 120_000),
      lane('escape', ['test/escape/**/*.test.ts'], 180_000),
      lane('agents', ['test/agents-real/**/*.test.ts'], 300_000),
      lane('shared', ['test/shared/**/*.test.ts'], 60_000),
    ],
  },
})
