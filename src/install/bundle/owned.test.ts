import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownedOfExamples } from './owned.ts';

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'coldBeers.pub' },
  spec: {
    names: { kind: 'ColdBeer' },
    versions: [
      {
        name: 'v1',
        schema: {
          openAPIV3Schema: {
            description: 'A beer.',
            properties: {
              spec: { properties: { bestBefore: { description: 'A day.' } } },
              status: { properties: { phase: {}, mood: {} } },
            },
          },
        },
      },
    ],
  },
};
const example = {
  apiVersion: 'pub/v1',
  kind: 'ColdBeer',
  metadata: { name: 'x' },
  spec: { bestBefore: 'noon' },
};

test('a kind is described by its schema', () => {
  assert.deepEqual(ownedOfExamples([example], [definition]), [
    {
      name: 'coldBeers.pub',
      kind: 'ColdBeer',
      version: 'v1',
      displayName: 'Cold beer',
      description: 'A beer.',
      resources: [{ kind: 'VirtualMachine', name: '', version: 'v1' }],
      specDescriptors: [{ path: 'bestBefore', displayName: 'Best before', description: 'A day.' }],
      statusDescriptors: [{ path: 'phase', displayName: 'Phase' }],
    },
  ]);
});

test('an example of a kind that is not installed is left out', () => {
  assert.deepEqual(ownedOfExamples([example], []), []);
});
