import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MonovirtError } from '../support/errors.ts';
import { parseRequestHeaderConfig, userOf } from './identity.ts';
import type { User } from './identity.ts';

const configMap = {
  data: {
    'requestheader-client-ca-file': 'PEM',
    'requestheader-allowed-names': '["front-proxy-client"]',
    'requestheader-username-headers': '["X-Remote-User"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
  },
};

const rows: {
  name: string;
  clientName: string | undefined;
  headers: NodeJS.Dict<string[]>;
  want: User | undefined;
}[] = [
  {
    name: 'user, groups and extras come from the headers of a trusted connection',
    clientName: 'front-proxy-client',
    headers: {
      'x-remote-user': ['ann'],
      'x-remote-group': ['dev', 'system:authenticated'],
      'x-remote-extra-example.org%2ftenant': ['a'],
    },
    want: { name: 'ann', groups: ['dev', 'system:authenticated'], extra: { 'example.org/tenant': ['a'] } },
  },
  {
    name: 'the uid that newer API servers tell is kept',
    clientName: 'front-proxy-client',
    headers: { 'x-remote-user': ['ann'], 'x-remote-uid': ['4711'] },
    want: { name: 'ann', uid: '4711', groups: [], extra: {} },
  },
  {
    name: 'names with commas are whole names, not two',
    clientName: 'front-proxy-client',
    headers: {
      'x-remote-user': ['system:admin, Ann'],
      'x-remote-group': ['cn=dev, system:masters'],
    },
    want: { name: 'system:admin, Ann', groups: ['cn=dev, system:masters'], extra: {} },
  },
  {
    name: 'headers without a client certificate count for nothing',
    clientName: undefined,
    headers: { 'x-remote-user': ['system:admin'] },
    want: undefined,
  },
  {
    name: 'a certificate of another name is not trusted although the CA signed it',
    clientName: 'somebody-else',
    headers: { 'x-remote-user': ['system:admin'] },
    want: undefined,
  },
  {
    name: 'a request that names nobody is nobody',
    clientName: 'front-proxy-client',
    headers: {},
    want: undefined,
  },
  {
    name: 'an extra key that cannot be decoded is kept as it stands',
    clientName: 'front-proxy-client',
    headers: { 'x-remote-user': ['ann'], 'x-remote-extra-%zz': ['a'] },
    want: { name: 'ann', groups: [], extra: { '%zz': ['a'] } },
  },
];

for (const row of rows) {
  test(row.name, () => {
    assert.deepEqual(userOf(parseRequestHeaderConfig(configMap), row.clientName, row.headers), row.want);
  });
}

test('a cluster without an aggregation layer is named as the cause', () => {
  assert.throws(
    () => parseRequestHeaderConfig({ data: {} }),
    (error) => error instanceof MonovirtError && error.reason === 'AggregationNotConfigured',
  );
});
