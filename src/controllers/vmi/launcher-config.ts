/** What a launcher pod depends on beside its VMI. */
import type { ClusterConfig } from '../../api/cluster-config.ts';

export interface LauncherConfig {
  /** Our image: the launcher's. */
  readonly image: string;
  /** Names of secrets, in the VMI's namespace, that our image is pulled with. */
  readonly imagePullSecrets: readonly string[];
  readonly cluster: ClusterConfig;
}
