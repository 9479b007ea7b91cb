import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from './log.ts';

function logged(entry: Record<string, unknown>): string {
  let text = '';
  const log = createLog(
    (more) => {
      text += more;
    },
    () => 0,
  );
  log.write('info', entry);
  log.flush();
  return text;
}

test('SEC-3 one line per entry, whatever the values hold, and nothing that a terminal would obey', () => {
  const nasty = 'ada\r\n{"level":"info"}\u001b[31m\u009b2J\u202e\u2028\u007f\0\ud800';
  const text = logged({ user: nasty, 'a\nb': 1 });
  assert.equal(text.split('\n').length, 2);
  assert.ok(text.endsWith('}\n'));
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(text.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
  const read = JSON.parse(text) as { user: string; at: string; level: string };
  assert.equal(read.user, nasty.toWellFormed());
  assert.deepEqual([read.at, read.level], ['1970-01-01T00:00:00.000Z', 'info']);
});

test('SEC-3 a value is cut at 1 KiB; absent ones are left out; times are rounded', () => {
  const text = logged({ long: 'a'.repeat(5000), gone: undefined, ms: 1.23456789, fault: new Error('boom') });
  const read = JSON.parse(text) as Record<string, string>;
  assert.equal(read['long'], `${'a'.repeat(1024)}…`);
  assert.ok(!('gone' in read));
  assert.equal(read['ms'], 1.235);
  assert.match(read['fault'] ?? '', /^Error: boom/);
});
