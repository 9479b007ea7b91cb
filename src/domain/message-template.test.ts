import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveryDetails } from './delivery.ts';
import { filled } from './message-template.ts';

const link = (text: string) => `[${text}]`;

const templates: readonly { body: string; becomes: string }[] = [
  { body: 'Hi {username}: {####}', becomes: 'Hi ada: 123456' },
  { body: '{##Verify Email##}', becomes: '[Verify Email]' },
  { body: '{####}{##a##}{####}{##b##}', becomes: '123456[a]123456[b]' },
  { body: '{## # ##}', becomes: '[ # ]' },
  { body: '{##open and never closed', becomes: '{##open and never closed' },
  { body: '{##}', becomes: '{##}' },
  { body: '##} {##x##}', becomes: '##} [x]' },
];
for (const { body, becomes } of templates) {
  test(`the template ${body} becomes ${becomes}`, () => {
    assert.equal(filled(body, { code: '123456', username: 'ada', link }), becomes);
  });
}

test('what has no value stays as it is', () => {
  assert.equal(filled('{username} {##x##} {####}', { code: '1' }), '{username} {##x##} 1');
});

test('OUT-3 a placeholder inside a value stays what it is', () => {
  const values = { code: '{username}{##x##}', username: '{####}', link: () => '{####}{username}' };
  assert.equal(filled('{####} {username} {##y##}', values), '{username}{##x##} {####} {####}{username}');
});

test('IN-9 templates of nothing but beginnings take no time', () => {
  const started = performance.now();
  filled('{##'.repeat(6_666), { code: '1', link });
  filled('{####}'.repeat(3_333), { code: '1', link });
  assert.ok(performance.now() - started < 50);
});

const masks: readonly [string, 'email' | 'phone_number', string][] = [
  ['jane@example.com', 'email', 'j***@e***'],
  ['j@e', 'email', 'j***@e***'],
  ['😀a@ünïcode.example', 'email', '😀***@ü***'],
  ['+12065554444', 'phone_number', '+*******4444'],
  ['+123456', 'phone_number', '+**3456'],
  ['+12', 'phone_number', '+12'],
];
for (const [address, attribute, Destination] of masks) {
  test(`${address} is told as ${Destination}`, () => {
    assert.equal(deliveryDetails({ attribute, address }).Destination, Destination);
  });
}
