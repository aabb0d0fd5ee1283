// The ownership map behind a guard record. Pure.
import type { GuardRecord } from '../contract/guard.ts'
import { ownershipInForce, type OwnershipMap } from './ownership.ts'

/** The map in force when the record was written. */
export function recordedMap(
  record: Pick<GuardRecord, 'pieces' | 'shared' | 'grants' | 'coordinationFolder' | 'ignoreCase'>,
): OwnershipMap {
  const { pieces, shared, coordinationFolder, ignoreCase } = record
  const grants = record.grants.map(({ paths, to, by }) => ({
    paths,
    to,
    ...(by === undefined ? {} : { by }),
  }))
  return ownershipInForce({ pieces, shared }, grants, { coordinationFolder, ignoreCase })
}
