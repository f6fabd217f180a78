import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concernsVms, difference, eventCounts, requestCounts } from './requests.ts';

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

test('events are counted by who told them, repeated ones as often as they were told', () => {
  const items = [
    { reason: 'Started', reportingComponent: 'kubelet', count: 1 },
    { reason: 'Unhealthy', reportingComponent: 'kubelet', count: 3 },
    { reason: 'Scheduled', reportingComponent: '', source: { component: 'scheduler' } },
  ];
  assert.deepEqual(
    [...eventCounts(JSON.stringify({ items }))],
    [
      ['kubelet', 4],
      ['scheduler', 1],
    ],
  );
});
