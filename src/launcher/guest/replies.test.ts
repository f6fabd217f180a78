import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as replies from './replies.ts';

const hostile = 'x'.repeat(100_000);

const rows: { name: string; got: () => unknown; want: unknown }[] = [
  {
    name: 'the agent tells its version and its commands',
    got: () =>
      replies.agentOf({
        version: '9.2.0',
        supported_commands: [{ name: 'guest-ping', enabled: true, 'success-response': true }, { name: 'x' }],
      }),
    want: {
      guestAgentVersion: '9.2.0',
      supportedCommands: [
        { name: 'guest-ping', enabled: true },
        { name: 'x', enabled: false },
      ],
    },
  },
  {
    name: 'the operating system under the names of KubeVirt',
    got: () =>
      replies.osOf({
        id: 'debian',
        'pretty-name': 'Debian 13',
        'version-id': '13',
        'kernel-release': '6.12',
      }),
    want: { id: 'debian', prettyName: 'Debian 13', versionId: '13', kernelRelease: '6.12' },
  },
  { name: 'the host name', got: () => replies.hostnameOf({ 'host-name': 'guest' }), want: 'guest' },
  { name: 'the time zone', got: () => replies.timezoneOf({ zone: 'CET', offset: 3600 }), want: 'CET, 3600' },
  { name: 'no time zone', got: () => replies.timezoneOf({}), want: undefined },
  {
    name: 'users with the time of their login in seconds',
    got: () => replies.usersOf([{ user: 'ann', domain: 'D', 'login-time': 1.5 }, { user: 'bob' }]),
    want: [{ userName: 'ann', domain: 'D', loginTime: 1.5 }, { userName: 'bob' }],
  },
  {
    name: 'interfaces with all their addresses, MAC addresses in lower case',
    got: () =>
      replies.interfacesOf([
        { name: 'lo', 'hardware-address': '00:00:00:00:00:00', 'ip-addresses': [{ 'ip-address': '::1' }] },
        {
          name: 'eth0',
          'hardware-address': '02:AA:00:00:00:01',
          'ip-addresses': [
            { 'ip-address': '10.0.2.2', 'ip-address-type': 'ipv4', prefix: 24 },
            { 'ip-address': 'fd10:0:2::2', 'ip-address-type': 'ipv6', prefix: 120 },
          ],
        },
        { name: 'eth1', 'hardware-address': '02:aa:00:00:00:02' },
      ]),
    want: [
      { name: 'lo', mac: '00:00:00:00:00:00', addresses: ['::1'] },
      { name: 'eth0', mac: '02:aa:00:00:00:01', addresses: ['10.0.2.2', 'fd10:0:2::2'] },
      { name: 'eth1', mac: '02:aa:00:00:00:02', addresses: [] },
    ],
  },
  {
    name: 'interfaces of a guest that lies: only what is one, and as many as a machine has',
    got: () =>
      replies
        .interfacesOf([
          {},
          { name: 'x', 'hardware-address': 'a:b' },
          {
            name: hostile,
            'hardware-address': '02:aa:00:00:00:01',
            'ip-addresses': [
              { 'ip-address': 'fe80::1%<script>' },
              { 'ip-address': 7 },
              'text',
              ...Array.from({ length: 100 }, () => ({ 'ip-address': '10.0.0.1' })),
            ],
          },
          ...Array.from({ length: 100 }, () => ({ name: 'y', 'hardware-address': '02:aa:00:00:00:02' })),
        ])
        .map(({ name, addresses }, index, { length }) =>
          index === 0 ? [name.length, addresses.length, length] : name,
        )
        .slice(0, 2),
    want: [[64, 32, 64], 'y'],
  },
  {
    name: 'file systems with their disks; what is not told of size is 0',
    got: () =>
      replies.fileSystemsOf([
        { name: 'vda1', mountpoint: '/', type: 'ext4', disk: [{ 'bus-type': 'virtio', serial: 's' }] },
        { name: 'vdb', mountpoint: '/b', type: 'xfs', 'used-bytes': 1, 'total-bytes': 2, disk: [] },
      ]),
    want: [
      {
        diskName: 'vda1',
        mountPoint: '/',
        fileSystemType: 'ext4',
        usedBytes: 0,
        totalBytes: 0,
        disk: [{ busType: 'virtio', serial: 's' }],
      },
      { diskName: 'vdb', mountPoint: '/b', fileSystemType: 'xfs', usedBytes: 1, totalBytes: 2 },
    ],
  },
  {
    name: 'texts are cut',
    got: () => replies.hostnameOf({ 'host-name': hostile })?.length,
    want: 1024,
  },
  {
    name: 'lists are cut',
    got: () => replies.usersOf(Array.from({ length: 100_000 }, () => ({ user: 'x' }))).length,
    want: 512,
  },
  {
    name: 'values of another kind are not said at all',
    got: () => [
      replies.osOf({ id: {}, name: 5 }),
      replies.osOf('debian'),
      replies.usersOf({ user: 'x' }),
      replies.usersOf([null, 5, { 'login-time': JSON.parse('1e400') }]),
      replies.fileSystemsOf([{ 'used-bytes': -1, 'total-bytes': 1e300 }])[0]?.totalBytes,
      replies.agentOf(null),
      replies.timezoneOf({ zone: 'CET', offset: '3600' }),
      replies.freezeStatusOf({}),
    ],
    want: [
      {},
      {},
      [],
      [{ userName: '' }, { userName: '' }, { userName: '' }],
      0,
      { supportedCommands: [] },
      undefined,
      undefined,
    ],
  },
  {
    name: 'an agent is supported that knows what KubeVirt asks',
    got: () =>
      [
        'guest-ping guest-get-time guest-info guest-shutdown guest-network-get-interfaces guest-get-fsinfo ' +
          'guest-get-host-name guest-get-users guest-get-timezone guest-get-osinfo',
        'guest-ping guest-info',
      ].map((names) =>
        replies.isSupported({ supportedCommands: names.split(' ').map((name) => ({ name, enabled: true })) }),
      ),
    want: [true, false],
  },
  {
    name: 'the answer is what is returned',
    got: () => replies.answerOf('{"return":"thawed"}'),
    want: 'thawed',
  },
];

for (const row of rows) test(row.name, () => assert.deepEqual(row.got(), row.want));
