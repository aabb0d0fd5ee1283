// JUnit's XML, in the dialects of pytest, node:test, jest-junit, surefire, gradle, phpunit, rspec, go-junit-report, dotnet and
// others. Pure. Declarations of entities are refused, not only left alone; no entity is ever replaced by more than a character.
import { parseXml, XmlElement, type XmlDocument } from '@rgrove/parse-xml'
import { below, namedReport, testCase, type TestCase, type TestReport } from '../tests.ts'
import { plain } from './text.ts'

/** Characters that XML cannot hold, raw or as references: reporters write them all the same, from coloured messages. */
const FORBIDDEN =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|&#(?:x(?:0*(?:[0-8bcef]|1[0-9a-f])|fff[ef])|0*(?:[0-8]|1[124-9]|2\d|3[01]));/gi
/** What tests have printed, the bulk of many a report. */
const PRINTED = /<system-(out|err)\b[^>]*>(?:<!\[CDATA\[[\s\S]*?\]\]>|[^<])*<\/system-\1>/g
/** Before the first element. */
const DECLARES = /^[^<]*(?:<\?.*?\?>[^<]*|<!--.*?-->[^<]*)*<!DOCTYPE[^>]*\[/s

/** Parses a report; unnamed when it is not well-formed, or is none. */
export function parseJunit(text: string, cwd: string): TestReport {
  const root = rootOf(text)
  return root === null || !isReport(root) ? { kind: 'unnamed' } : namedReport(cases(root, [], cwd))
}

/** The same for one of several files: null when it is XML of another kind, such as a coverage report beside it. */
export function parseJunitFile(text: string, cwd: string): TestReport | null {
  const root = rootOf(text)
  return root !== null && !isReport(root) ? null : parseJunit(text, cwd)
}

function isReport({ name }: XmlElement): boolean {
  return name === 'testsuites' || name === 'testsuite'
}

function rootOf(text: string): XmlElement | null {
  const clean = plain(text.replaceAll(PRINTED, '')).replaceAll(FORBIDDEN, '')
  return DECLARES.test(clean) ? null : (parsed(clean)?.root ?? null)
}

function parsed(text: string): XmlDocument | undefined {
  try {
    return parseXml(text, { ignoreUndefinedEntities: true })
  } catch (error) {
    // Elements within elements without end.
    if (error instanceof RangeError) return undefined
    if (error instanceof Error && 'pos' in error) return undefined
    throw error
  }
}

function cases(element: XmlElement, groups: readonly string[], cwd: string): readonly TestCase[] {
  return elements(element).flatMap((child) => {
    if (child.name === 'testcase') return [oneCase(child, { groups, suite: element, cwd })]
    // Only a suite within a suite is a group of tests: the outermost one is the run, or the file.
    if (child.name !== 'testsuite') return []
    const inner = element.name === 'testsuite' ? [...groups, child.attributes['name'] ?? ''] : groups
    return [...ownFailure(child, groups, cwd), ...cases(child, inner, cwd)]
  })
}

interface Place {
  readonly groups: readonly string[]
  readonly suite: XmlElement
  readonly cwd: string
}

function oneCase(element: XmlElement, { groups, suite, cwd }: Place): TestCase {
  const { name: title = '', file } = element.attributes
  const name = title.trim()
  const bad = failureOf(element)
  const skipped = elements(element).some((child) => child.name === 'skipped')
  const outcome = bad === undefined ? (skipped ? 'skipped' : 'passed') : 'failed'
  const owner = className(element, suite).trim()
  // Some repeat the one in the other.
  const own = name.startsWith(owner) || name.endsWith(` ${owner}`) ? [name.trim()] : [owner, name]
  const place = {
    file: file === undefined ? null : below(cwd, file),
    name: [...withoutRepeated(groups, own), ...own].filter((part) => part !== '').join(' '),
  }
  return testCase(place, outcome, bad === undefined ? undefined : messageOf(bad))
}

/** A suite that fails without a test: it cannot be set up. */
function ownFailure(suite: XmlElement, groups: readonly string[], cwd: string): readonly TestCase[] {
  const bad = failureOf(suite)
  if (bad === undefined) return []
  const { name = '', file } = suite.attributes
  const place = {
    file: file === undefined ? null : below(cwd, file),
    name: [...groups, name].join(' ').trim(),
  }
  return place.name === '' && place.file === null ? [] : [testCase(place, 'failed', messageOf(bad))]
}

function failureOf(element: XmlElement): XmlElement | undefined {
  return elements(element).find((child) => child.name === 'failure' || child.name === 'error')
}

/** Where no class is named the suite is what tells two tests of one name apart, and so it is where only the last part of a
 *  package is. */
function className(element: XmlElement, suite: XmlElement): string {
  const { classname = '', file } = element.attributes
  const { name = '' } = suite.attributes
  if (classname === '') return file === undefined ? name : ''
  return name.endsWith(`/${classname}`) ? name : classname
}

/** Groups that the class or the test has in its own name, in the way of its language. */
function withoutRepeated(groups: readonly string[], own: readonly string[]): readonly string[] {
  const name = dotted(own.join('.'))
  return groups.filter(
    (group) => !own.includes(group) && !(/[\\.]|::/.test(group) && name.includes(dotted(group))),
  )
}

function dotted(text: string): string {
  return text.replaceAll(/\\+|::/g, '.')
}

function messageOf(element: XmlElement): string {
  const { message = '' } = element.attributes
  const { text } = element
  return text.includes(message) ? text : `${message}\n${text}`
}

function elements(element: XmlElement): readonly XmlElement[] {
  return element.children.filter((child) => child instanceof XmlElement)
}
