import { clusterRows } from './cluster.ts';
import { get, testAnswers } from '../testing/answers.ts';
import type { Case } from '../testing/answers.ts';

testAnswers(clusterRows, [
  { name: 'version', path: '/version', ...get, want: [200, /"gitVersion":"v9.9.9"/] },
  {
    name: 'guestfs',
    path: '/guestfs',
    ...get,
    want: [501, /libguestfs-tools is not part of this release: name one with "virtctl guestfs --image"/],
  },
  { name: 'health', path: '/healthz', ...get, want: [200, /"connectivity":"ok"/] },
  ...['start', 'stop', 'dump'].map((verb): Case => ({
    name: `${verb} of the profiler`,
    path: `/${verb}-cluster-profiler`,
    ...get,
    want: [403, /^Unable to .* profiler.* "ClusterProfiler" feature gate must be enabled/],
  })),
]);
