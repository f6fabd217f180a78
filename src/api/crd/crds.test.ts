import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { definitions } from '../gen/definitions.ts';
import { customResourceDefinitions, declarations } from './crds.ts';
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

    test(`${names.plural} stores one version, and all have the same fields`, () => {
      assert.equal(versions.filter(({ storage }) => storage).length, 1);
      for (const each of versions) {
        assert.equal(each.served, true);
        assert.deepEqual(each.schema, versions[0]?.schema);
      }
    });
  }

  /** Versions (`*` stored, `!` deprecated), short names, columns and subresources that tools and people know. */
  const known = `
    virtualmachines | v1* v1alpha3! | vm vms | Age Status Ready | status
    virtualmachineinstances | v1* v1alpha3! | vmi vmis | Age Phase IP NodeName Ready Live-Migratable Paused | status
    virtualmachineinstancereplicasets | v1* v1alpha3! | vmirs vmirss | Desired Current Ready Age | status scale
    virtualmachineinstancemigrations | v1* v1alpha3! | vmim vmims | Phase VMI | status
    virtualmachineinstancepresets | v1! v1alpha3*! | vmipreset vmipresets | |
    kubevirts | v1* v1alpha3! | kv kvs | Age Phase | status
    virtualmachineinstancetypes | v1beta1* | vminstancetype vminstancetypes vmf vmfs | |
    virtualmachineclusterinstancetypes | v1beta1* | vmclusterinstancetype vmclusterinstancetypes vmcf vmcfs | |
    virtualmachinepreferences | v1beta1* | vmpref vmprefs vmp vmps | |
    virtualmachineclusterpreferences | v1beta1* | vmcp vmcps | |
    virtualmachinepools | v1alpha1 v1beta1* | vmpool vmpools | Desired Current Ready Age | status scale
    migrationpolicies | v1alpha1* | | | status
    virtualmachinesnapshots | v1alpha1 v1beta1* | vmsnapshot vmsnapshots | SourceKind SourceName Phase ReadyToUse CreationTime Error | status
    virtualmachinesnapshotcontents | v1alpha1 v1beta1* | vmsnapshotcontent vmsnapshotcontents | ReadyToUse CreationTime Error | status
    virtualmachinerestores | v1alpha1 v1beta1* | vmrestore vmrestores | TargetKind TargetName Complete RestoreTime | status
    virtualmachineexports | v1* v1beta1! | vmexport vmexports | SourceKind SourceName Phase | status
    virtualmachineclones | v1alpha1 v1beta1* | vmclone vmclones | Phase SourceVirtualMachine TargetVirtualMachine | status
    virtualmachinebackups | v1alpha1* | vmbackup vmbackups | SourceKind SourceName Type CheckpointName | status
    virtualmachinebackuptrackers | v1alpha1* | vmbackuptracker vmbackuptrackers | SourceKind SourceName LatestCheckpoint CheckpointTime | status`;

  test('kinds, versions, names, columns and subresources are those that people know', () => {
    const found = crds.map(({ spec: { names, versions } }) => {
      const [first] = versions;
      return [
        names.plural,
        versions
          .map((each) => `${each.name}${each.storage ? '*' : ''}${each.deprecated ? '!' : ''}`)
          .join(' '),
        names.shortNames?.join(' ') ?? '',
        first?.additionalPrinterColumns?.map(({ name }) => name).join(' ') ?? '',
        Object.keys(first?.subresources ?? {}).join(' '),
      ];
    });
    const wanted = known
      .trim()
      .split('\n')
      .map((line) => line.split('|').map((part) => part.trim()));
    assert.deepEqual(found, wanted);
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

/** Types that a schema refers to, directly or in lists and maps. */
function references(schema: Schema): string[] {
  const inner = [schema.items, schema.additionalProperties].flatMap((each) => (each ? references(each) : []));
  return schema.$ref === undefined ? inner : [schema.$ref, ...inner];
}

describe('kubectl explain has something to say about every field of', () => {
  /** Fields without a text, of a type and of all that it refers to. */
  function silent(type: string, seen: Set<string>): string[] {
    if (seen.has(type)) return [];
    seen.add(type);
    return Object.entries(definitions[type]?.properties ?? {}).flatMap(([name, property]) => [
      ...(descriptions[`${type}.${name}`] === undefined ? [`${type}.${name}`] : []),
      ...references(property).flatMap((each) => silent(each, seen)),
    ]);
  }

  const working = [
    'VirtualMachine',
    'VirtualMachineInstance',
    'VirtualMachineInstanceReplicaSet',
    'VirtualMachineInstancePreset',
    'VirtualMachineInstancetype',
    'VirtualMachineClusterInstancetype',
    'VirtualMachinePreference',
    'VirtualMachineClusterPreference',
    'KubeVirt',
  ];
  for (const { resource } of declarations) {
    test(resource.kind, () => {
      const spec = references(definitions[resource.kind]?.properties?.['spec'] ?? {});
      assert.equal(spec.length, 1);
      if (working.includes(resource.kind)) {
        return assert.deepEqual(silent(spec[0] ?? '', new Set()), []);
      }
      const names = Object.keys(definitions[spec[0] ?? '']?.properties ?? {});
      assert.deepEqual(
        names.filter((name) => descriptions[`${spec[0]}.${name}`] === undefined),
        [],
      );
    });
  }
});

test('expand refuses cycles and unknown types', () => {
  const cyclic = { A: { type: 'object', properties: { b: { $ref: 'A' } } } } as const;
  assert.throws(() => expand(cyclic, 'A'), { reason: 'RecursiveType' });
  assert.throws(() => expand({}, 'A'), { reason: 'UnknownType' });
});
