import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import type { Loss, Message } from './messages.ts';
import { createSmtp } from './smtp.ts';

interface Received {
  readonly recipients: readonly string[];
  readonly text: string;
}

/** A real mail server on the loopback address, which first refuses as many mails as told. */
async function mailServer(t: TestContext, refusals: readonly number[] = []) {
  const received: Received[] = [];
  const answers = [...refusals];
  const arrivals = new EventTarget();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData(stream, session, done) {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        const code = answers.shift();
        if (code) return done(Object.assign(new Error('not now'), { responseCode: code }));
        const recipients = session.envelope.rcptTo.map(({ address }) => address);
        received.push({ recipients, text: Buffer.concat(pieces).toString() });
        arrivals.dispatchEvent(new Event('mail'));
        return done();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  return { url: `smtp://127.0.0.1:${port}`, received };
}

const message: Message = {
  poolId: 'us-east-1_a',
  medium: 'EMAIL',
  to: 'ada@example.com',
  subject: 'Your code',
  body: 'The code is <b>123456</b>',
  code: '123456',
  at: 0,
};

async function sent(t: TestContext, messages: readonly Message[], refusals: readonly number[] = []) {
  const { url, received } = await mailServer(t, refusals);
  const losses: Loss[] = [];
  const onLoss = (loss: Loss) => void losses.push(loss);
  const smtp = createSmtp({ url, from: 'no-reply@example.com', onLoss, waits: [1, 1] });
  for (const each of messages) smtp.send(each);
  await smtp.close(10_000);
  return { received, losses };
}

test('a mail arrives with its subject and body', async (t) => {
  const { received, losses } = await sent(t, [message]);
  assert.deepEqual(losses, []);
  assert.deepEqual(received[0]?.recipients, ['ada@example.com']);
  assert.match(received[0]?.text ?? '', /^Subject: Your code\r$/m);
  assert.match(received[0]?.text ?? '', /The code is <b>123456<\/b>/);
});

test('a mail that the server cannot take now is tried again', async (t) => {
  const { received, losses } = await sent(t, [message], [451, 451]);
  assert.deepEqual([received.length, losses.length], [1, 0]);
});

test('a mail that the server refuses for good is lost, and told without its content and address', async (t) => {
  const { received, losses } = await sent(t, [message], [550, 550, 550]);
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
    const { received, losses } = await sent(t, [{ ...message, to }]);
    assert.equal(received.length, 0);
    assert.equal(losses.length, 1);
  });
}

test('OUT-3 a subject cannot end its header', async (t) => {
  const subject = 'Hello\r\nBcc: eve@example.com\u2028X-Evil: 1\r\n\r\nbody';
  const { received } = await sent(t, [{ ...message, subject }]);
  const [header = ''] = (received[0]?.text ?? '').split('\r\n\r\n');
  assert.deepEqual(received[0]?.recipients, ['ada@example.com']);
  assert.doesNotMatch(header, /^(?:Bcc|X-Evil):/m);
  assert.match(header, /^Subject: Hello Bcc/m);
});

test('a text message is told as lost', async (t) => {
  const { losses } = await sent(t, [{ ...message, medium: 'SMS', to: '+15550100' }]);
  assert.match(losses[0]?.reason ?? '', /text messages/);
});
