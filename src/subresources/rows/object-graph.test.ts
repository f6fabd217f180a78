import { objectGraphRows } from './object-graph.ts';
import { get, running, testAnswers, vm } from '../testing/answers.ts';
import { podAt } from '../testing/world.ts';

const graph = { on: ['ObjectGraph'] };

testAnswers(objectGraphRows, [
  {
    name: 'graph without its gate',
    path: 'objectgraph',
    ...get,
    vmi: running,
    want: [400, /^ObjectGraph feature gate not enabled: Unable to return object graph\.$/],
  },
  {
    name: 'graph of a VMI',
    path: 'objectgraph',
    ...get,
    vmi: running,
    pods: [podAt('192.0.2.1')],
    gates: graph,
    want: [200, /"kind":"Pod","name":"pod"/],
  },
  {
    name: 'graph of a VM',
    path: 'objectgraph',
    of: 'vm',
    ...get,
    vm,
    gates: graph,
    want: [200, /"kind":"VirtualMachineInstance"/],
  },
  { name: 'graph of nothing', path: 'objectgraph', of: 'vm', ...get, gates: graph, want: [404] },
]);
