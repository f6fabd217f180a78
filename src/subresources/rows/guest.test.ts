import { guestRows } from './guest.ts';
import { devices, get, running, scheduled, testAnswers } from '../testing/answers.ts';
import { vmiOf } from '../testing/world.ts';

const withAgent = vmiOf('Running', ['AgentConnected']);

testAnswers(guestRows, [
  {
    name: 'guestosinfo of nothing',
    path: 'guestosinfo',
    ...get,
    want: [500, /^virtualmachineinstance.kubevirt.io "vm" not found$/],
  },
  {
    name: 'guestosinfo of what does not run',
    path: 'guestosinfo',
    ...get,
    vmi: scheduled,
    want: [500, /VMI is not running/],
  },
  {
    name: 'guestosinfo without an agent',
    path: 'guestosinfo',
    ...get,
    vmi: running,
    want: [500, /VMI does not have guest agent connected/],
  },
  {
    name: 'userlist without an agent',
    path: 'userlist',
    ...get,
    vmi: running,
    want: [500, /VMI does not have guest agent connected/],
  },
  {
    name: 'filesystemlist without a node agent',
    path: 'filesystemlist',
    ...get,
    vmi: withAgent,
    want: [500, /^no node agent runs/],
  },
  {
    name: 'screenshot without a screen',
    path: 'vnc/screenshot',
    ...get,
    vmi: devices('Running', { autoattachGraphicsDevice: false }),
    want: [500, /^No graphics devices are present\.$/],
  },
  {
    name: 'screenshot of what does not run',
    path: 'vnc/screenshot',
    ...get,
    vmi: scheduled,
    want: [500, /^VMI is not running$/],
  },
  { name: 'userlist of nothing', path: 'userlist', ...get, want: [500, /not found$/] },
]);
