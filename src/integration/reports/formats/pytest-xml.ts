// The JUnit XML of pytest. Pure.
import { namedReport, testCase, type TestCase, type TestReport } from '../tests.ts'
import { parseJunit } from './junit.ts'

/** Parses the XML of pytest with `junit_family=xunit1`; names become what follows the file in pytest's own ids. */
export function parsePytestXml(text: string, cwd: string): TestReport {
  const report = parseJunit(text, cwd)
  if (report.kind === 'unnamed') return report
  return namedReport(report.tests.map(nodeCase))
}

/** JUnit has `dotted.module.Class name`; a module that cannot be imported is a case with the module's name alone. */
function nodeCase({ file, name, outcome, message }: TestCase): TestCase {
  if (file === null) return testCase({ file, name }, outcome, message)
  const module = file.replace(/\.py$/, '').replaceAll('/', '.')
  if (name === module) return testCase({ file, name: '' }, outcome, message)
  const inner = name.startsWith(`${module} `)
    ? name.slice(module.length + 1)
    : name.startsWith(`${module}.`)
      ? classes(name.slice(module.length + 1))
      : name
  return testCase({ file, name: inner }, outcome, message)
}

/** `Outer.Inner test_x[a b]` as `Outer::Inner::test_x[a b]`. */
function classes(name: string): string {
  const space = name.indexOf(' ')
  if (space === -1) return name
  return `${name.slice(0, space).replaceAll('.', '::')}::${name.slice(space + 1)}`
}
