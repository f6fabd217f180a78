import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { definitions } from '../gen/definitions.ts';
import { customResourceDefinitions } from './crds.ts';
import { descriptions } from './descriptions.ts';
import { expand } from './expand.ts';
import type { Schema } from './schema.ts';

const crds = customResourceDefinitions(definitions);

/** Every schema below one, itself included, with its path. */
function* below(schema: Schema, path: string): Generator<[string, Schema]> {
  yield [path, schema];
  for (const [name, child] of Object.entries(schema.properties ?? {})) yield* below(child, `${path}.${name}`);
  if (schema.items) yield* below(schema.items, `${path}[]`);
  if (schema.additionalProperties) yield* below(schema.additionalProperties, `${path}{}`);
}

function field(plural: string, path: string): Schema {
  const crd = crds.find(({ spec }) => spec.names.plural === plural);
  const root = crd?.spec.versions[0]?.schema.openAPIV3Schema;
  assert.ok(root);
  const found = [...below(root, '')].find(([at]) => at === `.${path}`);
  assert.ok(found, `${plural} has no field ${path}`);
  return found[1];
}

describe('CustomResourceDefinitions', () => {
  for (const crd of crds) {
    const { names, versions } = crd.spec;
    test(`${names.plural} is structural`, () => {
      for (const [path, schema] of below(versions[0]?.schema.openAPIV3Schema ?? {}, '')) {
        const shaped = schema.type !== undefined || schema['x-kubernetes-int-or-string'] === true;
        assert.ok(shaped && schema.$ref === undefined, `${path} has no type`);
        assert.ok(schema.type !== 'array' || schema.items, `${path} has no items`);
      }
    });

    test(`${names.plural} keeps unknown fields only in embedded metadata`, () => {
      for (const [path, schema] of below(versions[0]?.schema.openAPIV3Schema ?? {}, '')) {
        if (schema['x-kubernetes-preserve-unknown-fields']) assert.match(path, /\.metadata$/);
      }
    });

    test(`${names.plural} serves v1, and v1alpha3 with a warning`, () => {
      assert.deepEqual(
        versions.map(({ name, served, storage, deprecated }) => ({ name, served, storage, deprecated })),
        [
          { name: 'v1', served: true, storage: true, deprecated: undefined },
          { name: 'v1alpha3', served: true, storage: false, deprecated: true },
        ],
      );
    });
  }

  test('columns and short names are those that people know', () => {
    assert.deepEqual(
      crds.map(({ spec }) => [
        spec.names.shortNames.join(),
        spec.versions[0]?.additionalPrinterColumns.map(({ name }) => name).join(),
      ]),
      [
        ['vm,vms', 'Age,Status,Ready'],
        ['vmi,vmis', 'Age,Phase,IP,NodeName,Ready,Live-Migratable,Paused'],
        ['kv,kvs', 'Age,Phase'],
      ],
    );
  });

  const rows: { plural: string; path: string; want: Partial<Schema> }[] = [
    {
      plural: 'virtualmachineinstances',
      path: 'spec.domain.cpu.cores',
      want: { type: 'integer', format: 'int64', minimum: 0 },
    },
    {
      plural: 'virtualmachineinstances',
      path: 'spec.domain.memory.guest',
      want: { 'x-kubernetes-int-or-string': true },
    },
    {
      plural: 'virtualmachineinstances',
      path: 'spec.domain.resources.requests{}',
      want: { 'x-kubernetes-int-or-string': true },
    },
    {
      plural: 'virtualmachineinstances',
      path: 'spec.readinessProbe.httpGet.port',
      want: { 'x-kubernetes-int-or-string': true },
    },
    {
      plural: 'virtualmachineinstances',
      path: 'spec.dnsPolicy',
      want: { type: 'string', enum: ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'] },
    },
    { plural: 'virtualmachineinstances', path: 'spec.serviceAccountName', want: { type: 'string' } },
    { plural: 'virtualmachineinstances', path: 'spec.networks[].multus.default', want: { type: 'boolean' } },
    {
      plural: 'virtualmachineinstances',
      path: 'spec.topologySpreadConstraints',
      want: { 'x-kubernetes-list-map-keys': ['topologyKey', 'whenUnsatisfiable'] },
    },
    { plural: 'virtualmachineinstances', path: 'status.VSOCKCID', want: { type: 'integer' } },
    {
      plural: 'virtualmachineinstances',
      path: 'status.conditions[].lastProbeTime',
      want: { format: 'date-time', nullable: true },
    },
    {
      plural: 'virtualmachines',
      path: 'spec.template.metadata',
      want: { nullable: true, 'x-kubernetes-preserve-unknown-fields': true },
    },
    {
      plural: 'virtualmachines',
      path: 'spec.template.spec.domain.devices.disks[].bootOrder',
      want: { type: 'integer' },
    },
    {
      plural: 'kubevirts',
      path: 'spec.configuration.developerConfiguration.useEmulation',
      want: { type: 'boolean' },
    },
    {
      plural: 'kubevirts',
      path: 'spec.configuration.apiConfiguration.restClient.rateLimiter.tokenBucketRateLimiter.qps',
      want: { type: 'number' },
    },
  ];
  for (const { plural, path, want } of rows) {
    test(`${plural} ${path}`, () => {
      const schema = field(plural, path);
      for (const [key, value] of Object.entries(want))
        assert.deepEqual(schema[key as keyof Schema], value, key);
    });
  }
});

test('every description belongs to a field', () => {
  const stray = Object.keys(descriptions).filter((key) => {
    const [type, name] = [key.slice(0, key.lastIndexOf('.')), key.slice(key.lastIndexOf('.') + 1)];
    return definitions[type]?.properties?.[name] === undefined;
  });
  assert.deepEqual(stray, []);
});

test('expand refuses cycles and unknown types', () => {
  const cyclic = { A: { type: 'object', properties: { b: { $ref: 'A' } } } } as const;
  assert.throws(() => expand(cyclic, 'A'), { reason: 'RecursiveType' });
  assert.throws(() => expand({}, 'A'), { reason: 'UnknownType' });
});
