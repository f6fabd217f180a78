/** What commands make of their arguments. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { replicaSets, virtualMachines } from '../api/kinds.ts';
import type { KubeObject } from '../api/types.ts';
import { MonovirtError } from '../support/errors.ts';
import { selectorOf, serviceOf } from './expose-command.ts';
import { parseMapping } from './forward.ts';
import { powerOptions } from './power-commands.ts';
import { scpArguments, sshArguments } from './ssh-commands.ts';
import type { SshFlags } from './ssh-commands.ts';
import { parseTarget, targetOfWords } from './target.ts';

const refused =
  (reason: string) =>
  (error: unknown): boolean =>
    error instanceof MonovirtError && error.reason === reason;

describe('targets', () => {
  const rows: { text: string; want: object }[] = [
    { text: 'a', want: { kind: 'vmi', name: 'a' } },
    { text: 'vm/a', want: { kind: 'vm', name: 'a' } },
    { text: 'VirtualMachineInstance/a', want: { kind: 'vmi', name: 'a' } },
    { text: 'root@vmi/a/ns', want: { kind: 'vmi', name: 'a', namespace: 'ns', user: 'root' } },
  ];
  for (const { text, want } of rows) {
    test(text, () => assert.deepEqual(parseTarget(text), want));
  }
  for (const text of ['', 'pod/a', 'vm/', 'vm/a/b/c', 'constructor/a']) {
    test(`${JSON.stringify(text)} is refused`, () => {
      assert.throws(() => parseTarget(text), refused('InvalidTarget'));
    });
  }
  test('kind and name as two words', () => {
    assert.deepEqual(targetOfWords('vm', 'a'), { kind: 'vm', name: 'a' });
  });
});

describe('ports', () => {
  const rows: { text: string; want: object }[] = [
    { text: '22', want: { local: 22, remote: 22 } },
    { text: '8080:80', want: { local: 8080, remote: 80 } },
    { text: ':80', want: { local: 0, remote: 80 } },
    { text: 'tcp/1:2', want: { local: 1, remote: 2 } },
  ];
  for (const { text, want } of rows) {
    test(text, () => assert.deepEqual(parseMapping(text), want));
  }
  for (const text of ['', '0', '70000', '1:70000', 'a', 'udp/53', '1:2:3']) {
    test(`${JSON.stringify(text)} is refused`, () => {
      assert.throws(() => parseMapping(text), refused('InvalidPort'));
    });
  }
});

describe('what a power command asks for', () => {
  test('stop with a grace period', () => {
    assert.deepEqual(powerOptions('stop', { gracePeriod: 3 }), { gracePeriod: 3 });
  });
  test('a forced restart', () => {
    assert.deepEqual(powerOptions('restart', { force: true }), { gracePeriodSeconds: 0 });
  });
  test('a paused start that is only tried', () => {
    assert.deepEqual(powerOptions('start', { paused: true, dryRun: true }), {
      paused: true,
      dryRun: ['All'],
    });
  });
});

const flags = (differs: Partial<SshFlags> = {}): SshFlags => ({ port: 22, namespace: 'ns', ...differs });
const proxy = 'ProxyCommand=kubectl-virt port-forward --stdio=true vmi/a/ns %p';

describe('arguments of ssh and scp', () => {
  test('ssh', () => {
    assert.deepEqual(sshArguments(parseTarget('root@a'), flags(), ['kubectl-virt']), [
      '-o',
      proxy,
      'root@vmi.a.ns',
    ]);
  });
  test('ssh with all that can be given', () => {
    const given = flags({
      username: 'admin',
      port: 2222,
      identityFile: 'k',
      knownHosts: 'h',
      command: 'true',
      localSshOpts: ['-v'],
    });
    assert.deepEqual(sshArguments(parseTarget('root@a'), given, ['kubectl-virt']), [
      '-o',
      proxy,
      '-i',
      'k',
      '-o',
      'UserKnownHostsFile=h',
      '-v',
      '-p',
      '2222',
      'admin@vmi.a.ns',
      'true',
    ]);
  });
  test('words with blanks and percent signs survive the shell', () => {
    const [, command] = sshArguments(parseTarget('a'), flags({ kubeconfig: "my 'file'%" }), ['x y']);
    assert.equal(
      command,
      `ProxyCommand='x y' port-forward --stdio=true --kubeconfig 'my '\\''file'\\''%%' vmi/a/ns %p`,
    );
  });
  test('scp of a local path with a colon', () => {
    const args = scpArguments('./a:f', 'vmi/a:/tmp', flags(), ['kubectl-virt']);
    assert.deepEqual(args.slice(-2), ['./a:f', 'vmi.a.ns:/tmp']);
  });
  test('scp into a guest', () => {
    assert.deepEqual(scpArguments('f', 'root@vmi/a:/tmp/f', flags({ recursive: true }), ['kubectl-virt']), [
      '-r',
      '-o',
      proxy,
      'f',
      'root@vmi.a.ns:/tmp/f',
    ]);
  });
  test('scp out of a guest', () => {
    assert.deepEqual(scpArguments('a:f', '.', flags(), ['kubectl-virt']), ['-o', proxy, 'vmi.a.ns:f', '.']);
  });
  for (const [from, to] of [
    ['a', 'b'],
    ['a:x', 'b:y'],
  ] as const) {
    test(`scp ${from} ${to} is refused`, () => {
      assert.throws(() => scpArguments(from, to, flags(), []), refused('InvalidTarget'));
    });
  }
});

describe('exposing', () => {
  const object = (name: string, spec: object): KubeObject =>
    ({ metadata: { name }, spec }) as unknown as KubeObject;

  test('a VM is selected by its name', () => {
    assert.deepEqual(selectorOf(virtualMachines, object('a', {})), { 'vm.kubevirt.io/name': 'a' });
    const [label = ''] = Object.values(selectorOf(virtualMachines, object('a'.repeat(64), {})));
    assert.equal(label.length, 63, 'as the pod of a VM with a long name has it');
  });
  test('a replica set by its own selector', () => {
    const set = object('a', { selector: { matchLabels: { app: 'x' } } });
    assert.deepEqual(selectorOf(replicaSets, set), { app: 'x' });
  });
  test('expressions are refused', () => {
    const set = object('a', { selector: { matchExpressions: [] } });
    assert.throws(() => selectorOf(replicaSets, set), refused('NoSelector'));
  });
  test('the Service', () => {
    const service = serviceOf(
      'ns',
      { a: 'b' },
      { name: 's', port: 80, targetPort: 'http', protocol: 'tcp', type: 'NodePort' },
    );
    assert.deepEqual(service, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's', namespace: 'ns' },
      spec: {
        selector: { a: 'b' },
        type: 'NodePort',
        ports: [{ port: 80, targetPort: 'http', protocol: 'TCP' }],
      },
    });
  });
});
