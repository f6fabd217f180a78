import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultConfig } from '../cluster-config.ts';
import { testRules } from '../testing/rules.ts';
import type { Row } from '../testing/rules.ts';
import { specWith } from '../testing/vmi.ts';
import * as credentials from './credentials.ts';
import * as dns from './dns.ts';
import * as pod from './pod.ts';
import * as probes from './probes.ts';
import { validateVmiSpec } from './vmi.ts';

const nics = 'domain.devices.interfaces';
const source = { secret: { secretName: 'keys' } };
const key = (propagationMethod: object, from: object = source) => ({
  accessCredentials: [{ sshPublicKey: { source: from, propagationMethod } }],
});

const rows: Row[] = [
  {
    name: 'hostNamesAreLabels: hostname',
    set: { hostname: 'A' },
    field: 'hostname',
    says: /does not conform to the kubernetes DNS_LABEL rules/,
  },
  { name: 'hostNamesAreLabels: subdomain', set: { subdomain: 'a.b' }, field: 'subdomain' },
  { name: 'schedulingNamesAreNames', set: { priorityClassName: 'High!' }, field: 'priorityClassName' },
  {
    name: 'graceIsNotNegative',
    set: { terminationGracePeriodSeconds: -1 },
    field: 'terminationGracePeriodSeconds',
  },
  {
    name: 'evictionStrategyIsKnown',
    set: { evictionStrategy: 'Pray' },
    field: 'evictionStrategy',
    says: /is set with an unrecognized option: Pray/,
  },
  {
    name: 'startStrategyIsKnown: unknown',
    set: { startStrategy: 'Asleep' },
    field: 'startStrategy',
    says: /is set with an unrecognized option: Asleep/,
  },
  {
    name: 'startStrategyIsKnown: probe',
    set: { startStrategy: 'Paused', livenessProbe: { tcpSocket: { port: 1 } } },
    field: 'startStrategy',
    says: /Pausing VMI with LivenessProbe is not supported/,
  },
  {
    name: 'serviceAccountIsAName',
    set: { serviceAccountName: 'No One' },
    field: 'serviceAccountName',
    says: /is not a valid service account name/,
  },
  {
    name: 'oneServiceAccount',
    set: {
      serviceAccountName: 'a',
      'volumes[0]': { name: 'root', serviceAccount: { serviceAccountName: 'b' } },
    },
    field: 'serviceAccountName',
    says: /must reference the same service account/,
  },
  {
    name: 'utilityVolumesComeLater',
    set: { utilityVolumes: [{ name: 'u', claimName: 'c' }] },
    field: 'utilityVolumes',
  },
  {
    name: 'dnsPolicyIsKnown',
    set: { dnsPolicy: 'Guess' },
    type: 'FieldValueNotSupported',
    field: 'dnsPolicy',
    says: /DNSPolicy: Guess is not supported, valid values/,
  },
  {
    name: 'dnsNoneHasServers: nothing',
    set: { dnsPolicy: 'None' },
    type: 'FieldValueRequired',
    field: 'dnsConfig',
    says: /must provide `dnsConfig` when `dnsPolicy` is None/,
  },
  {
    name: 'dnsNoneHasServers: no server',
    set: { dnsPolicy: 'None', dnsConfig: {} },
    type: 'FieldValueRequired',
    field: 'dnsConfig.nameservers',
    says: /must provide at least one DNS nameserver when `dnsPolicy` is None/,
  },
  {
    name: 'dnsConfigIsBounded: servers',
    set: { dnsConfig: { nameservers: ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'] } },
    field: 'dnsConfig.nameservers',
  },
  {
    name: 'dnsConfigIsBounded: searches',
    set: { dnsConfig: { searches: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] } },
    field: 'dnsConfig.searches',
  },
  {
    name: 'dnsServersAreAddresses',
    set: { dnsConfig: { nameservers: ['dns.example'] } },
    field: 'dnsConfig.nameservers[0]',
  },
  {
    name: 'dnsSearchesAreNames',
    set: { dnsConfig: { searches: ['good.example.', 'bad_one'] } },
    field: 'dnsConfig.searches[1]',
  },
  {
    name: 'dnsOptionsAreNamed',
    set: { dnsConfig: { options: [{ value: '2' }] } },
    field: 'dnsConfig.options[0].name',
  },
  {
    name: 'probeHasOneHandler: none',
    set: { readinessProbe: {} },
    type: 'FieldValueRequired',
    field: 'readinessProbe',
    says: /^either spec\.readinessProbe\.tcpSocket/,
  },
  {
    name: 'probeHasOneHandler: two',
    set: { readinessProbe: { tcpSocket: { port: 1 }, httpGet: { port: 1 } } },
    field: 'readinessProbe',
    says: /must have exactly one probe type set/,
  },
  {
    name: 'networkProbeHasPodNetwork',
    set: {
      networks: undefined,
      [nics]: undefined,
      'domain.devices.autoattachPodInterface': false,
      livenessProbe: { tcpSocket: { port: 1 } },
    },
    field: 'livenessProbe.tcpSocket',
    says: /is only allowed if the Pod Network is attached/,
  },
  {
    name: 'probeNumbersAreNotNegative',
    set: { readinessProbe: { tcpSocket: { port: 1 }, initialDelaySeconds: -1 } },
    field: 'readinessProbe.initialDelaySeconds',
  },
  {
    name: 'livenessSucceedsOnce',
    set: { livenessProbe: { tcpSocket: { port: 1 }, successThreshold: 2 } },
    field: 'livenessProbe.successThreshold',
  },
  {
    name: 'probePortIsAPort: number',
    set: { readinessProbe: { tcpSocket: { port: 65_536 } } },
    field: 'readinessProbe.tcpSocket.port',
  },
  {
    name: 'probePortIsAPort: name',
    set: { livenessProbe: { httpGet: { port: '80' } } },
    field: 'livenessProbe.httpGet.port',
  },
  {
    name: 'credentialHasOneType: none',
    set: { accessCredentials: [{}] },
    field: 'accessCredentials[0]',
    says: /must have exactly one access credential type set/,
  },
  {
    name: 'credentialHasOneType: two',
    set: {
      accessCredentials: [
        {
          sshPublicKey: { source, propagationMethod: { noCloud: {} } },
          userPassword: { source, propagationMethod: { qemuGuestAgent: {} } },
        },
      ],
    },
    field: 'accessCredentials[0]',
  },
  {
    name: 'credentialHasOneSource',
    set: key({ noCloud: {} }, {}),
    field: 'accessCredentials[0].sshPublicKey.source',
    says: /must have exactly one source set/,
  },
  {
    name: 'credentialHasOneMethod',
    set: { accessCredentials: [{ userPassword: { source, propagationMethod: {} } }] },
    field: 'accessCredentials[0].userPassword.propagationMethod',
    says: /must have exactly one propagationMethod set/,
  },
  {
    name: 'credentialHasItsVolume',
    set: key({ configDrive: {} }),
    field: 'accessCredentials[0].sshPublicKey.propagationMethod',
    says: /requires a configDrive volume to exist when the configDrive propagationMethod is in use/,
  },
  {
    name: 'agentCredentialNamesUsers',
    set: key({ qemuGuestAgent: { users: [] } }),
    field: 'accessCredentials[0].sshPublicKey.propagationMethod.qemuGuestAgent.users',
    says: /requires at least one user to be present in the users list/,
  },
  {
    name: 'agentCredentialUsersAreNames: empty',
    set: key({ qemuGuestAgent: { users: ['ann', ''] } }),
    field: 'accessCredentials[0].sshPublicKey.propagationMethod.qemuGuestAgent.users[1]',
    says: /is no name of a user of the guest/,
  },
  {
    name: 'agentCredentialUsersAreNames: a path',
    set: key({ qemuGuestAgent: { users: ['../root'] } }),
    field: 'accessCredentials[0].sshPublicKey.propagationMethod.qemuGuestAgent.users[0]',
  },
  {
    name: 'agentCredentialUsersAreNames: too long',
    set: key({ qemuGuestAgent: { users: ['x'.repeat(257)] } }),
    field: 'accessCredentials[0].sshPublicKey.propagationMethod.qemuGuestAgent.users[0]',
  },
  {
    name: 'credentialSecretIsAName: empty',
    set: key({ noCloud: {} }, { secret: { secretName: '' } }),
    field: 'accessCredentials[0].sshPublicKey.source.secret.secretName',
    says: /is no name of a Secret/,
  },
  {
    name: 'credentialSecretIsAName: of a password',
    set: {
      accessCredentials: [
        {
          userPassword: {
            source: { secret: { secretName: 'A/B' } },
            propagationMethod: { qemuGuestAgent: {} },
          },
        },
      ],
    },
    field: 'accessCredentials[0].userPassword.source.secret.secretName',
  },
  {
    name: 'execProbeHasCommand: none',
    set: { readinessProbe: { exec: {} } },
    field: 'readinessProbe.exec.command',
    type: 'FieldValueRequired',
    says: /is empty: name a program/,
  },
  {
    name: 'execProbeHasCommand: no program',
    set: { livenessProbe: { exec: { command: ['', 'x'] } } },
    field: 'livenessProbe.exec.command',
    type: 'FieldValueRequired',
  },
  {
    name: 'execProbeCommandIsBounded: long',
    set: { livenessProbe: { exec: { command: ['sh', '-c', 'x'.repeat(16 * 1024)] } } },
    field: 'livenessProbe.exec.command',
    says: /at most 16384/,
  },
  {
    name: 'execProbeCommandIsBounded: a zero',
    set: { livenessProbe: { exec: { command: ['a\0b'] } } },
    field: 'livenessProbe.exec.command',
  },
];

testRules(rows, pod, dns, probes, credentials);

for (const evictionStrategy of ['None', 'LiveMigrate', 'LiveMigrateIfPossible', 'External']) {
  test(`accepted: evictionStrategy ${evictionStrategy}`, () => {
    const spec = specWith({ evictionStrategy });
    assert.deepEqual(validateVmiSpec({ spec, path: 'spec', config: defaultConfig }), []);
  });
}

test('accepted: SSH keys through cloud-init', () => {
  const spec = specWith(key({ noCloud: {} }));
  assert.deepEqual(validateVmiSpec({ spec, path: 'spec', config: defaultConfig }), []);
});

test('accepted: keys, passwords and probes by the guest agent', () => {
  const propagationMethod = { qemuGuestAgent: {} };
  const { accessCredentials } = key({ qemuGuestAgent: { users: ['ann', 'DOMAIN\\bob'] } });
  const spec = specWith({
    accessCredentials: [...(accessCredentials ?? []), { userPassword: { source, propagationMethod } }],
    readinessProbe: { exec: { command: ['cat', '/ready'] } },
    livenessProbe: { guestAgentPing: {} },
  });
  assert.deepEqual(validateVmiSpec({ spec, path: 'spec', config: defaultConfig }), []);
});

test('accepted: names and DNS of its own', () => {
  const spec = specWith({
    hostname: 'web',
    subdomain: 'farm',
    serviceAccountName: 'runner',
    dnsPolicy: 'None',
    dnsConfig: {
      nameservers: ['10.96.0.10', 'fd00::1'],
      searches: ['a.example'],
      options: [{ name: 'ndots' }],
    },
    readinessProbe: { httpGet: { port: 'web' } },
  });
  assert.deepEqual(validateVmiSpec({ spec, path: 'spec', config: defaultConfig }), []);
});
