// JUnit XML in its dialects, and XML that is out to do harm.
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parseJunit, parseJunitFile } from '../../../src/integration/reports/formats/junit.ts'
import type { TestReport } from '../../../src/integration/reports/tests.ts'

const RECORDED = new URL('../../fixtures/integration/reports/', import.meta.url)

async function recorded(name: string): Promise<TestReport> {
  return parseJunit(await readFile(new URL(name, RECORDED), 'utf8'), '/repo')
}

/** `failed <id>`, one line a test. */
function lines(report: TestReport): readonly string[] {
  return report.kind === 'unnamed' ? ['unnamed'] : report.tests.map(({ id, outcome }) => `${outcome} ${id}`)
}

function messages(report: TestReport): readonly string[] {
  return report.kind === 'unnamed' ? [] : report.tests.flatMap(({ message }) => message ?? [])
}

test('maven: errors are failures, and a class that cannot be set up has its own name', async () => {
  const report = await recorded('surefire.xml')
  expect(lines(report)).toEqual([
    'failed org.example.CartTest breaks',
    'passed org.example.CartTest adds',
    'passed org.example.CartTest each(String)[1]',
    'failed org.example.CartTest each(String)[2]',
    'skipped org.example.CartTest later',
    'failed org.example.CartTest throwsUp',
    'passed org.example.CartTest$Inner adds',
  ])
  expect(messages(report)[0]).toMatch(/no <x> & y ==> expected: <1> but was: <2>/)
  expect(lines(await recorded('surefire-setup.xml'))).toEqual(['failed org.example.SetupTest'])
})

test('gradle', async () => {
  expect(lines(await recorded('gradle.xml'))).toEqual([
    'passed org.example.CartTest adds()',
    'failed org.example.CartTest [2] b c',
    'skipped org.example.CartTest later()',
    'failed org.example.SetupTest initializationError',
  ])
})

test('phpunit: suites within suites', async () => {
  expect(lines(await recorded('phpunit.xml'))).toEqual([
    'passed tests/CartTest.php > unit App.Tests.CartTest testAdds',
    'passed tests/CartTest.php > unit App.Tests.CartTest testEach with data set #0',
    'failed tests/CartTest.php > unit App.Tests.CartTest testEach with data set "a & b"',
    'failed tests/CartTest.php > unit App.Tests.CartTest testThrows',
    'skipped tests/CartTest.php > unit App.Tests.CartTest testLater',
  ])
})

test('jest-junit and mocha-junit-reporter: a name that is written twice is told once', async () => {
  expect(lines(await recorded('jest-junit.xml'))).toEqual([
    'passed outer inner adds',
    'failed outer inner breaks (x) [1]',
    'skipped outer inner later',
    'passed top',
  ])
  const mocha = await recorded('mocha-junit.xml')
  expect(lines(mocha)).toEqual([
    'passed top',
    'passed outer inner adds',
    'failed outer inner breaks (x) [1]',
    'passed outer inner says',
    'failed outer hooked "before all" hook for "never"',
  ])
  expect(messages(mocha)[0]).toMatch(/^Error: no .*red.* <x>/)
})

test('rspec, go-junit-report and dotnet', async () => {
  expect(lines(await recorded('rspec.xml'))).toEqual([
    'passed spec/cart_spec.rb > spec.cart_spec Cart adds',
    'failed spec/cart_spec.rb > spec.cart_spec Cart with "a" breaks',
    'skipped spec/cart_spec.rb > spec.cart_spec Cart is done later',
  ])
  const go = await recorded('go-junit.xml')
  expect(lines(go)).toEqual([
    'passed example.org/shop/cart TestAdds',
    'failed example.org/shop/cart TestBreaks',
    'failed example.org/shop/cart TestBreaks/a_b',
    'skipped example.org/shop/cart TestLater',
    'passed example.org/shop/cart/sub TestAdds',
  ])
  expect(messages(go)[1]).toContain('no <x> & ]]>')
  expect(lines(await recorded('dotnet.xml'))).toEqual([
    'passed Shop.Tests.CartTests Adds',
    'failed Shop.Tests.CartTests Each(text: "b < c", count: 2)',
    'skipped Shop.Tests.CartTests Later',
  ])
})

test('where no class is named, or only its last part, the suite tells tests apart', () => {
  const suites = (attributes: string): string =>
    `<testsuites>${['x/a', 'y/a'].map((name) => `<testsuite name="${name}"><testcase ${attributes} name="works"/></testsuite>`).join('')}</testsuites>`
  for (const attributes of ['', 'classname=""', 'classname="a"'])
    expect(lines(parseJunit(suites(attributes), '/'))).toEqual(['passed x/a works', 'passed y/a works'])
})

test('a suite that fails without a test, and a test that was only flaky', () => {
  const xml = `<testsuites><testsuite name="a"><error message="no set-up"/></testsuite>
    <testsuite name="b"><testcase classname="B" name="c"><flakyFailure message="once"/></testcase></testsuite></testsuites>`
  expect(lines(parseJunit(xml, '/'))).toEqual(['failed a', 'passed B c'])
})

test('entities are refused, and markup without end or bottom is no report', () => {
  const laughs = `<?xml version="1.0"?><!-- a --><!DOCTYPE testsuite [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>
    <testsuite><testcase name="&b;"/></testsuite>`
  const outside = `<!DOCTYPE testsuite [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&x;"/></testsuite>`
  for (const xml of [laughs, outside]) expect(parseJunit(xml, '/')).toEqual({ kind: 'unnamed' })
  const deep = 200_000
  expect(parseJunit('<testsuite>'.repeat(deep) + '</testsuite>'.repeat(deep), '/')).toEqual({
    kind: 'unnamed',
  })
  expect(parseJunit('<testsuite>'.repeat(deep), '/')).toEqual({ kind: 'unnamed' })
  const harmless = `<testsuite><testcase name="a"><failure><![CDATA[<!DOCTYPE b [<!ENTITY c "d">]>]]></failure></testcase></testsuite>`
  expect(lines(parseJunit(harmless, '/'))).toEqual(['failed a'])
})

test('what was printed is left out before anything is parsed', () => {
  const printed = `<system-out><![CDATA[${'<testcase name="x">'.repeat(1_000)}</system-out>]]></system-out>`
  const xml = `<testsuite name="s">${printed}<testcase classname="c" name="a"/><system-err>&lt;x</system-err></testsuite>`
  expect(lines(parseJunit(xml, '/'))).toEqual(['passed c a'])
})

test('of several files those of another kind do not count', () => {
  expect(parseJunitFile('<coverage><package/></coverage>', '/')).toBeNull()
  expect(parseJunitFile('<testsuite><testcase', '/')).toEqual({ kind: 'unnamed' })
})
