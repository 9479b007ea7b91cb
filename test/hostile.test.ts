/**
 * Inputs made to hurt, generated from the facts for all 191 operations, and bodies that no client would send. Nothing may
 * come back but the right 400: no 500, no changed prototype, no memory that stays (security IN-1 to IN-9).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Context } from '../src/context.ts';
import { listen } from '../src/http/listener.ts';
import { createRouter } from '../src/http/router.ts';
import { createDispatcher } from '../src/protocol/dispatch.ts';
import type { Facts, ServiceName } from '../src/protocol/facts.ts';
import { factsOf, serviceNames, shapeOf } from '../src/protocol/facts.ts';
import { compilePattern } from '../src/protocol/pattern.ts';
import { deviationOf } from '../src/protocol/service-side.ts';
import type { Outcome, Request } from '../src/protocol/wire.ts';
import type { Case } from './hostile/cases.ts';
import { casesOf, valid } from './hostile/cases.ts';
import { heapInUse } from './memory.ts';

const sink = (_outcome: Outcome) => {};

/** No operation is built here: what gets past validation ends in NotImplementedException. */
const dispatch = createDispatcher({
  services: {},
  authorize: () => ({}),
  contextFor: () => ({}) as Context,
  log: sink,
});

const request = (over: Partial<Request>): Request => ({
  method: 'POST',
  url: '/',
  headers: {},
  rawHeaders: [],
  body: Buffer.alloc(0),
  ip: '127.0.0.1',
  ...over,
});

const rpc = (facts: Facts, operation: string, body: string | Buffer): Request =>
  request({
    headers: { 'x-amz-target': `${facts.targetPrefix}.${operation}` },
    body: Buffer.from(body),
  });

/** An input as the wire of its service carries it; undefined when that wire cannot. */
function asRequest(facts: Facts, operation: string, input: unknown): Request | undefined {
  if (facts.protocol === 'json') return rpc(facts, operation, JSON.stringify(input));
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return undefined;
  if (facts.protocol === 'query') {
    const fields = [['Action', operation], ['Version', facts.apiVersion], ...fieldsOf('', input)];
    const text = fields.map(([name, value]) => `${escaped(name ?? '')}=${escaped(value ?? '')}`).join('&');
    return request({
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(text),
    });
  }
  return restRequest(facts, operation, input as Record<string, unknown>);
}

const escaped = (text: string) => encodeURIComponent(text.toWellFormed());

function fieldsOf(prefix: string, value: unknown): [string, string][] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value))
    return value.flatMap((item, at) => fieldsOf(`${prefix}.member.${at + 1}`, item as unknown));
  if (typeof value !== 'object') return [[prefix, textOf(value)]];
  const start = prefix === '' ? '' : `${prefix}.`;
  return Object.entries(value).flatMap(([name, inner]) => fieldsOf(`${start}${name}`, inner));
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);

function restRequest(facts: Facts, operation: string, input: Record<string, unknown>): Request {
  const { http, input: shape = '' } = facts.operations[operation] ?? {};
  let url = http?.requestUri ?? '';
  const search: string[] = [];
  const body: Record<string, unknown> = { ...input };
  for (const [name, { location, locationName = name }] of Object.entries(
    shapeOf(facts, shape).members ?? {},
  )) {
    if (location === undefined) continue;
    const value = textOf(body[name]);
    delete body[name];
    if (location === 'uri') url = url.replace(`{${locationName}}`, escaped(value));
    if (location === 'querystring' && value !== '') search.push(`${locationName}=${escaped(value)}`);
  }
  const query = search.length > 0 ? `?${search.join('&')}` : '';
  return request({
    method: http?.method ?? '',
    url: url + query,
    body: Buffer.from(http?.method === 'POST' ? JSON.stringify(body) : ''),
  });
}

const violation: Record<ServiceName, string> = {
  'cognito-idp': 'InvalidParameterException:',
  'cognito-identity': 'ValidationException:',
  'cognito-sync': 'InvalidParameterException:',
  sts: '',
};

