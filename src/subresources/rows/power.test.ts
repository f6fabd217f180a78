import { powerRows } from './power.ts';
import { put, running, testAnswers, vm } from '../testing/answers.ts';

testAnswers(powerRows, [
  {
    name: 'start of a VM that runs',
    path: 'start',
    of: 'vm',
    ...put,
    vm,
    vmi: running,
    want: [409, /VM is already running/],
  },
  {
    name: 'start of no VM',
    path: 'start',
    of: 'vm',
    ...put,
    want: [404, /virtualmachine.kubevirt.io "vm" not found/],
  },
  {
    name: 'stop with a body that is none',
    path: 'stop',
    of: 'vm',
    ...put,
    vm,
    body: '{"gracePeriod": "soon"}',
    want: [400, /^Can not unmarshal Request body to struct, error: gracePeriod/],
  },
  {
    name: 'restart of what does not run',
    path: 'restart',
    of: 'vm',
    ...put,
    vm,
    want: [409, /VM is not running/],
  },
]);
