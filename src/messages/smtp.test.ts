import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { mailServer } from '../../test/mail-server.ts';
import { testOutbox, until } from '../../test/outbox.ts';
import type { Message } from './messages.ts';
import { smtpTransport } from './smtp.ts';

/** Sends mails that differ in this from memory, and waits until all have come or are lost. */
async function sent(
  t: TestContext,
  mails: readonly Partial<Message>[],
  refusals: readonly number[] = [],
  refusedLogins?: number,
) {
  const { url, received } = await mailServer(t, {
    refusals,
    ...(refusedLogins !== undefined && { refusedLogins }),
  });
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

const names: readonly [given: string, from: RegExp][] = [
  ['=?UTF-8?B?Wm/Dqw==?=', /^From: =\?UTF-8\?Q\?Zo=C3=AB\?= <hello@example.org>\r$/m],
  ['=?utf-8?q?Ada_=22A=22?= =?iso-8859-1?Q?_x?=', /^From: "Ada \\"A\\" x" <hello@example.org>\r$/m],
  ['=?UTF-8?B?WApCY2M6IGU=?=', /^From: "X Bcc: e" <hello@example.org>\r$/m],
  ['=?nothing?B?Wm8=?=', /^From: "=\?nothing\?B\?Wm8=\?=" <hello@example.org>\r$/m],
  [String.raw`"Ada \"A\" =?UTF-8?B?Wm8=?="`, /^From: "Ada \\"A\\" =\?UTF-8\?B\?Wm8=\?=" <hello/m],
];
for (const [given, from] of names) {
  test(`OUT-3 a sender whose name is given as ${given} is told by it`, async (t) => {
    const mail = { from: `${given} <hello@example.org>`, region: 'us-east-1' };
    const { header } = await sent(t, [{ mail }]);
    assert.match(header, from);
  });
}

test('a mail that the server cannot take now is tried again', async (t) => {
  const { received, losses } = await sent(t, [{}], [451, 451]);
  assert.deepEqual([received.length, losses.length], [1, 0]);
});

test('mails wait while the server does not take the password, or asks for one (530)', async (t) => {
  for (const [refusals, refusedLogins] of [[[], 2] as const, [[530], undefined] as const]) {
    const { received, losses } = await sent(t, [{}], refusals, refusedLogins);
    assert.deepEqual([received.length, losses.length], [1, 0]);
  }
});

test('a mail that the server refuses for good is lost, and told without its content and address', async (t) => {
  const { received, losses } = await sent(t, [{}], [550]);
  assert.equal(received.length, 0);
  assert.equal(losses.length, 1);
  assert.doesNotMatch(JSON.stringify(losses.map(({ reason }) => reason)), /ada|123456/);
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

/** A mail server of so many lines: what it does with each connection, and the mails that were sent to it in full. */
async function bareServer(t: TestContext, talk: (socket: Socket, took: (mail: string) => void) => void) {
  const taken: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    talk(socket, (mail) => void taken.push(/^To: (.*)\r$/m.exec(mail)?.[1] ?? ''));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, taken, sockets };
}

/** Answers as mail servers do; `atEnd` says what comes once a mail is there. */
function speak(socket: Socket, atEnd: (mail: string) => void): void {
  let mail: string | undefined;
  socket.write('220 hello\r\n');
  createInterface({ input: socket }).on('line', (line) => {
    if (mail === undefined && line === 'DATA') {
      mail = '';
      socket.write('354 go on\r\n');
    } else if (mail === undefined) socket.write('250 ok\r\n');
    else if (line === '.') {
      atEnd(mail);
      mail = undefined;
    } else mail += `${line}\r\n`;
  });
}

test('what a mail server that hangs did not take is sent once when it goes on', async (t) => {
  const waiting: (() => void)[] = [];
  let hangs = true;
  const { url, taken } = await bareServer(t, (socket, took) => {
    const go = () =>
      speak(socket, (mail) => {
        took(mail);
        socket.write('250 ok\r\n');
      });
    if (hangs) waiting.push(go);
    else go();
  });
  const smtp = smtpTransport({ url, from: 'no-reply@example.com' });
  const times = { patience: 300, waits: [20] };
  const { outbox, store, message } = await testOutbox(t, { EMAIL: smtp }, { times });
  for (let n = 0; n < 4; n += 1) await outbox.keep({ ...message, to: `u${n}@example.com` });
  await until(async () => (await store.messages.due(7e15, 10)).every(({ tries }) => tries > 4));
  hangs = false;
  for (const go of waiting) go();
  await until(async () => (await store.messages.due(7e15, 10)).length === 0);
  await new Promise((done) => setTimeout(done, 300));
  assert.deepEqual(
    taken.toSorted(),
    Array.from({ length: 4 }, (_, n) => `u${n}@example.com`),
  );
});

test('no time of a mail runs while it waits for a connection of a slow mail server', async (t) => {
  let begun = 0;
  const { url, taken } = await bareServer(t, (socket, took) =>
    speak(socket, (mail) => {
      begun += 1;
      setTimeout(() => {
        took(mail);
        socket.write('250 ok\r\n');
      }, 150);
    }),
  );
  const smtp = smtpTransport({ url, from: 'no-reply@example.com' });
  const { outbox, message, losses } = await testOutbox(t, { EMAIL: smtp }, { times: { patience: 500 } });
  const addresses = Array.from({ length: 10 }, (_, n) => `u${n}@example.com`);
  for (const to of addresses.slice(0, 5)) outbox.send({ ...message, to });
  for (const to of addresses.slice(5)) await outbox.keep({ ...message, to });
  await until(() => taken.length >= 10);
  await outbox.close(2000);
  assert.deepEqual([taken.toSorted(), begun, losses], [addresses, 10, []]);
});

test('OUT-4 a mail server whose certificate nobody vouches for gets nothing, whatever the environment says', async (t) => {
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  t.after(() => delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']);
  for (const secure of [true, false]) {
    const { url, received } = await mailServer(t, { certificate: secure ? 'from the start' : 'by STARTTLS' });
    const smtp = smtpTransport({ url, from: 'no-reply@example.com' });
    const { outbox, losses, message } = await testOutbox(t, { EMAIL: smtp });
    outbox.send(message);
    await until(() => losses.length === 1);
    assert.equal(received.length, 0);
  }
});
