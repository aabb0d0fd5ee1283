// The ownership map in force: the plan of a run and the grants in its log. It is asked for anew each time, and compiled
// anew only when a path has moved.
import * as v from 'valibot'
import { FACTS } from '../../contract/facts.ts'
import { ownershipInForce, type Grant, type OwnershipMap } from '../../scope/ownership.ts'
import type { Store } from '../../store/store.ts'
import { runWorkflowId } from '../names.ts'
import type { RunInput } from '../run/input.ts'

/** The last map of each run that this process has asked for, by store. */
const compiled = new WeakMap<Store, Map<string, { readonly key: string; readonly map: OwnershipMap }>>()

/** Grants of a run, oldest first. */
export function grantsOf(store: Store, run: string): readonly Grant[] {
  const grants: Grant[] = []
  for (const event of store.events({ stream: runWorkflowId(run), types: ['scope.granted'] })) {
    const { paths, to, by } = v.parse(FACTS['scope.granted'], event.data)
    grants.push({ paths, to, by })
  }
  return grants
}

/** Who owns what in a run at this moment. */
export function mapInForce(store: Store, run: RunInput, coordinationFolder: string): OwnershipMap {
  const grants = grantsOf(store, run.run)
  // The plan of a run never changes, and grants are only ever added.
  const key = `${grants.length} ${coordinationFolder}`
  const maps = compiled.get(store) ?? new Map<string, { key: string; map: OwnershipMap }>()
  compiled.set(store, maps)
  const known = maps.get(run.run)
  if (known?.key === key) return known.map
  const map = ownershipInForce(run.plan, grants, { coordinationFolder, ignoreCase: run.ignoreCase })
  maps.set(run.run, { key, map })
  return map
}
