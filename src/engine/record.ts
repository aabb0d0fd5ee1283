// Facts, typed: the only way the engine's effects write to the log.
import type { FactData, FactType } from '../contract/facts.ts'
import type { Json } from '../contract/json.ts'
import type { EffectContext } from './port.ts'

/** Records a fact under `<type>:<suffix>`; false when it was there already (the effect ran before a crash). */
export function record<T extends FactType>(
  effect: EffectContext,
  type: T,
  suffix: string,
  data: FactData<T>,
): boolean {
  return effect.record({ type, key: `${type}:${suffix}`, data: toJson(data) })
}

/** A value as it will be read back. */
export function toJson(value: unknown): Json {
  const copy: Json = JSON.parse(JSON.stringify(value ?? null))
  return copy
}
