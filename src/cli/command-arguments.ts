// Arguments and options that several commands take, as data.
import type { ArgumentSpec, OptionSpec } from './command.ts'

export const SESSION: ArgumentSpec = {
  name: '<session>',
  summary: 'its number, its piece, or <run>/<piece>',
  completes: 'sessions',
}
export const RUN: ArgumentSpec = {
  name: '[run]',
  summary: 'default: the newest unfinished run, else the newest',
  completes: 'runs',
}
export const RUN_OPTION: OptionSpec = { flags: '--run <run>', summary: RUN.summary, completes: 'runs' }
