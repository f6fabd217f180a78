/** Every route of the aggregated API, of which each version serves all. */
import type { Row } from '../route-row.ts';
import { clusterRows } from './cluster.ts';
import { evacuationRows } from './evacuation.ts';
import { expandRows } from './expand.ts';
import { guestRows } from './guest.ts';
import { laterRows } from './later.ts';
import { lifecycleRows } from './lifecycle.ts';
import { objectGraphRows } from './object-graph.ts';
import { powerRows } from './power.ts';
import { sevRows } from './sev.ts';
import { streamRows } from './streams.ts';

export const rows: readonly Row[] = [
  ...powerRows,
  ...lifecycleRows,
  ...streamRows,
  ...guestRows,
  ...evacuationRows,
  ...objectGraphRows,
  ...expandRows,
  ...laterRows,
  ...sevRows,
  ...clusterRows,
];
