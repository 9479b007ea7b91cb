import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFailureLimit } from './failure-limit.ts';

const pool = 'us-east-1_abc';

/** How many of so many attempts, all failing, get through. */
function through(attempt: () => void, count: number): number {
  let passed = 0;
  for (let done = 0; done < count; done += 1) {
    try {
      attempt();
      passed += 1;
    } catch (error) {
      assert.match(String(error), /Rate exceeded/);
    }
  }
  return passed;
}

test('LO-8 of 10,000 names tried from one address 300 are tried, and 300 more each minute', () => {
  const limit = createFailureLimit();
  assert.equal(
    through(() => limit.reserve(pool, '10.0.0.1', 0), 10_000),
    300,
  );
  assert.equal(
    through(() => limit.reserve(pool, '10.0.0.1', 30_000), 10_000),
    150,
  );
  assert.equal(
    through(() => limit.reserve(pool, '10.0.0.1', 3_600_000), 10_000),
    300,
  );
});

test('LO-8 other addresses and other pools have their own count; what succeeds does not count', () => {
  const limit = createFailureLimit({ perMinute: 2 });
  assert.equal(
    through(() => limit.reserve(pool, '10.0.0.1', 0), 5),
    2,
  );
  limit.reserve(pool, '10.0.0.2', 0);
  limit.reserve('us-east-1_other', '10.0.0.1', 0);
  const succeed = () => {
    limit.reserve(pool, '10.0.0.3', 0);
    limit.release(pool, '10.0.0.3');
  };
  assert.equal(through(succeed, 100), 100);
});

test('LO-8 a trusted proxy is not limited; a clock that goes back gives nothing', () => {
  const limit = createFailureLimit({ perMinute: 2, isTrusted: (source) => source === '10.0.0.9' });
  assert.equal(
    through(() => limit.reserve(pool, '10.0.0.9', 0), 50),
    50,
  );
  assert.equal(
    through(() => limit.reserve(pool, '10.0.0.1', 1_000_000), 50),
    2,
  );
  assert.equal(
    through(() => limit.reserve(pool, '10.0.0.1', 0), 50),
    0,
  );
});

test('LO-8 all addresses of one IPv6 network are one source', () => {
  const limit = createFailureLimit({ perMinute: 3 });
  for (const source of ['2001:db8:0:7::1', '2001:db8:0:7:a:b:c:d', '2001:db8::7:0:0:0:9']) {
    limit.reserve(pool, source, 0);
  }
  assert.throws(() => limit.reserve(pool, '2001:db8:0:7:ffff::', 0), /Rate exceeded/);
  limit.reserve(pool, '2001:db8:0:8::1', 0);
  limit.reserve(pool, '2001:db8::', 0);
});

test('DOS-4 the sources that are remembered are bounded, and the quiet ones go first', () => {
  const limit = createFailureLimit({ perMinute: 1, capacity: 3 });
  for (const source of ['a', 'b', 'c']) limit.reserve(pool, source, 0);
  assert.equal(
    through(() => limit.reserve(pool, 'a', 0), 1),
    0,
  );
  limit.reserve(pool, 'd', 0);
  // b was quiet longest and is forgotten; a is still known.
  assert.equal(
    through(() => limit.reserve(pool, 'a', 0), 1),
    0,
  );
  assert.equal(
    through(() => limit.reserve(pool, 'b', 0), 1),
    1,
  );
});
