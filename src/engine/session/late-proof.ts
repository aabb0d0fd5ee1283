// The whole look at a workspace that stood ready when the session got it, for which the claim had no time: before anybody
// works in it, whoever that is.
import type { Repository } from '../../git/repository.ts'
import { proveClaim } from '../../workspace/pool/prove.ts'
import type { ClaimProof } from '../../workspace/pool/slot.ts'
import type { Services } from '../services.ts'
import type { SessionSpec } from './spec.ts'

interface ProofServices {
  readonly repo: Repository
  readonly config: Services['config']
}

/** Saves and takes out what somebody has left in a workspace that was claimed; done once, `clean` ever after. Throws
 *  `E_NOT_SAVED`, `E_DISK_FULL`. */
export function proveOwn(
  { repo, config }: ProofServices,
  { name, branch, marker }: Pick<SessionSpec, 'name' | 'branch' | 'marker'>,
  { path, signal }: { readonly path: string; readonly signal: AbortSignal },
): Promise<ClaimProof> {
  const coordinationFolder = config.coordination_folder
  return proveClaim({ repo, ...name, path, branch, marker, coordinationFolder }, signal)
}
