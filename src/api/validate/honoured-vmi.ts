/** What this release honours of a VMI's spec. */
import type { Cause } from './cause.ts';
import { devices } from './honoured/devices.ts';
import { domain } from './honoured/domain.ts';
import { network } from './honoured/network.ts';
import { pod } from './honoured/pod.ts';
import { storage } from './honoured/storage.ts';
import type { SpecContext } from './rule.ts';
import { honoured, unsupported } from './unsupported.ts';

const areas = [domain, devices, storage, network, pod];
const table = honoured(areas.flatMap(({ paths }) => paths.trim().split(/\s+/)));
const remedies = Object.assign({}, ...areas.map((area) => area.remedies)) as Readonly<Record<string, string>>;

export function fieldsAreHonoured({ spec, path }: SpecContext): Cause[] {
  return unsupported(spec, path, table, { remedies, emptyMatters: true });
}
