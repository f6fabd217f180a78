/** Each binding as its guest sees it: one boot a row, looked at from inside the guest and from another pod. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { apply } from './support/actions.ts';
import { testCluster } from './support/cluster.ts';
import type { TestCluster } from './support/cluster.ts';
import { eventually } from './support/eventually.ts';
import { bootGuest } from './support/guest.ts';
import type { BootedGuest, GuestOptions } from './support/guest.ts';
import { startToolbox } from './support/toolbox.ts';

/** Where test guests answer with their name and the address of who asks; and where the tool box does. */
const port = { guest: '7', toolbox: '7777' };
/** How long a guest's network may take after it has booted, in milliseconds. */
const soonMs = 20_000;
/** The bridge behind which a masqueraded guest is, as a router. */
const router = 'fe80::ff:fe00:1';

interface Row extends Pick<GuestOptions, 'interfaces' | 'networks'> {
  name: string;
  /** Addresses and router that the guest has; those of its pod where left out. */
  inside?: { ipv4: string; router: string; ipv6: string };
  mac?: string;
  /** A port that the guest serves and its pod does not pass on. */
  closed?: string;
}

const custom = {
  masquerade: {},
  macAddress: '02:00:00:00:00:a7',
  ports: [
    { port: 7, protocol: 'TCP' },
    { port: 7, protocol: 'UDP' },
  ],
  dhcpOptions: {
    bootFileName: 'boot/image.efi',
    tftpServerName: 'tftp.example.com',
    ntpServers: ['192.0.2.123'],
    privateOptions: [{ option: 240, value: 'mine' }],
  },
};

const rows: Row[] = [
  {
    name: 'masquerade',
    interfaces: [{ name: 'default', masquerade: {} }],
    inside: { ipv4: '10.0.2.2/24', router: '10.0.2.1', ipv6: 'fd10:0:2::2' },
  },
  {
    name: 'masquerade-custom',
    interfaces: [{ name: 'default', ...custom }],
    networks: [
      { name: 'default', pod: { vmNetworkCIDR: '192.168.40.0/28', vmIPv6NetworkCIDR: 'fd22:7::/112' } },
    ],
    inside: { ipv4: '192.168.40.2/28', router: '192.168.40.1', ipv6: 'fd22:7::2' },
    mac: '02:00:00:00:00:a7',
    closed: '8080',
  },
  {
    name: 'bridge',
    interfaces: [
      { name: 'default', bridge: {} },
      { name: 'lan', bridge: {} },
    ],
    networks: [
      { name: 'default', pod: {} },
      { name: 'lan', multus: { networkName: 'lan' } },
    ],
  },
];

/** A network beside the cluster's, on which the node is the router of nobody. */
const lan = {
  apiVersion: 'k8s.cni.cncf.io/v1',
  kind: 'NetworkAttachmentDefinition',
  metadata: { name: 'lan' },
  spec: {
    config: JSON.stringify({
      cniVersion: '1.0.0',
      name: 'lan',
      type: 'bridge',
      bridge: 'e2e-lan',
      isGateway: true,
      mtu: 1420,
      ipam: { type: 'host-local', dataDir: '/run/cni/e2e', ranges: [[{ subnet: '192.168.90.0/24' }]] },
    }),
  },
};

let cluster: TestCluster;
let toolbox: string[];

const ipsOf = (pod: { status?: { podIPs?: { ip?: string }[] } }): string[] =>
  (pod.status?.podIPs ?? []).flatMap(({ ip }) => ip ?? []);
const isIpv6 = (address: string): boolean => address.includes(':');

