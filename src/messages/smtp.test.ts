import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { mailServer } from '../../test/mail-server.ts';
import { testOutbox } from '../../test/outbox.ts';
import type { Message } from './messages.ts';
import { smtpTransport } from './smtp.ts';

/** Sends mails that differ in this from memory, and waits until all have come or are lost. */
async function sent(t: TestContext, mails: readonly Partial<Message>[], refusals: readonly number[] = []) {
  const { url, received } = await mailServer(t, { refusals });
  const smtp = smtpTransport({ url, from: 'no-reply@example.com' });
  const { outbox, losses, faults, message } = await testOutbox(t, { EMAIL: smtp });
  for (const mail of mails) outbox.send({ ...message, ...mail });
  await outbox.close(10_000);
  assert.deepEqual(faults, []);
  return { received, losses, header: received[0]?.text.split('\r\n\r\n')[0] ?? '' };
}

test('a mail arrives with its subject and body', async (t) => {
  const { received, losses, header } = await sent(t, [{}]);
  assert.deepEqual(losses, []);
  assert.deepEqual(received[0]?.recipients, ['ada@example.com']);
  assert.match(header, /^Subject: Your code\r$/m);
  assert.match(header, /^From: no-reply@example.com\r$/m);
  assert.match(received[0]?.text ?? '', /The code is <b>123456<\/b>/);
});

test('a mail is from whom its pool says, and answers go where it says', async (t) => {
  const mail = {
    from: 'Zoë\r\nBcc: eve@example.com <hello@example.org>',
    replyTo: 'help@example.org',
    configurationSet: 'audited',
    identityArn: 'arn:aws:ses:us-east-1:000000000000:identity/example.org',
    region: 'us-east-1',
  };
  const { header } = await sent(t, [{ mail }]);
  assert.match(header, /^From: =\?UTF-8\?.*<hello@example.org>\r$/m);
  assert.match(header, /^Reply-To: help@example.org\r$/m);
  assert.match(header, /^X-SES-CONFIGURATION-SET: audited\r$/im);
  assert.match(header, /^X-SES-SOURCE-ARN: arn:aws:ses/im);
  assert.doesNotMatch(header, /^Bcc:/m);
});

test('a mail that the server cannot take now is tried again', async (t) => {
  const { received, losses } = await sent(t, [{}], [451, 451]);
  assert.deepEqual([received.length, losses.length], [1, 0]);
});

test('a mail that the server refuses for good is lost, and told without its content and address', async (t) => {
  const { received, losses } = await sent(t, [{}], [550]);
  assert.equal(received.length, 0);
  assert.equal(losses.length, 1);
  assert.doesNotMatch(JSON.stringify(losses), /ada|123456/);
});

const hostile: { name: string; to: string }[] = [
  { name: 'CR LF and a command', to: 'ada@example.com>\r\nRCPT TO:<eve@example.com' },
  { name: 'a bare LF', to: 'ada@example.com\nBcc: eve@example.com' },
  { name: 'NEL', to: 'ada@example.com\u0085eve' },
  { name: 'a LINE SEPARATOR', to: 'ada@example.com\u2028eve' },
  { name: 'a second mailbox', to: 'ada@example.com,eve@example.com' },
  { name: 'a mailbox behind a name', to: 'ada <eve@example.com>' },
  { name: 'a group', to: 'all:eve@example.com;' },
];
for (const { name, to } of hostile) {
  test(`OUT-3 an address with ${name} is not written to`, async (t) => {
    const { received, losses } = await sent(t, [{ to }]);
    assert.equal(received.length, 0);
    assert.equal(losses.length, 1);
  });
}

test('OUT-3 a subject cannot end its header', async (t) => {
  const subject = 'Hello\r\nBcc: eve@example.com\u2028X-Evil: 1\r\n\r\nbody';
  const { received, header } = await sent(t, [{ subject }]);
  assert.deepEqual(received[0]?.recipients, ['ada@example.com']);
  assert.doesNotMatch(header, /^(?:Bcc|X-Evil):/m);
  assert.match(header, /^Subject: Hello Bcc/m);
});

test('a text message without a way is told as lost', async (t) => {
  const { losses } = await sent(t, [{ medium: 'SMS', to: '+15550100' }]);
  assert.match(losses[0]?.reason ?? '', /no way to send/);
});
