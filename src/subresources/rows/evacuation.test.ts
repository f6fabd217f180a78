import type { Vmi } from '../../api/types.ts';
import { evacuationRows } from './evacuation.ts';
import { put, running, testAnswers } from '../testing/answers.ts';
import { vmOf } from '../testing/world.ts';

const leaving: Vmi = { ...running, status: { ...running.status, evacuationNodeName: 'node' } };

testAnswers(evacuationRows, [
  { name: 'evacuation that nobody asked for', path: 'evacuate/cancel', ...put, vmi: running, want: [200] },
  {
    name: 'evacuation that is taken back',
    path: 'evacuate/cancel',
    ...put,
    vmi: leaving,
    body: { evacuationNodeName: 'node' },
    want: [200],
  },
  {
    name: 'evacuation of a VM without an instance',
    path: 'evacuate/cancel',
    of: 'vm',
    ...put,
    vm: vmOf({ status: {} }),
    want: [409, /VMI is not started/],
  },
  {
    name: 'evacuation with a body that is none',
    path: 'evacuate/cancel',
    ...put,
    vmi: leaving,
    body: '[',
    want: [400],
  },
]);