before(async () => {
  cluster = await testCluster('bindings');
  await Promise.all([startToolbox(cluster), apply(cluster, lan)]);
  await cluster.kubectl('exec', 'toolbox', '--', 'sh', '-c', `peer serve ${port.toolbox} >/dev/null 2>&1 &`);
  toolbox = ipsOf(JSON.parse(await cluster.kubectl('get', 'pod', 'toolbox', '-o', 'json')) as object);
  assert.equal(toolbox.length, 2, 'the cluster has IPv4 and IPv6');
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

const askGuest = (protocol: string, address: string, at = port.guest): Promise<string> =>
  cluster.kubectl('exec', 'toolbox', '--', 'peer', 'ask', protocol, address, at, 'hello');

for (const row of rows) {
  const { name, interfaces, networks, inside, closed } = row;
  describe(`a guest with ${name}`, () => {
    let guest: BootedGuest;
    let podIps: string[];
    /** At which the guest is reached. */
    let reached: string[];

    before(async () => {
      guest = await bootGuest(cluster, { name, interfaces: interfaces ?? [], ...(networks && { networks }) });
      podIps = ipsOf(await cluster.launcherPod(name));
      reached = inside === undefined ? podIps.filter((ip) => !isIpv6(ip)) : podIps;
    });

    after(async () => {
      await guest?.[Symbol.asyncDispose]();
      await cluster.kubectl('delete', 'virtualmachineinstance', name, '--wait=false');
    });

    test('has its IPv4 address and its router', async () => {
      const [podIpv4 = ''] = podIps.filter((ip) => !isIpv6(ip));
      const seen = await guest.run('ip -4 addr show dev eth0; ip -4 route');
      assert.ok(seen.includes(`inet ${inside?.ipv4 ?? `${podIpv4}/`}`), seen);
      assert.match(seen, /default via [0-9.]+ dev eth0/);
      if (inside !== undefined) assert.ok(seen.includes(`default via ${inside.router} `), seen);
    });

    test('has IPv6 as its binding says', async () => {
      if (inside === undefined) {
        const [podIpv6 = ''] = podIps.filter(isIpv6);
        assert.ok(!(await guest.run('ip -6 addr')).includes(podIpv6));
        await assert.rejects(
          askGuest('tcp', podIpv6),
          'nobody answers at an address that the guest does not have',
        );
        return;
      }
      await eventually(
        'the guest has asked for its address',
        async () => (await guest.run('ip -6 addr show dev eth0')).includes(`inet6 ${inside.ipv6}/`),
        soonMs,
      );
      assert.match(await guest.run('ip -6 route'), new RegExp(`default via ${router} dev eth0`));
    });

    test('has the MTU of its pod and the MAC address of the status', async () => {
      const mtu = await cluster.inPod(name, 'cat', '/sys/class/net/eth0/mtu');
      assert.equal(await guest.run('cat /sys/class/net/eth0/mtu'), mtu.trim());
      const [iface] = (await cluster.vmi(name)).status?.interfaces ?? [];
      assert.equal(await guest.run('cat /sys/class/net/eth0/address'), iface?.mac);
      if (row.mac !== undefined) assert.equal(iface?.mac, row.mac);
    });

    test('is shown with the addresses at which it is reached', async () => {
      const [iface] = (await cluster.vmi(name)).status?.interfaces ?? [];
      const { ipAddress, ipAddresses, linkState, podInterfaceName, queueCount } = iface ?? {};
      assert.deepEqual(
        { ipAddress, ipAddresses, linkState, podInterfaceName, queueCount },
        {
          ipAddress: reached[0],
          ipAddresses: reached,
          linkState: 'up',
          podInterfaceName: 'eth0',
          queueCount: 1,
        },
      );
    });

    test('is reached by TCP and UDP', async () => {
      for (const address of reached) {
        for (const protocol of ['tcp', 'udp']) {
          const answer = await eventually(
            `${protocol} at ${address}`,
            () => askGuest(protocol, address),
            soonMs,
          );
          assert.match(answer, new RegExp(`^${name} .* hello`));
        }
      }
    });

    test('reaches others by TCP, UDP and ping, under the addresses of its pod', async () => {
      for (const address of toolbox.filter((ip) => inside !== undefined || !isIpv6(ip))) {
        const [own = ''] = podIps.filter((ip) => isIpv6(ip) === isIpv6(address));
        for (const protocol of ['tcp', 'udp']) {
          const answer = await guest.run(`peer ask ${protocol} ${address} ${port.toolbox} hello`);
          assert.equal(answer, `toolbox ${own} hello`);
        }
        await guest.run(`${isIpv6(address) ? 'ping6' : 'ping'} -c 1 -W 5 ${address}`);
      }
    });

    test('looks names of Services up', async () => {
      const { spec } = JSON.parse(
        await cluster.kubectl('-n', 'default', 'get', 'service', 'kubernetes', '-o', 'json'),
      ) as { spec: { clusterIP: string } };
      const found = await guest.run('nslookup kubernetes.default.svc.cluster.local');
      assert.ok(found.includes(spec.clusterIP), found);
    });

    if ((interfaces?.length ?? 0) > 1) {
      test('is on its second network as the pod would be', async () => {
        const second = (await cluster.vmi(name)).status?.interfaces?.[1];
        assert.deepEqual([second?.name, second?.infoSource], ['lan', 'domain, multus-status']);
        const seen = await guest.run('ip -4 addr show dev eth1; cat /sys/class/net/eth1/address');
        assert.ok(seen.includes(`inet ${second?.ipAddress}/24`), seen);
        assert.ok(seen.includes(second?.mac ?? 'none'), seen);
        assert.match(seen, /mtu 1420/);
        await guest.run('ping -c 1 -W 5 192.168.90.1');
      });
    }

    if (closed !== undefined) {
      test('is not reached at a port that is not listed', async () => {
        await guest.run(`nc -w 5 127.0.0.1 ${closed} </dev/null`);
        for (const address of reached) await assert.rejects(askGuest('tcp', address, closed));
      });

      test('is told the DHCP options of its interface', async () => {
        const script = `printf '#!/bin/sh\\nset | grep -E "^(hostname|bootfile|boot_file|tftp|ntpsrv|opt240)="\\n' >/run/show; chmod +x /run/show`;
        const told = await guest.run(
          `${script}; udhcpc -i eth0 -n -q -f -O 240 -O bootfile -O tftp -O ntpsrv -s /run/show`,
        );
        assert.match(told, new RegExp(`hostname='?${name}`));
        assert.match(told, /boot_?file='?boot\/image\.efi/);
        assert.match(told, /tftp='?tftp\.example\.com/);
        assert.match(told, /ntpsrv='?192\.0\.2\.123/);
        assert.match(told, /opt240='?6d696e65/);
      });
    }
  });
}

test('an interface of another model whose link is down', async () => {
  const name = 'down';
  const iface = { name: 'default', masquerade: {}, model: 'e1000', state: 'down' };
  await using guest = await bootGuest(cluster, { name, kernel: 'pc', interfaces: [iface] });
  assert.match(await guest.run('readlink /sys/class/net/eth0/device/driver'), /e1000$/);
  assert.equal(await guest.run('ip link set eth0 up; cat /sys/class/net/eth0/carrier'), '0');
  const [status] = (await cluster.vmi(name)).status?.interfaces ?? [];
  assert.equal(status?.linkState, 'down');
});
