/** Names, Services and network policies as guests and pods of two namespaces see them; two guests serve all rows. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { apply } from './support/actions.ts';
import type { TestCluster } from './support/cluster.ts';
import { testCluster } from './support/cluster.ts';
import { eventually } from './support/eventually.ts';
import { bootGuest } from './support/guest.ts';
import type { BootedGuest } from './support/guest.ts';
import { startToolbox } from './support/toolbox.ts';

/** Where test guests answer with their name, the address of who asks, and what was said. */
const port = 7;
const families = ['IPv4', 'IPv6'] as const;
type Family = (typeof families)[number];

/** `server` lives in the first namespace, `client` in the second; both have a tool box. */
let home: TestCluster;
let abroad: TestCluster;
let server: BootedGuest;
let client: BootedGuest;

before(async () => {
  [home, abroad] = await Promise.all([testCluster('services'), testCluster('outsiders')]);
  await Promise.all([apply(home, service('web')), apply(home, service('farm', { clusterIP: 'None' }))]);
  [server, client] = await Promise.all([
    bootGuest(home, {
      name: 'server',
      labels: { app: 'server' },
      spec: { hostname: 'cow', subdomain: 'farm' },
    }),
    bootGuest(abroad, { name: 'client' }),
    startToolbox(home),
    startToolbox(abroad),
  ]);
});

after(async () => {
  for (const guest of [server, client]) await guest?.[Symbol.asyncDispose]();
  await Promise.all([home, abroad].map((cluster) => cluster?.[Symbol.asyncDispose]()));
});

function service(name: string, more: object = {}): object {
  const spec = {
    selector: { app: 'server' },
    ports: [{ port }],
    ipFamilyPolicy: 'RequireDualStack',
    ...more,
  };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec };
}

const nameOf = (what: string): string => `${what}.${home.namespace}.svc.cluster.local`;

/** What a guest is told when it asks for a name. */
function look(guest: BootedGuest, name: string, family: Family): Promise<string> {
  const type = family === 'IPv4' ? 'a' : 'aaaa';
  // The first address is the name server's own.
  return guest.run(`nslookup -type=${type} ${name} | sed -n '/^Name/,$s/^Address: *//p'`);
}

async function serverAddress(family: Family): Promise<string> {
  const { status } = await home.launcherPod('server');
  const ips = (status?.podIPs ?? []).flatMap(({ ip }) => ip ?? []);
  return ips.find((ip) => ip.includes(':') === (family === 'IPv6')) ?? 'none';
}

const serviceAddress = async (family: Family): Promise<string> => {
  const path = `jsonpath={.spec.clusterIPs[${families.indexOf(family)}]}`;
  return home.kubectl('get', 'service', 'web', '-o', path);
};

/** Who asks the server, and is told its host name; rejects when nothing comes back within three seconds. */
const askers = {
  'a guest of another namespace': (address: string) => client.run(`peer ask tcp ${address} ${port} hello`),
  'a pod of another namespace': (address: string) => fromToolbox(abroad, address),
  'a pod of its own namespace': (address: string) => fromToolbox(home, address),
};

const fromToolbox = (cluster: TestCluster, address: string): Promise<string> =>
  cluster.kubectl('exec', 'toolbox', '--', 'peer', 'ask', 'tcp', address, String(port), 'hello');

const answers = async (ask: (address: string) => Promise<string>, address: string): Promise<boolean> =>
  ask(address).then(
    (answer) => answer.startsWith('cow '),
    () => false,
  );

const { 'a pod of its own namespace': neighbour, ...others } = askers;
const strangers = Object.values(others);

for (const family of families) {
  test(`a Service is found by name and reached from another guest over ${family}`, async () => {
    const address = await look(client, nameOf('web'), family);
    assert.equal(address, await serviceAddress(family));
    const answer = await eventually('the Service leads to the guest', () =>
      askers['a guest of another namespace'](address),
    );
    assert.match(answer, /^cow .* hello$/);
  });

  test(`a headless Service gives the guest's own name the address of its pod, ${family}`, async () => {
    const expected = await serverAddress(family);
    for (const guest of [client, server]) {
      await eventually('the name resolves', async () => {
        const found = await look(guest, nameOf('cow.farm'), family);
        return found === expected;
      });
    }
    assert.match(await askers['a guest of another namespace'](expected), /^cow /);
  });
}

test("the guest's own name is the one that the subdomain says", async () => {
  assert.equal(await server.run('hostname'), 'cow');
});

test('a policy that lets in only its own namespace stops guests and pods of others, until it is gone', async () => {
  const addresses = await Promise.all(
    families.flatMap((family) => [serverAddress(family), serviceAddress(family)]),
  );
  const [first = ''] = addresses;
  for (const ask of Object.values(askers)) {
    for (const address of addresses) assert.ok(await answers(ask, address), `${address} answers at first`);
  }
  await apply(home, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'own' },
    spec: {
      podSelector: { matchLabels: { app: 'server' } },
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: {} }] }],
    },
  });
  const stopped = strangers.map(async (ask) => {
    await eventually('the policy is in effect', async () => !(await answers(ask, first)));
    for (const address of addresses) assert.ok(!(await answers(ask, address)), `${address} does not answer`);
  });
  await Promise.all(stopped);
  for (const address of addresses)
    assert.ok(await answers(neighbour, address), `${address} is for neighbours`);
  await home.kubectl('delete', 'networkpolicy', 'own');
  for (const ask of strangers) await eventually('traffic passes again', () => answers(ask, first));
});
