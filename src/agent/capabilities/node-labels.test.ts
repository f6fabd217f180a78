import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { capabilitiesFolder, guestFeaturesFile } from '../../launcher/layout.ts';
import { labelsOf, wantedLabels } from './node-labels.ts';

test('features become labels; what is no name does not', () => {
  const labels = labelsOf({
    cpuModels: ['Penryn', 'a/b', '', 7, 'x'.repeat(64)],
    cpuFeatures: ['sse4.1'],
    hostCpuModel: ['EPYC'],
    cpuVendor: ['AMD'],
    hyperv: ['synic'],
    machineTypes: ['pc-q35-9.2'],
    others: ['root'],
  });
  assert.deepEqual(labels, {
    'cpu-model.node.kubevirt.io/Penryn': 'true',
    'cpu-feature.node.kubevirt.io/sse4.1': 'true',
    'cpu-vendor.node.kubevirt.io/AMD': 'true',
    'host-model-cpu.node.kubevirt.io/EPYC': 'true',
    'hyperv.node.kubevirt.io/synic': 'true',
    'machine-type.node.kubevirt.io/pc-q35-9.2': 'true',
  });
  assert.deepEqual(labelsOf({ cpuModels: 'many' }), {});
});

test('labels follow what was probed and how the kubelet gives processors', async () => {
  const root = await mkdtemp(join(tmpdir(), 'labels-'));
  await using _ = { [Symbol.asyncDispose]: () => rm(root, { recursive: true }) };
  const sources = { cacheDir: root, deviceDir: join(root, 'dev'), cpuManagerState: join(root, 'state') };
  assert.equal(await wantedLabels(sources), undefined, 'nobody knows yet');
  await mkdir(join(root, 'dev'));
  for (const accelerator of ['kvm', 'tcg'] as const) {
    const folder = join(root, capabilitiesFolder(accelerator));
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, guestFeaturesFile), JSON.stringify({ hyperv: [accelerator] }));
  }
  assert.deepEqual(await wantedLabels(sources), { 'hyperv.node.kubevirt.io/tcg': 'true' });
  await writeFile(join(root, 'dev/kvm'), '');
  await writeFile(sources.cpuManagerState, '{"policyName":"static","defaultCpuSet":"0"}');
  assert.deepEqual(await wantedLabels(sources), {
    'hyperv.node.kubevirt.io/kvm': 'true',
    cpumanager: 'true',
  });
  await writeFile(sources.cpuManagerState, '{"policyName":"none"}');
  assert.equal((await wantedLabels(sources))?.['cpumanager'], 'false');
});
