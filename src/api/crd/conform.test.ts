import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { definitions } from '../gen/definitions.ts';
import { sampleVm, sampleVmi, withField } from '../testing/vmi.ts';
import { nonconformities } from './conform.ts';

describe('nonconformities', () => {
  const rows: { name: string; path: string; value: unknown; field: string }[] = [
    { name: 'text for a list', path: 'spec.volumes', value: 'x', field: 'spec.volumes' },
    { name: 'a list for an object', path: 'spec.domain', value: [], field: 'spec.domain' },
    { name: 'null', path: 'spec.hostname', value: null, field: 'spec.hostname' },
    { name: 'a fraction', path: 'spec.domain.cpu', value: { cores: 1.5 }, field: 'spec.domain.cpu.cores' },
    {
      name: 'less than the least',
      path: 'spec.domain.cpu',
      value: { cores: -1 },
      field: 'spec.domain.cpu.cores',
    },
    {
      name: 'no quantity',
      path: 'spec.domain.memory.guest',
      value: 'lots',
      field: 'spec.domain.memory.guest',
    },
    { name: 'an unlisted word', path: 'spec.dnsPolicy', value: 'Maybe', field: 'spec.dnsPolicy' },
    { name: 'a missing field', path: 'spec.domain.devices', value: undefined, field: 'spec.domain.devices' },
    { name: 'inside a list', path: 'spec.volumes[1].name', value: 7, field: 'spec.volumes[1].name' },
    {
      name: 'more items than the most',
      path: 'spec.networks',
      value: Array.from({ length: 257 }, () => 7),
      field: 'spec.networks',
    },
    { name: 'inside a map', path: 'spec.nodeSelector', value: { a: 1 }, field: 'spec.nodeSelector.a' },
  ];
  for (const { name, path, value, field } of rows) {
    test(name, () => {
      const causes = nonconformities(
        definitions,
        'VirtualMachineInstance',
        withField(sampleVmi(), path, value),
      );
      assert.deepEqual(
        causes.map((cause) => cause.field),
        [field],
      );
    });
  }

  test('valid objects conform', () => {
    assert.deepEqual(nonconformities(definitions, 'VirtualMachineInstance', sampleVmi()), []);
    assert.deepEqual(nonconformities(definitions, 'VirtualMachine', sampleVm()), []);
  });

  test('metadata in a template and unknown fields are no concern', () => {
    const vm = withField(withField(sampleVm(), 'spec.template.metadata', null), 'spec.unknown', 1);
    assert.deepEqual(nonconformities(definitions, 'VirtualMachine', vm), []);
  });

  test('names of the prototype are no fields', () => {
    const odd: unknown = JSON.parse(
      '{"spec":{"domain":{"devices":{}},"__proto__":1,"constructor":1,"toString":1}}',
    );
    assert.deepEqual(nonconformities(definitions, 'VirtualMachineInstance', odd), []);
  });

  test('the number of causes is bounded', () => {
    const volumes = Array.from({ length: 200 }, () => 1);
    const vmi = withField(sampleVmi(), 'spec.volumes', volumes);
    assert.equal(nonconformities(definitions, 'VirtualMachineInstance', vmi).length, 50);
  });
});