/** What went wrong, or undefined. */
async function trial(facts: Facts, operation: string, { what, value, expected }: Case) {
  const sent = asRequest(facts, operation, value);
  if (sent === undefined) return undefined;
  const { status, headers, body } = await dispatch(sent);
  const told = headers['x-amzn-ErrorType'] ?? '';
  const complain = () =>
    `${facts.service} ${operation} ${what}: ${status} ${told} ${String(body).slice(0, 200)}`;
  if (status < 400 || status >= 500) return complain();
  // What the other wires make of a wrong kind or a missing label is their own; that it is refused has been seen.
  if (facts.protocol !== 'json') return undefined;
  const right = {
    violation: told === violation[facts.service] && /^\{[^]*validation errors? detected: /.test(String(body)),
    kind: told === 'SerializationException:',
    taken: told === 'NotImplementedException:',
    harmless: status === 400,
  }[expected];
  return right ? undefined : complain();
}

for (const service of serviceNames) {
  const facts = factsOf(service);
  test(`IN-1 IN-2 every member of every operation of ${service}, broken in every way`, async () => {
    const faults: string[] = [];
    let tried = 0;
    for (const [operation, { input = '' }] of Object.entries(facts.operations)) {
      const sound: Case[] = [false, true].map((full) => ({
        what: full ? 'every member' : 'required members',
        value: valid(facts, input, full),
        expected: 'taken',
      }));
      for (const each of [...sound, ...casesOf(facts, input)]) {
        tried += 1;
        const fault = await trial(facts, operation, each);
        if (fault !== undefined) faults.push(fault);
      }
    }
    assert.deepEqual(faults.slice(0, 20), []);
    assert.ok(tried > 10 * Object.keys(facts.operations).length, `${tried} cases`);
    assert.deepEqual(Object.keys(Object.prototype), []);
    assert.equal(Reflect.get({}, 'admin'), undefined);
  });
}

test('IN-1 memory is flat: what was refused is forgotten', async () => {
  const facts = factsOf('cognito-idp');
  const cases = [...casesOf(facts, facts.operations['CreateUserPool']?.input ?? '')];
  const round = async () => {
    for (const each of cases) await trial(facts, 'CreateUserPool', each);
    return heapInUse();
  };
  await round();
  const before = await round();
  const after = await round();
  assert.ok(after - before < 2 ** 20, `grew by ${after - before}`);
});

const idp = factsOf('cognito-idp');
const told = async (body: string | Buffer) => {
  const { status, headers } = await dispatch(rpc(idp, 'InitiateAuth', body));
  return `${status} ${headers['x-amzn-ErrorType']}`;
};
const unreadable = '400 SerializationException:';

const rightInput = { AuthFlow: 'USER_PASSWORD_AUTH', ClientId: 'client1' };
const withExtra = (extra: string) => `${JSON.stringify(rightInput).slice(0, -1)},"Extra":${extra}}`;

test('IN-4 nesting is refused over 32 levels, whatever stands in strings', async () => {
  const nested = (depth: number) => withExtra('['.repeat(depth) + ']'.repeat(depth));
  assert.equal(await told(nested(31)), '400 NotImplementedException:');
  for (const depth of [32, 10_000, 1_000_000]) assert.equal(await told(nested(depth)), unreadable);
  const objects = withExtra('{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000));
  assert.equal(await told(objects), unreadable);
  assert.equal(await told(withExtra(JSON.stringify('[{"'.repeat(1000)))), '400 NotImplementedException:');
  assert.equal(await told(withExtra('"\\\\\\"[[["')), '400 NotImplementedException:');
  assert.equal(await told('['.repeat(200_000)), unreadable);
  assert.equal(await told(']'.repeat(200_000)), unreadable);
});

test('IN-4 an object of more than 2,000 keys is refused', async () => {
  const keys = (count: number) =>
    withExtra(`{${Array.from({ length: count }, (_, at) => `"k${at}":1`).join(',')}}`);
  assert.equal(await told(keys(2000)), '400 NotImplementedException:');
  assert.equal(await told(keys(2001)), unreadable);
  assert.equal(await told(keys(200_000)), unreadable);
  const many = request({
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(`Action=GetSessionToken${'&a=1'.repeat(200_000)}`),
  });
  assert.match(String((await dispatch(many)).body), /<Code>MalformedInput</);
});

test('IN-6 of a key that comes twice the last one counts, for validation and for use', async () => {
  const seen: unknown[] = [];
  const one = createDispatcher({
    services: { 'cognito-idp': { InitiateAuth: (_ctx, { ClientId }) => void seen.push(ClientId) } },
    authorize: () => ({}),
    contextFor: () => ({}) as Context,
    log: sink,
  });
  const body = (first: string, last: string) =>
    `{"AuthFlow":"USER_AUTH","ClientId":"${first}","ClientId":"${last}"}`;
  assert.equal((await one(rpc(idp, 'InitiateAuth', body('!', 'right')))).status, 200);
  assert.equal((await one(rpc(idp, 'InitiateAuth', body('right', '!')))).status, 400);
  assert.deepEqual(seen, ['right']);
});

const notUtf8: readonly (readonly [string, readonly number[]])[] = [
  ['overlong', [0xc0, 0xaf]],
  ['overlong null', [0xe0, 0x80, 0x80]],
  ['truncated', [0xe2, 0x82]],
  ['a surrogate', [0xed, 0xa0, 0x80]],
  ['over U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
  ['a lone continuation', [0x80]],
  ['Latin-1', [0xe9]],
];

test('IN-7 invalid UTF-8 is refused, in bodies, forms and paths', async () => {
  for (const [what, bytes] of notUtf8) {
    const [head, tail] = withExtra('"x"').split('x"}');
    const body = Buffer.concat([Buffer.from(head ?? ''), Buffer.from(bytes), Buffer.from(`${tail ?? ''}"}`)]);
    assert.equal(await told(body), unreadable, what);
    const percent = bytes.map((byte) => `%${byte.toString(16)}`).join('');
    for (const form of [Buffer.from(percent), Buffer.from(bytes)]) {
      const answer = await dispatch(
        request({
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: Buffer.concat([Buffer.from('Action=GetSessionToken&TokenCode='), form]),
        }),
      );
      assert.equal(answer.status, 400, what);
      assert.match(String(answer.body), /MalformedInput/, what);
    }
    const path = await dispatch(request({ method: 'GET', url: `/identitypools/${percent}` }));
    assert.equal(path.status, 400, what);
  }
});

/** Strings on which a backtracking engine loses itself, each ending in what most patterns refuse. */
const attacks: readonly string[] = [
  `${'a'.repeat(50_000)}!`,
  `${'a'.repeat(50_000)}\u0001`,
  `${'1'.repeat(50_000)}\u0001`,
  `${'@'.repeat(50_000)}\u0001`,
  `${'a@'.repeat(25_000)} `,
  `${'_'.repeat(50_000)}!`,
  `${'a_'.repeat(25_000)}!`,
  `${':'.repeat(50_000)}!`,
  `arn:${'a:'.repeat(25_000)}!`,
  `arn:aws:iam::${'1'.repeat(50_000)}!`,
  `${'{####}'.repeat(8000)}\u0001`,
  `${'{####}'.repeat(8000)}\n\n`,
  `${'{##'.repeat(16_000)}\u0001`,
  '{##'.repeat(16_000),
  `${'{####}'.repeat(8000)}{##`,
  `a${' '.repeat(50_000)}`,
  'a '.repeat(25_000),
  '.'.repeat(50_000),
  `${'-'.repeat(50_000)}!`,
  `${'a-'.repeat(25_000)}!`,
];

test('IN-9 every pattern of the facts is tried in time linear in its input', () => {
  const patterns = new Set<string>();
  for (const service of serviceNames) {
    for (const [name, { pattern }] of Object.entries(factsOf(service).shapes)) {
      if (pattern !== undefined) patterns.add(deviationOf(service, name).pattern ?? pattern);
    }
  }
  assert.ok(patterns.size > 50);
  const slow: string[] = [];
  for (const pattern of patterns) {
    const compiled = compilePattern(pattern);
    for (const attack of attacks) {
      // Time of the processor, not of the clock: other work on the machine does not count.
      const before = process.cpuUsage().user;
      compiled.test(attack);
      const spent = process.cpuUsage().user - before;
      if (spent > 100_000) slow.push(`${pattern} on ${attack.slice(0, 12)}…: ${spent} µs`);
    }
  }
  assert.deepEqual(slow, []);
});

test('rewritten patterns accept what the facts accept', () => {
  const by = (pattern: string, values: readonly string[]) => {
    const compiled = compilePattern(pattern);
    return values.filter((value) => compiled.test(value));
  };
  const patternOf = (shape: string) => shapeOf(idp, shape).pattern ?? '';
  const mails = ['a@b', '@b', 'a@', 'a@b@c', '@@@', 'a b@c', '@'];
  assert.deepEqual(by(patternOf('EmailAddressType'), mails), ['a@b', 'a@b@c', '@@@']);
  const codes = ['{####}', 'a {####} b {####}', '{###}', 'é\n{####}', '{####}\u0001', ''];
  assert.deepEqual(
    by(patternOf('EmailVerificationMessageType'), codes),
    codes.slice(0, 2).concat('é\n{####}'),
  );
  assert.deepEqual(
    by(patternOf('SmsVerificationMessageType'), codes),
    codes.slice(0, 2).concat('{####}\u0001'),
  );
  const links = ['{####}', 'a {##b##} c', '{##b##', 'b##}{##', '{##{##b##}', '{##b##}\u0001', '{###}'];
  assert.deepEqual(by(patternOf('EmailVerificationMessageByLinkType'), links), [
    '{####}',
    'a {##b##} c',
    '{##{##b##}',
  ]);
  assert.deepEqual(by(patternOf('SmsInviteMessageType'), ['a\nb', '']), ['a\nb', '']);
});

test('a real socket: wrong content types, bad UTF-8 and bodies that end too soon get their 400, and the server goes on', async (t) => {
  const listener = await listen({ port: 0, handle: createRouter({ dispatch, routes: [], log: sink }) });
  t.after(() => listener.close());
  const url = `http://127.0.0.1:${listener.port}/`;
  const post = async (body: string | Buffer, headers: Record<string, string> = {}) => {
    const target = { 'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth' };
    const answer = await fetch(url, {
      method: 'POST',
      headers: { ...target, ...headers },
      body: Buffer.from(body),
    });
    return `${answer.status} ${answer.headers.get('x-amzn-errortype')}`;
  };
  const right = JSON.stringify(rightInput);
  for (const type of [
    'text/html',
    'multipart/form-data; boundary=x',
    'application/xml',
    'x/'.repeat(50),
    '',
  ]) {
    assert.equal(await post(right, { 'content-type': type }), '400 NotImplementedException:', type);
  }
  for (const [, bytes] of notUtf8) assert.equal(await post(Buffer.from(bytes)), unreadable);
  for (const body of ['{', '[]', 'null,', '"', '\ufeff{}', '{"a":1}}', 'NaN', "{'a':1}"])
    assert.equal(await post(body), unreadable, body);
  assert.equal(await post(right, { 'content-encoding': 'gzip' }), '415 UnsupportedMediaTypeException:');
  assert.equal(await post('a'.repeat(256 * 1024 + 1)), '413 RequestEntityTooLargeException:');
  assert.equal(await post(withExtra(JSON.stringify('a'.repeat(250_000)))), '400 NotImplementedException:');
  assert.equal(await post(right), '400 NotImplementedException:');
});
