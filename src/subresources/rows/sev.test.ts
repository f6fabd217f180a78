import type { Vmi } from '../../api/types.ts';
import { sevRows } from './sev.ts';
import { get, put, running, testAnswers } from '../testing/answers.ts';
import { vmiOf } from '../testing/world.ts';

const attested = (phase: string, conditions: string[] = []): Vmi =>
  vmiOf(phase, conditions, {
    domain: { devices: {}, launchSecurity: { sev: { attestation: {} } } },
  });
const noSev = { off: ['WorkloadEncryptionSEV'] };
const session = { session: 'a', dhCert: 'b' };

testAnswers(sevRows, [
  {
    name: 'SEV without its gate',
    path: 'sev/fetchcertchain',
    ...get,
    vmi: running,
    gates: noSev,
    want: [400, /^'WorkloadEncryptionSEV' feature gate is not enabled$/],
  },
  {
    name: 'certificates before there is a node',
    path: 'sev/fetchcertchain',
    ...get,
    vmi: vmiOf('Pending'),
    want: [409, /VMI is not assigned to a node yet/],
  },
  {
    name: 'certificates without attestation',
    path: 'sev/fetchcertchain',
    ...get,
    vmi: running,
    want: [409, /Attestation not requested for VMI/],
  },
  {
    name: 'measurement of a guest that runs on',
    path: 'sev/querylaunchmeasurement',
    ...get,
    vmi: attested('Running'),
    want: [409, /VMI is not paused/],
  },
  {
    name: 'measurement',
    path: 'sev/querylaunchmeasurement',
    ...get,
    vmi: attested('Running', ['Paused']),
    want: [501, /attestation of confidential guests/],
  },
  {
    name: 'session without its blob',
    path: 'sev/setupsession',
    ...put,
    vmi: attested('Scheduled'),
    want: [400, /^Session blob is required$/],
  },
  {
    name: 'session without its certificate',
    path: 'sev/setupsession',
    ...put,
    vmi: attested('Scheduled'),
    body: { session: 'a' },
    want: [400, /^DH cert is required$/],
  },
  {
    name: 'session of what runs',
    path: 'sev/setupsession',
    ...put,
    vmi: attested('Running'),
    body: session,
    want: [409, /VMI is not in Scheduled phase/],
  },
  {
    name: 'session',
    path: 'sev/setupsession',
    ...put,
    vmi: attested('Scheduled'),
    body: session,
    want: [501],
  },
  {
    name: 'secret without attestation',
    path: 'sev/injectlaunchsecret',
    ...put,
    vmi: running,
    want: [409, /Attestation not requested/],
  },
]);
