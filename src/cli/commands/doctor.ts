import { toned, type Tone } from '../../tui/style.ts'
import { oneLine, pad } from '../../tui/text.ts'
import type { Invocation } from '../command.ts'
import { worst, type DoctorFinding, type Level } from '../doctor/finding.ts'
import { examine } from '../doctor/probes.ts'

const TONES: Readonly<Record<Level, Tone>> = { ok: 'good', warn: 'attention', fail: 'bad' }

/** Looks at the machine and the repository; 1 when something would break a run. */
export async function run({ cwd, output }: Invocation): Promise<number> {
  const findings = await examine(cwd)
  const verdict = worst(findings)
  output.answer({ verdict, findings }, () => findings.flatMap((finding) => lines(finding, output.colour)))
  return verdict === 'fail' ? 1 : 0
}

function lines({ check, level, text, command }: DoctorFinding, colour: boolean): string[] {
  const line = `${toned(pad(level, 4), TONES[level], colour)}  ${check}: ${oneLine(text)}`
  return command === undefined ? [line] : [line, `      → run: ${command}`]
}
