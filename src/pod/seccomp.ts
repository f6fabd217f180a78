/** The seccomp profile that the node agent puts in place and launcher pods name. Pure. */
import type { VmiSpec } from '../api/types.ts';

/** File below the kubelet's folder of profiles. */
export const passtProfile = 'monovirt/passt.json';

/** Whether a guest's launcher needs it: passt shuts itself into namespaces of its own. */
export const needsPasstProfile = ({ domain }: VmiSpec): boolean =>
  domain.devices.interfaces?.some(({ passtBinding }) => passtBinding !== undefined) === true;
