import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
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

test('DOS-4 who stands still and reads no log costs a bounded memory, and is told that lines are lost', async (t) => {
  const script = `
    import { createLog, toStandardError } from './src/log.ts';
    import { once } from 'node:events';
    const log = createLog(toStandardError(() => log.write('warn', { event: 'log lines lost' })));
    for (let n = 0; n < 30_000; n += 1) {
      log.write('info', { value: 'a'.repeat(1024) });
      if (n % 100 === 99) await new Promise(setImmediate);
    }
    console.log(process.stderr.writableLength);
    await once(process.stdin, 'data');
    while (process.stderr.writableLength > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    log.write('info', { value: 'one more' });
    log.flush();`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: join(import.meta.dirname, '..'),
  });
  t.after(() => child.kill());
  const [waiting] = (await once(createInterface(child.stdout), 'line')) as [string];
  assert.ok(Number(waiting) > 1024 * 1024 && Number(waiting) < 9 * 1024 * 1024, waiting);
  const events: unknown[] = [];
  createInterface(child.stderr).on('line', (line) => {
    if (line !== '') events.push((JSON.parse(line) as { event?: string }).event);
  });
  child.stdin.end('go on');
  await once(child, 'close');
  assert.equal(events.at(-1), 'log lines lost');
  assert.ok(events.length > 1000 && events.length < 10_000, `${events.length} lines`);
});
