import { constants } from 'node:os'
import { describe, expect, it } from 'vitest'
import { gently, promptly } from '../../src/process/gentle.ts'
import { run } from '../../src/process/run.ts'

const priority = async (): Promise<number> => {
  // Its own child tells: that is what the priority is handed on to.
  const inner = `console.log(require('os').getPriority())`
  const code = `process.stdin.resume(); process.stdin.on('end', () => console.log(require('child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(inner)}]).toString()))`
  const { stdout } = await run(process.execPath, ['-e', code], { cwd: '/', input: 'x' })
  return Number(stdout.toString('utf8').trim())
}

describe('gently', () => {
  it('starts children with the lowest priority, and theirs; others are started as ever', async () => {
    const [gentle, ordinary] = await Promise.all([gently(priority), priority()])
    expect(gentle).toBe(constants.priority.PRIORITY_LOW)
    expect(ordinary).toBeLessThan(constants.priority.PRIORITY_LOW)
  })

  it('does not reach what others wait for', async () => {
    const [prompt, after] = await gently(async () => [await promptly(priority), await priority()])
    expect(prompt).toBeLessThan(constants.priority.PRIORITY_LOW)
    expect(after).toBe(constants.priority.PRIORITY_LOW)
  })
})
