import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dataVolumes } from '../../api/kinds.ts';
import type { KubeObject, Vm } from '../../api/types.ts';
import { ApiError, TransportError, keyString } from '../../kube/types.ts';
import type { Key } from '../../kube/types.ts';
import { MonovirtError } from '../../support/errors.ts';
import { fakeClient, fakeEvents } from '../testing/cluster.ts';
import { bringDataVolumes } from './bring-data-volumes.ts';
import { dataVolumesAreDue, desiredDataVolume } from './data-volumes.ts';
import type { DataVolumeTemplate, DesiredDataVolume } from './data-volumes.ts';
import { decideVm } from './decide.ts';
import { meta, status, strategy, vm } from './testing/build.ts';
import type { Change } from './testing/build.ts';

const template = (
  change: Partial<DataVolumeTemplate['spec']> = { source: { blank: {} } },
): DataVolumeTemplate => ({
  metadata: { name: 'root', labels: { app: 'a' }, annotations: { note: 'b' } },
  spec: { storage: { resources: { requests: { storage: '1Gi' } } }, ...change },
});
const bringing =
  (...dataVolumeTemplates: DataVolumeTemplate[]): Change<Vm> =>
  (object) => ({ ...object, spec: { ...object.spec, dataVolumeTemplates } });
const stored = (kind: string, name: string, more: object = {}): KubeObject => ({
  kind,
  metadata: { name, namespace: 'ns', uid: name, resourceVersion: '1', creationTimestamp: '' },
  ...more,
});

const cdi = stored('CustomResourceDefinition', 'datavolumes.cdi.kubevirt.io');

/** Objects by kind; what is created is kept. `allowed` are the resources that the account may create. */
function setUp(
  objects: readonly KubeObject[] = [cdi],
  more: { served?: boolean; allowed?: readonly string[] } = {},
) {
  const made: DesiredDataVolume[] = [];
  const asked: unknown[] = [];
  const client = fakeClient();
  client.get = (resource, { name }) => {
    const found = objects.find((one) => one.kind === resource.kind && one.metadata.name === name);
    return found === undefined
      ? Promise.reject(new ApiError(404, 'NotFound', 'not found'))
      : Promise.resolve(found as never);
  };
  client.create = (resource, object) => {
    assert.equal(resource, dataVolumes);
    if (more.served === false) return Promise.reject(new ApiError(404, 'NotFound', 'no such kind'));
    made.push(object as DesiredDataVolume);
    return Promise.resolve(object as never);
  };
  client.raw = (_method, _path, body) => {
    const { spec } = body as { spec: { resourceAttributes: { resource: string } } };
    asked.push(spec);
    const allowed = more.allowed?.includes(spec.resourceAttributes.resource) === true;
    return Promise.resolve({ status: { allowed } } as never);
  };
  const expected: string[][] = [];
  const awaited = {
    expect: (_vm: Key, wanted: readonly { resource: { plural: string }; key: Key }[]) =>
      void expected.push(wanted.map(({ resource, key }) => `${resource.plural} ${keyString(key)}`)),
  };
  const events = fakeEvents();
  return { made, asked, expected, events, deps: { client, awaited, events } };
}

const oneOf = (phase: string, more: object = {}) =>
  stored('DataVolume', 'root', { status: { phase, ...more } });

