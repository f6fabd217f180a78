import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guestFeatures } from './guest-features.ts';

const domain = `<domainCapabilities>
  <cpu>
    <mode name='host-passthrough' supported='yes'/>
    <mode name='host-model' supported='yes'>
      <model fallback='forbid'>EPYC</model>
      <vendor>AMD</vendor>
      <feature policy='require' name='umip'/>
    </mode>
    <mode name='custom' supported='yes'>
      <model usable='yes' vendor='unknown'>qemu64</model>
      <model usable='no' vendor='Intel' canonical='Snowridge-v1'>Snowridge</model>
      <blockers model='Snowridge'><feature name='gfni'/></blockers>
      <model usable='yes' deprecated='yes' vendor='AMD'>athlon</model>
    </mode>
  </cpu>
  <features>
    <hyperv supported='yes'>
      <enum name='features'>
        <value>relaxed</value>
        <value>stimer</value>
        <value>vendor_id</value>
      </enum>
    </hyperv>
  </features>
</domainCapabilities>`;
const baseline = `<cpu mode='custom' match='exact'>
  <model fallback='forbid'>EPYC</model>
  <feature policy='require' name='aes'/>
  <feature policy='disable' name='vme'/>
  <feature policy='require' name='sse4.1'/>
</cpu>`;
const host = `<capabilities><guest><os_type>hvm</os_type><arch name='i686'>
  <machine maxCpus='1'>isapc</machine></arch></guest><guest><arch name='x86_64'>
  <machine maxCpus='288'>pc-q35-9.2</machine>
  <machine canonical='pc-q35-9.2' maxCpus='288'>q35</machine>
  <domain type='kvm'><machine maxCpus='288'>pc-q35-9.2</machine></domain></arch></guest></capabilities>`;

test('what guests can have', () => {
  assert.deepEqual(guestFeatures({ domain, baseline, host }, 'x86_64'), {
    cpuModels: ['qemu64', 'athlon'],
    cpuFeatures: ['aes', 'sse4.1'],
    hostCpuModel: ['EPYC'],
    cpuVendor: ['AMD'],
    hyperv: ['relaxed', 'synictimer', 'vendorid'],
    machineTypes: ['pc-q35-9.2', 'q35'],
  });
});

test('nothing out of nothing', () => {
  const none = guestFeatures({ domain: '', baseline: '', host: '' }, 'x86_64');
  assert.deepEqual(Object.values(none).flat(), []);
});
