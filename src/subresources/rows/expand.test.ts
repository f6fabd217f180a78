import { expandRows } from './expand.ts';
import { get, put, testAnswers } from '../testing/answers.ts';

testAnswers(expandRows, [
  {
    name: 'expansion of nothing',
    path: 'expand-spec',
    of: 'vm',
    ...get,
    want: [404, /virtualmachine.kubevirt.io "vm" not found/],
  },
  {
    name: 'expansion of what is no VM',
    path: '/namespaces/ns/expand-vm-spec',
    ...put,
    body: { kind: 'Pod' },
    want: [400],
  },
]);
