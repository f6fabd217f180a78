import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Hypervisor } from '../libvirt/types.ts';
import { LibvirtError, libvirtError } from '../libvirt/errors.ts';
import { MonovirtError } from '../support/errors.ts';
import { defineDomain } from './define-domain.ts';
import type { ChangeDomain } from './define-domain.ts';
import { testVmi } from './testing/vmi.ts';

const ours = '<domain/>';

/** Remembers what it was asked to define; refuses what has an unknown word. */
function hypervisor(): { calls: [string, unknown][]; define: Hypervisor['define'] } {
  const calls: [string, unknown][] = [];
  return {
    calls,
    define: async (xml, options) => {
      calls.push([xml, options]);
      if (xml.includes('unknown'))
        throw libvirtError('define the domain', { code: 92, domain: 0, message: 'failed to validate' });
      return 'uuid';
    },
  };
}

const define = (to: ReturnType<typeof hypervisor>, changeDomain?: ChangeDomain): Promise<string> =>
  defineDomain(to as unknown as Hypervisor, changeDomain === undefined ? {} : { changeDomain }, {
    vmi: testVmi(),
    xml: ours,
    signal: new AbortController().signal,
  });

describe('a domain is defined', () => {
  for (const { name, change, want } of [
    { name: 'as it is where nobody changes it', change: undefined, want: [[ours, undefined]] },
    { name: 'as it is when nothing was changed', change: async () => ours, want: [[ours, undefined]] },
    {
      name: 'against the schema when others changed it',
      change: async () => '<domain id="1"/>',
      want: [['<domain id="1"/>', { validate: true }]],
    },
  ]) {
    test(name, async () => {
      const libvirt = hypervisor();
      assert.equal(await define(libvirt, change), 'uuid');
      assert.deepEqual(libvirt.calls, want);
    });
  }
});

test('what libvirt refuses of sidecars is theirs, and no retry mends it', async () => {
  await assert.rejects(
    define(hypervisor(), async () => '<domain unknown="1"/>'),
    { reason: 'SidecarFailed', retry: 'never', message: /as hook sidecars left it: .*failed to validate/ },
  );
});

for (const lost of [
  new LibvirtError('LibvirtConnectionLost', 'the connection is closed'),
  libvirtError('define the domain', { code: 38, domain: 0, message: 'no space left on device' }),
]) {
  test(`what has nothing to do with the domain is tried again: ${lost.reason}`, async () => {
    const libvirt = { calls: [], define: (): Promise<string> => Promise.reject(lost) };
    await assert.rejects(
      define(libvirt, async () => '<domain id="1"/>'),
      lost,
    );
  });
}

test('what a sidecar says goes on as it is', async () => {
  const said = new MonovirtError('SidecarNotReady', 'it does not come');
  await assert.rejects(
    define(hypervisor(), () => Promise.reject(said)),
    said,
  );
});
