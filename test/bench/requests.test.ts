import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concernsVms, difference, requestCounts } from './requests.ts';

const line = (verb: string, resource: string, subresource: string, count: number): string =>
  `apiserver_request_total{code="200",resource="${resource}",subresource="${subresource}",verb="${verb}"} ${count}`;

test('requests are summed over codes and compared between two readings', () => {
  const before = requestCounts([line('POST', 'pods', '', 3), line('WATCH', 'pods', '', 9)].join('\n'));
  const after = requestCounts(
    [
      line('POST', 'pods', '', 4),
      line('POST', 'pods', '', 2),
      line('PATCH', 'pods', 'status', 1),
      line('PUT', 'leases', '', 5),
    ].join('\n'),
  );
  const asked = difference(before, after);
  assert.deepEqual(asked, [
    ['PUT leases', 5],
    ['POST pods', 3],
    ['PATCH pods/status', 1],
  ]);
  assert.deepEqual(
    asked.filter(concernsVms).map(([key]) => key),
    ['POST pods', 'PATCH pods/status'],
  );
});
