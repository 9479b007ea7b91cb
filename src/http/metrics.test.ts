import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics, metricsText, summed } from './metrics.ts';

const outcome = {
  service: 'cognito-idp',
  operation: 'InitiateAuth',
  result: 'ok',
  status: 200,
  requestId: 'r',
  ip: '127.0.0.1',
  region: undefined,
  caller: undefined,
} as const;

test('metrics count requests by outcome and durations in growing buckets', () => {
  const metrics = createMetrics();
  for (const milliseconds of [1, 3, 20_000]) metrics.observe({ ...outcome, milliseconds });
  metrics.observe({ ...outcome, result: 'NotAuthorizedException', status: 400, milliseconds: 2 });
  metrics.observe({ ...outcome, service: undefined, operation: undefined, result: '404', milliseconds: 1 });
  const lines = metricsText(metrics.counts()).split('\n');
  const labels = 'service="cognito-idp",operation="InitiateAuth"';
  for (const line of [
    `cognate_requests_total{${labels},result="ok"} 3`,
    `cognate_requests_total{${labels},result="NotAuthorizedException"} 1`,
    'cognate_requests_total{service="http",operation="unknown",result="404"} 1',
    `cognate_request_duration_seconds_bucket{${labels},le="0.001"} 1`,
    `cognate_request_duration_seconds_bucket{${labels},le="0.0025"} 2`,
    `cognate_request_duration_seconds_bucket{${labels},le="0.005"} 3`,
    `cognate_request_duration_seconds_bucket{${labels},le="10"} 3`,
    `cognate_request_duration_seconds_bucket{${labels},le="+Inf"} 4`,
    `cognate_request_duration_seconds_sum{${labels}} 20.006`,
    `cognate_request_duration_seconds_count{${labels}} 4`,
  ])
    assert.ok(lines.includes(line), line);
  assert.equal(lines.at(-1), '');
});

test('what processes have counted adds up, through the channel between them', () => {
  const all = [1, 2, 3].map((count) => {
    const metrics = createMetrics();
    for (let n = 0; n < count; n += 1) metrics.observe({ ...outcome, milliseconds: 2 });
    if (count === 2) metrics.observe({ ...outcome, operation: 'GetUser', milliseconds: 40_000 });
    return JSON.parse(JSON.stringify(metrics.counts())) as ReturnType<typeof metrics.counts>;
  });
  const lines = metricsText(summed(all)).split('\n');
  const [signIn, getUser] = ['InitiateAuth', 'GetUser'].map(
    (operation) => `service="cognito-idp",operation="${operation}"`,
  );
  for (const line of [
    `cognate_requests_total{${signIn},result="ok"} 6`,
    `cognate_requests_total{${getUser},result="ok"} 1`,
    `cognate_request_duration_seconds_bucket{${signIn},le="0.001"} 0`,
    `cognate_request_duration_seconds_bucket{${signIn},le="0.0025"} 6`,
    `cognate_request_duration_seconds_count{${signIn}} 6`,
    `cognate_request_duration_seconds_sum{${signIn}} 0.012`,
    `cognate_request_duration_seconds_bucket{${getUser},le="10"} 0`,
    `cognate_request_duration_seconds_bucket{${getUser},le="+Inf"} 1`,
  ])
    assert.ok(lines.includes(line), line);
});
