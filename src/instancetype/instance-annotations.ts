/** What an instance says of where its size and its preferences come from. Pure. */
import type { FoundBoth } from './find/find.ts';
import { instancetypeRole, preferenceRole, resourceOf } from './find/matchers.ts';
import type { Role } from './find/matchers.ts';

/** KubeVirt's annotations, which tools and metrics read. */
export const instanceAnnotations = ({ instancetype, preference }: FoundBoth): Record<string, string> => ({
  ...named(instancetypeRole, instancetype),
  ...named(preferenceRole, preference),
});

function named(role: Role, found: FoundBoth['instancetype']): Record<string, string> {
  const { name, kind } = found?.ref ?? {};
  if (!name) return {};
  const clusterWide = resourceOf(role, kind) === role.inCluster;
  return { [clusterWide ? role.clusterAnnotation : role.annotation]: name };
}
