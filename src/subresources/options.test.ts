import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpError } from '../http/status.ts';
import {
  durationSeconds,
  freezeOptions,
  isDryRun,
  parseOptions,
  pauseOptions,
  stopOptions,
} from './options.ts';

for (const [text, seconds] of [
  ['5m0s', 300],
  ['1h30m', 5400],
  ['1.5s', 1.5],
  ['250ms', 0.25],
  ['0', 0],
  ['0s', 0],
  ['', undefined],
  ['5', undefined],
  ['-5m', undefined],
  ['5 m', undefined],
  ['5d', undefined],
  ['m', undefined],
  ['1m, please', undefined],
] as const) {
  test(`the duration ${JSON.stringify(text)}`, () => assert.equal(durationSeconds(text), seconds));
}

for (const [name, body, want] of [
  ['nothing stands for all defaults', '', {}],
  ['null does too', 'null', {}],
  ['JSON', '{"gracePeriod": 5}', { gracePeriod: 5 }],
  ['YAML', 'gracePeriod: 5\n', { gracePeriod: 5 }],
  ['null is left out', '{"gracePeriod": null}', { gracePeriod: null }],
  ['kind and version of the options say nothing', '{"kind":"StopOptions","apiVersion":"v1"}', {}],
] as const) {
  test(`a body: ${name}`, () => assert.deepEqual(parseOptions(Buffer.from(body), stopOptions), want));
}

for (const [name, body] of [
  ['half of JSON', '{"gracePeriod": '],
  ['a list', '[]'],
  ['a text', '"hello"'],
  ['half a second', '{"gracePeriod": 0.5}'],
  ['a dry run of another kind', '{"dryRun": ["Some"]}'],
  ['YAML that grows', 'a: &a [1]\nb: [*a, *a]'],
] as const) {
  test(`no body: ${name}`, () =>
    assert.throws(
      () => parseOptions(Buffer.from(body), stopOptions),
      (error) =>
        error instanceof HttpError &&
        error.status === 400 &&
        error.message.startsWith('Can not unmarshal Request body to struct, error: '),
    ));
}

test('a dry run is asked for by name', () => {
  assert.equal(isDryRun(parseOptions(Buffer.from('{"dryRun":["All"]}'), pauseOptions)), true);
  assert.equal(isDryRun(parseOptions(Buffer.from('{"dryRun":[]}'), pauseOptions)), false);
  assert.equal(isDryRun(parseOptions(Buffer.from(''), pauseOptions)), false);
  assert.deepEqual(parseOptions(Buffer.from('unfreezeTimeout: 5m'), freezeOptions), {
    unfreezeTimeout: '5m',
  });
});

test('a body of thousands of keys holds nobody up', { timeout: 5_000 }, () => {
  const keys = Array.from({ length: 40_000 }, (_, index) => `k${index}`);
  const json = JSON.stringify({ ...Object.fromEntries(keys.map((key) => [key, 1])), gracePeriod: 3 });
  assert.equal(parseOptions(Buffer.from(json), stopOptions).gracePeriod, 3);
  const yaml = keys.map((key) => `${key}: 1`).join('\n');
  assert.throws(() => parseOptions(Buffer.from(yaml), stopOptions), {
    status: 400,
    message: /so send JSON$/,
  });
});