test('a DataVolume is the VM’s, and takes over a claim of its name', () => {
  const priority = (object: Vm): Vm => ({
    ...object,
    spec: {
      ...object.spec,
      template: { spec: { domain: { devices: {} }, priorityClassName: 'high' } },
    },
  });
  assert.deepEqual(desiredDataVolume(vm(priority), template(), { blank: {} }), {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: {
      name: 'root',
      namespace: 'ns',
      labels: { app: 'a', 'kubevirt.io/created-by': 'vm-uid' },
      annotations: { note: 'b', 'cdi.kubevirt.io/allowClaimAdoption': 'true' },
      ownerReferences: [
        {
          apiVersion: 'kubevirt.io/v1',
          kind: 'VirtualMachine',
          name: 'vm1',
          uid: 'vm-uid',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      storage: { resources: { requests: { storage: '1Gi' } } },
      priorityClassName: 'high',
      source: { blank: {} },
    },
  });
});

describe('bringing', () => {
  test('makes what is missing, and follows it until it is filled', async () => {
    const { made, expected, events, deps } = setUp();
    assert.deepEqual(await bringDataVolumes(deps, vm(bringing(template()))), { word: 'Provisioning' });
    assert.equal(made.length, 1);
    assert.deepEqual(events.told, ['SuccessfulDataVolumeCreate']);
    assert.deepEqual(expected, [['datavolumes ns/root']]);
  });

  const there: [string, KubeObject, string | undefined, string[]][] = [
    ['one that is filled', oneOf('Succeeded'), undefined, []],
    ['one that waits for a guest', oneOf('WaitForFirstConsumer'), undefined, []],
    ['one that is being filled', oneOf('ImportInProgress'), 'Provisioning', ['datavolumes ns/root']],
    ['one that has failed', oneOf('Failed'), 'DataVolumeError', ['datavolumes ns/root']],
  ];
  for (const [name, object, word, wanted] of there) {
    test(`leaves ${name} as it is`, async () => {
      const { made, expected, deps } = setUp([object]);
      assert.deepEqual(await bringDataVolumes(deps, vm(bringing(template()))), { word });
      assert.deepEqual(made, []);
      assert.deepEqual(expected, [wanted]);
    });
  }

  test('without CDI says so, waits for it, and does with a claim of that name', async () => {
    const { expected, events, deps } = setUp([], { served: false });
    const seen = vm(strategy('Always'), bringing(template()));
    const brought = await bringDataVolumes(deps, seen);
    assert.equal(brought.failure?.reason, 'CdiNotInstalled');
    assert.match(brought.failure.message, /Install CDI, or create PersistentVolumeClaim root yourself/);
    assert.equal(brought.error, undefined, 'nothing to try again for');
    assert.deepEqual(events.told, ['CdiNotInstalled']);
    assert.deepEqual(expected, [
      ['customresourcedefinitions datavolumes.cdi.kubevirt.io', 'persistentvolumeclaims ns/root'],
    ]);
    const moment = { now: new Date(), random: 0 };
    const plan = decideVm(
      { vm: seen, vmi: undefined, undescribed: brought.failure, volumes: brought.word },
      moment,
    );
    assert.deepEqual(plan.action, { do: 'nothing' });
    assert.equal(plan.status.printableStatus, 'DataVolumeError');
    await bringDataVolumes(deps, { ...seen, status: plan.status });
    assert.deepEqual(events.told, ['CdiNotInstalled'], 'told once');
    const claimed = setUp([stored('PersistentVolumeClaim', 'root')], { served: false });
    assert.deepEqual(await bringDataVolumes(claimed.deps, seen), { word: undefined });
  });

  const refusing = (trouble: Error, ...objects: KubeObject[]) => {
    const world = setUp([cdi, ...objects]);
    world.deps.client.create = () => Promise.reject(trouble);
    return world;
  };
  const claim = (change: Partial<KubeObject['metadata']> = {}): KubeObject => {
    const made = stored('PersistentVolumeClaim', 'root');
    return { ...made, metadata: { ...made.metadata, ...change } };
  };

  test('says what the API server refuses, and has it tried again', async () => {
    for (const code of [400, 403, 422]) {
      const { events, deps } = refusing(new ApiError(code, 'Refused', 'exceeded quota'));
      const { word, failure, error } = await bringDataVolumes(deps, vm(bringing(template())));
      assert.equal(word, 'DataVolumeError');
      assert.deepEqual(failure, {
        reason: 'FailedDataVolumeCreate',
        message: 'Error creating DataVolume root: exceeded quota',
      });
      assert.ok(error instanceof MonovirtError);
      assert.equal(error.retry, 'backoff');
      assert.deepEqual(events.told, ['FailedDataVolumeCreate']);
    }
  });

  const passing: Error[] = [
    new ApiError(500, 'InternalError', 'failed calling webhook'),
    new ApiError(429, 'TooManyRequests', 'overload'),
    new ApiError(503, 'ServiceUnavailable', 'no endpoint'),
    new ApiError(409, 'Conflict', 'conflict'),
    new TransportError('connection lost', undefined),
    new Error('aborted'),
  ];
  for (const trouble of passing) {
    test(`keeps its word when ${trouble.message} passes by itself`, async () => {
      const { events, deps } = refusing(trouble);
      const seen = vm(bringing(template()), status({ printableStatus: 'Provisioning' }));
      const { word, failure, error } = await bringDataVolumes(deps, seen);
      assert.equal(word, 'Provisioning');
      assert.match(failure?.message ?? '', new RegExp(trouble.message));
      assert.equal(error, trouble);
      assert.deepEqual(events.told, []);
    });
  }

  const old = new ApiError(
    422,
    'Invalid',
    'admission webhook denied: Destination PVC ns/root already exists',
  );
  const oldCdi: [string, Error, KubeObject[], string | undefined][] = [
    ['a claim that an old CDI does not take over', old, [claim()], undefined],
    [
      'no claim that is going',
      old,
      [claim({ deletionTimestamp: '2026-01-01T11:00:00Z' })],
      'DataVolumeError',
    ],
    ['nothing that is not there', old, [], 'DataVolumeError'],
    ['no claim that CDI is silent about', new ApiError(422, 'Invalid', 'no'), [claim()], 'DataVolumeError'],
  ];
  for (const [name, error, objects, word] of oldCdi) {
    test(`does with ${name}`, async () => {
      const { deps } = refusing(error, ...objects);
      assert.equal((await bringDataVolumes(deps, vm(bringing(template())))).word, word);
    });
  }

  const lost = template({ sourceRef: { kind: 'DataSource', name: 'lost' } });
  const saying = (annotation: string): DataVolumeTemplate => ({
    ...lost,
    metadata: { name: 'root', annotations: { [`cdi.kubevirt.io/storage.${annotation}`]: 'root' } },
  });
  const populated = (by: string): KubeObject =>
    claim({ annotations: { 'cdi.kubevirt.io/storage.populatedFor': by } });
  const filled: [string, DataVolumeTemplate, KubeObject[], string | undefined][] = [
    ['a claim that CDI has filled', lost, [populated('root')], undefined],
    ['a claim that is said to be filled', saying('prePopulated'), [claim()], undefined],
    ['a claim on a volume that was there', saying('checkStaticVolume'), [claim()], undefined],
    ['no claim that was filled for another', lost, [populated('other')], 'DataVolumeError'],
    ['no claim that nobody has filled', lost, [claim()], 'DataVolumeError'],
    ['nothing but a word', saying('prePopulated'), [], 'DataVolumeError'],
  ];
  for (const [name, given, objects, word] of filled) {
    test(`whose origin is gone does with ${name}`, async () => {
      const { made, deps } = setUp([cdi, ...objects]);
      assert.equal((await bringDataVolumes(deps, vm(bringing(given)))).word, word);
      assert.deepEqual(made, []);
    });
  }

  test('from a DataSource says so too when there is no CDI', async () => {
    const { expected, deps } = setUp([], { served: false });
    const { failure, error } = await bringDataVolumes(deps, vm(bringing(lost)));
    assert.equal(failure?.reason, 'CdiNotInstalled');
    assert.equal(error, undefined);
    assert.deepEqual(expected, [
      ['customresourcedefinitions datavolumes.cdi.kubevirt.io', 'persistentvolumeclaims ns/root'],
    ]);
    const claimed = setUp([claim()], { served: false });
    assert.deepEqual(await bringDataVolumes(claimed.deps, vm(bringing(lost))), { word: undefined });
  });

  test('takes what another has made meanwhile', async () => {
    const { deps } = refusing(new ApiError(409, 'AlreadyExists', 'root already exists'));
    const before = { ...deps.client };
    let looks = 0;
    deps.client.get = (resource, key) => {
      if (resource !== dataVolumes || (looks += 1) === 1) return before.get(resource, key);
      return Promise.resolve(oneOf('Succeeded') as never);
    };
    assert.deepEqual(await bringDataVolumes(deps, vm(bringing(template()))), { word: undefined });
  });
});

describe('cloning', () => {
  const golden = stored('DataSource', 'golden', {
    spec: { source: { pvc: { name: 'image', namespace: 'images' } } },
  });
  const refer = template({ sourceRef: { kind: 'DataSource', name: 'golden' } });

  test('from the own namespace asks nobody', async () => {
    const { made, asked, deps } = setUp();
    await bringDataVolumes(
      deps,
      vm(bringing(template({ source: { pvc: { name: 'image', namespace: '' } } }))),
    );
    assert.deepEqual(made[0]?.spec.source, { pvc: { name: 'image', namespace: 'ns' } });
    assert.deepEqual(asked, []);
  });

  test('from another asks whether the account of the VM may', async () => {
    const { made, asked, deps } = setUp([golden], { allowed: ['datavolumes'] });
    await bringDataVolumes(deps, vm(bringing(refer)));
    assert.deepEqual(made[0]?.spec, {
      storage: template().spec.storage,
      source: { pvc: { name: 'image', namespace: 'images' } },
    });
    assert.deepEqual(asked, [
      {
        user: 'system:serviceaccount:ns:default',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'],
        resourceAttributes: {
          namespace: 'images',
          verb: 'create',
          group: 'cdi.kubevirt.io',
          resource: 'datavolumes',
          subresource: 'source',
          name: 'image',
        },
      },
    ]);
  });

  const chain = (source?: object): KubeObject =>
    stored('DataSource', 'golden', {
      spec: { source: { dataSource: { name: 'other', namespace: 'images' } } },
      ...(source === undefined ? {} : { status: { source } }),
    });
  const snapshot = { snapshot: { name: 'snap', namespace: 'images' } };
  const shot = template({ source: snapshot });

  const rights: [string, DataVolumeTemplate, string[], boolean][] = [
    ['a claim for who may make pods beside it', refer, ['pods'], true],
    ['no claim for who may make claims alone', refer, ['pvcs'], false],
    ['a snapshot for who may', shot, ['datavolumes'], true],
    ['a snapshot for who may make everything beside it', shot, ['pods', 'pvcs'], true],
    ['no snapshot for who may make pods alone', shot, ['pods'], false],
  ];
  for (const [name, given, allowed, made] of rights) {
    test(`reads ${name}, as CDI has it`, async () => {
      const world = setUp([cdi, golden], { allowed });
      const { failure } = await bringDataVolumes(world.deps, vm(bringing(given)));
      assert.equal(world.made.length, made ? 1 : 0);
      assert.equal(failure === undefined, made);
    });
  }

  test('follows a DataSource to where its status says, and asks about that', async () => {
    const { made, asked, deps } = setUp([chain(snapshot)], { allowed: ['datavolumes'] });
    await bringDataVolumes(deps, vm(bringing(refer)));
    assert.deepEqual(made[0]?.spec.source, snapshot);
    assert.equal(asked.length, 1);
  });

  const may = ['datavolumes', 'pods', 'pvcs'];
  const foreign = template({ sourceRef: { kind: 'Image', name: 'golden', namespace: 'images' } });
  const undecided = /DataSource ns\/golden names no PVC or snapshot yet/;
  const refused: [string, DataVolumeTemplate, KubeObject[], string[], RegExp][] = [
    [
      'what the account may not',
      refer,
      [golden],
      [],
      /service account ns\/default may not clone images\/image; grant it/,
    ],
    ['what is not there', refer, [], may, /DataSource ns\/golden does not exist/],
    ['an empty source', refer, [stored('DataSource', 'golden', { spec: { source: {} } })], may, undecided],
    ['a source that nobody has resolved', refer, [chain()], may, undecided],
    ['a source that is resolved to nothing', refer, [chain({})], may, undecided],
    ['another kind of reference', foreign, [golden], may, /sourceRef is of kind Image/],
  ];
  for (const [name, given, objects, allowed, says] of refused) {
    test(`refuses ${name}, and leaves no reference to CDI`, async () => {
      const { made, deps } = setUp([cdi, ...objects], { allowed });
      const { failure } = await bringDataVolumes(deps, vm(bringing(given)));
      assert.equal(failure?.reason, 'FailedDataVolumeCreate');
      assert.match(failure.message, says);
      assert.deepEqual(made, []);
      const desired = desiredDataVolume(vm(), given, undefined);
      assert.equal('sourceRef' in desired.spec, false);
    });
  }
});

describe('DataVolumes are looked at', () => {
  const lazy = meta({ annotations: { 'kubevirt.io/immediate-data-volume-creation': 'false' } });
  const rows: [string, Vm, { instance: boolean; starts: boolean }, boolean][] = [
    ['never without templates', vm(), { instance: false, starts: true }, false],
    ['of a VM that is off', vm(bringing(template())), { instance: false, starts: false }, true],
    ['at the start, when asked to', vm(bringing(template()), lazy), { instance: false, starts: true }, true],
    [
      'not before the start, when asked to',
      vm(bringing(template()), lazy),
      { instance: false, starts: false },
      false,
    ],
    [
      'not while an instance of this template is there',
      vm(bringing(template()), status({ observedGeneration: 3 })),
      { instance: true, starts: false },
      false,
    ],
    [
      'when the template changed under an instance',
      vm(bringing(template()), status({ observedGeneration: 2 })),
      { instance: true, starts: false },
      true,
    ],
    [
      'not of a VM that is going',
      vm(bringing(template()), meta({ deletionTimestamp: '2026-01-01T11:00:00Z' })),
      { instance: false, starts: false },
      false,
    ],
  ];
  for (const [name, seen, { instance, starts }, due] of rows) {
    test(name, () => assert.equal(dataVolumesAreDue(seen, instance, starts), due));
  }
});
