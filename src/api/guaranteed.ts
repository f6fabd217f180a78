/** Whether a guest's pod is to be of the class Guaranteed. Pure. */
import { parseQuantity } from './quantity.ts';
import type { VmiSpec } from './types.ts';

/** In such a pod every container requests what it is limited to. */
export function isGuaranteed({ domain }: VmiSpec): boolean {
  const { requests = {}, limits = {} } = domain.resources ?? {};
  const same = (name: 'cpu' | 'memory'): boolean => {
    const [wanted, most] = [requests[name] ?? '0', limits[name] ?? '0'].map(parseQuantity);
    return wanted !== undefined && wanted > 0n && wanted === most;
  };
  return domain.cpu?.dedicatedCpuPlacement === true || (same('cpu') && same('memory'));
}
