import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConfig } from './cluster-config.ts';
import { specWith } from './testing/vmi.ts';

describe("Hyper-V's enlightenments", () => {
  const hypervOf = (hyperv: object) => specWith({ 'domain.features': { hyperv } }).domain;

  test('bring along what they build on, all the way', () => {
    assert.deepEqual(hypervOf({ synictimer: {} }).features?.hyperv, {
      synictimer: {},
      synic: { enabled: true },
      vpindex: { enabled: true },
    });
  });

  test('leave off what was switched off, for validation to say', () => {
    const hyperv = { ipi: { enabled: true }, vpindex: { enabled: false } };
    assert.deepEqual(hypervOf(hyperv).features?.hyperv, hyperv);
  });

  test('ask for nothing when they are off', () => {
    assert.deepEqual(hypervOf({ tlbflush: { enabled: false } }).features?.hyperv, {
      tlbflush: { enabled: false },
    });
  });

  test('spinlocks are retried 4096 times', () => {
    assert.equal(hypervOf({ spinlocks: {} }).features?.hyperv?.spinlocks?.spinlocks, 4096);
    assert.equal(hypervOf({ spinlocks: { spinlocks: 8191 } }).features?.hyperv?.spinlocks?.spinlocks, 8191);
  });

  test('evmcs needs nested virtualisation, whatever was said of it', () => {
    const { cpu, features } = specWith({
      'domain.features': { hyperv: { evmcs: {} } },
      'domain.cpu': { features: [{ name: 'vmx', policy: 'disable' }, { name: 'aes' }] },
    }).domain;
    assert.deepEqual(cpu?.features, [{ name: 'vmx', policy: 'require' }, { name: 'aes' }]);
    assert.deepEqual(features?.hyperv?.vapic, { enabled: true });
    const alone = hypervOf({ evmcs: {} });
    assert.deepEqual(alone.cpu?.features, [{ name: 'vmx', policy: 'require' }]);
  });
});

describe('a guest on Arm', () => {
  test('has a machine, a processor, firmware and disks of its own', () => {
    const { domain } = specWith({
      architecture: 'arm64',
      'domain.devices.disks': [{ name: 'root' }, { name: 'seed', cdrom: {} }],
    });
    assert.equal(domain.machine?.type, 'virt');
    assert.equal(domain.cpu?.model, 'host-passthrough');
    assert.deepEqual(domain.firmware?.bootloader, { efi: { secureBoot: false } });
    const buses = domain.devices.disks?.map(({ disk, cdrom }) => disk?.bus ?? cdrom?.bus);
    assert.deepEqual(buses, ['virtio', 'scsi']);
  });

  test('in a cluster of Arm has what the cluster says', () => {
    const config = { ...defaultConfig, architecture: 'arm64', machineType: 'virt-9.2' };
    assert.equal(specWith({}, config).domain.machine?.type, 'virt-9.2');
  });
});
