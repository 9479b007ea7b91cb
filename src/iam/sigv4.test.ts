import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { accessKeyInvalid } from '../errors.ts';
import type { WireMessage } from './canonical.ts';
import { signRequest } from './sign-request.ts';
import { checkSignature, readSignature } from './sigv4.ts';

const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const now = Date.UTC(2026, 0, 1, 0, 10);
const at = '20260101T001000Z';
const scope = '20260101/us-east-1/cognito-idp/aws4_request';
const mismatch =
  'The request signature we calculated does not match the signature you provided. ' +
  'Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';

function verify(message: WireMessage, service = 'cognito-idp', time = now): void {
  const read = readSignature(message, { service, region: undefined, now: time });
  if (read.accessKeyId !== credentials.accessKeyId) throw accessKeyInvalid();
  checkSignature(read, credentials.secretAccessKey);
}

/** A signer of its own, after the letter of the specification: the canonical request is written out by the caller. */
function sign(canonical: readonly string[], scopeText = scope, timestamp = at): string {
  const hash = createHash('sha256').update(canonical.join('\n'), 'latin1').digest('hex');
  const text = ['AWS4-HMAC-SHA256', timestamp, scopeText, hash].join('\n');
  let key: Buffer | string = `AWS4${credentials.secretAccessKey}`;
  for (const part of scopeText.split('/')) key = createHmac('sha256', key).update(part).digest();
  return createHmac('sha256', key).update(text).digest('hex');
}

const sha = (text: string) => createHash('sha256').update(text).digest('hex');
const authorization = (names: string, signature: string, scopeText = scope) =>
  `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scopeText}, SignedHeaders=${names}, Signature=${signature}`;

interface Base {
  readonly name: string;
  readonly service: string;
  readonly message: WireMessage;
}

function base(
  name: string,
  service: string,
  lines: { method: string; url: string; canonicalUrl: readonly [string, string]; body?: string },
  headers: Readonly<Record<string, string>>,
  extra: Readonly<Record<string, string>> = {},
): Base {
  const { method, url, canonicalUrl, body = '' } = lines;
  const names = Object.keys(headers).sort();
  const scopeText = scope.replace('cognito-idp', service);
  const signature = sign(
    [method, ...canonicalUrl, ...names.map((n) => `${n}:${headers[n]}`), '', names.join(';'), sha(body)],
    scopeText,
  );
  const all = { ...headers, ...extra, Authorization: authorization(names.join(';'), signature, scopeText) };
  return {
    name,
    service,
    message: { method, url, rawHeaders: Object.entries(all).flat(), body: Buffer.from(body) },
  };
}

const target = 'AWSCognitoIdentityProviderService.AdminGetUser';
const input = '{"UserPoolId":"us-east-1_abc","Username":"ada"}';
const pool = 'us-east-1%3A0a';

function presigned(): Base {
  const query =
    'Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256' +
    `&X-Amz-Credential=AKIDEXAMPLE%2F${scope.replace('cognito-idp', 'sts').replaceAll('/', '%2F')}` +
    `&X-Amz-Date=${at}&X-Amz-Expires=900&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id`;
  const canonical = [
    'GET',
    '/',
    query,
    'host:sts.amazonaws.com',
    'x-k8s-aws-id:one',
    '',
    'host;x-k8s-aws-id',
    sha(''),
  ];
  const url = `/?${query}&X-Amz-Signature=${sign(canonical, scope.replace('cognito-idp', 'sts'))}`;
  const rawHeaders = ['Host', 'sts.amazonaws.com', 'x-k8s-aws-id', 'one'];
  return {
    name: 'a presigned GET',
    service: 'sts',
    message: { method: 'GET', url, rawHeaders, body: Buffer.alloc(0) },
  };
}

// prettier-ignore
const withToken = base('a call with a session token', 'cognito-idp',
  { method: 'POST', url: '/', canonicalUrl: ['/', ''], body: '{}' },
  { host: 'localhost', 'x-amz-date': at, 'x-amz-security-token': 'IQoJb3JpZ2luX2Vj', 'x-amz-target': target });

// prettier-ignore
const bases: readonly Base[] = [
  base('a JSON call as boto3 signs it', 'cognito-idp',
    { method: 'POST', url: '/', canonicalUrl: ['/', ''], body: input },
    { 'content-type': 'application/x-amz-json-1.1', host: '127.0.0.1:4590', 'x-amz-date': at, 'x-amz-target': target },
    { 'amz-sdk-request': 'attempt=1', 'User-Agent': 'Boto3/1.43' }),
  base('a JSON call as the JavaScript SDK signs it', 'cognito-idp',
    { method: 'POST', url: '/', canonicalUrl: ['/', ''], body: input },
    { 'amz-sdk-invocation-id': '0d1c', 'amz-sdk-request': 'attempt=1; max=3', 'content-length': String(input.length),
      'content-type': 'application/x-amz-json-1.1', host: 'localhost:4590', 'x-amz-content-sha256': sha(input),
      'x-amz-date': at, 'x-amz-target': target, 'x-amz-user-agent': 'aws-sdk-js/3.1169.0' }),
  base('a GET with escapes in path and query', 'cognito-sync',
    { method: 'GET', url: `/identitypools/${pool}/identities/${pool}/datasets?nextToken=a%2Bb%20c&maxResults=5`,
      canonicalUrl: [`/identitypools/${pool.replace('%', '%25')}/identities/${pool.replace('%', '%25')}/datasets`,
        'maxResults=5&nextToken=a%2Bb%20c'] },
    { host: 'sync.example.com', 'x-amz-date': at }),
  base('a form', 'sts',
    { method: 'POST', url: '/', canonicalUrl: ['/', ''], body: 'Action=GetCallerIdentity&Version=2011-06-15' },
    { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', host: 'sts.amazonaws.com', 'x-amz-date': at }),
  presigned(),
  withToken,
];

/** Every way in which one byte, header or part of a request may be another; all of them change what is asked for. */
function* mutations({ method, url, rawHeaders, body }: WireMessage): Generator<[string, WireMessage]> {
  const message = { method, url, rawHeaders, body };
  for (const other of ['PUT', method.toLowerCase(), `${method} `])
    yield [`method ${other}`, { ...message, method: other }];
  for (const [at, character] of url.split('').entries()) {
    for (const other of [character === 'q' ? 'r' : 'q', '', `${character}7`]) {
      yield [`url at ${at} '${other}'`, { ...message, url: url.slice(0, at) + other + url.slice(at + 1) }];
    }
  }
  for (const more of [
    '?x',
    '&x=1',
    '%',
    '/x',
    '?X-Amz-Date=20260101T001000Z',
    '&X-Amz-Algorithm=AWS4-HMAC-SHA256',
  ]) {
    yield [`url and ${more}`, { ...message, url: url + more }];
  }
  for (const at of body.keys()) {
    const other = Buffer.from(body);
    other[at] = (other[at] ?? 0) ^ 1;
    yield [`body at ${at}`, { ...message, body: other }];
  }
  yield ['longer body', { ...message, body: Buffer.concat([body, Buffer.from(' ')]) }];
  yield ['shorter body', { ...message, body: body.length > 0 ? body.subarray(1) : Buffer.from('x') }];
  const signed = /SignedHeaders=([^,&]*)/.exec(`${url} ${rawHeaders.join(' ')}`)?.[1]?.split(/;|%3B/) ?? [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    if (!signed.includes(name.toLowerCase()) && name !== 'Authorization') continue;
    const without = rawHeaders.toSpliced(at, 2);
    const replaced = (other: string) => ({ ...message, rawHeaders: rawHeaders.with(at + 1, other) });
    yield [`without ${name}`, { ...message, rawHeaders: without }];
    yield [`${name} renamed`, { ...message, rawHeaders: rawHeaders.with(at, `${name}1`) }];
    yield [`${name} twice`, { ...message, rawHeaders: [...rawHeaders, name, `${value}1`] }];
    yield [`${name} twice, first`, { ...message, rawHeaders: [name, `${value}1`, ...rawHeaders] }];
    for (const [index, character] of value.split('').entries()) {
      yield [
        `${name} at ${index}`,
        replaced(value.slice(0, index) + (character === 'z' ? 'y' : 'z') + value.slice(index + 1)),
      ];
    }
    for (let end = 0; end < value.length; end += 7)
      yield [`${name} cut at ${end}`, replaced(value.slice(0, end))];
    yield [`${name} longer`, replaced(`${value}0`)];
  }
  yield ['one more x-amz header', { ...message, rawHeaders: [...rawHeaders, 'X-Amz-Meta', '1'] }];
  yield [
    'another target',
    { ...message, rawHeaders: [...rawHeaders, 'X-Amz-Target', 'Service.DeleteUserPool'] },
  ];
  yield [
    'another body hash',
    { ...message, rawHeaders: [...rawHeaders, 'X-Amz-Content-Sha256', 'UNSIGNED-PAYLOAD'] },
  ];
}

for (const { name, service, message } of bases) {
  test(`ID-7 ${name} verifies, and nothing that differs from it`, () => {
    verify(message, service);
    let count = 0;
    for (const [change, mutation] of mutations(message)) {
      count += 1;
      assert.throws(() => verify(mutation, service), { name: 'ApiError' }, change);
    }
    assert.ok(count >= 200, `${count} mutations`);
  });
}

test('ID-7 every character of a signature decides', () => {
  const { message } = withToken;
  const signature = /Signature=(\w+)/.exec(message.rawHeaders.at(-1) ?? '')?.[1] ?? '';
  for (const other of [signature.toUpperCase(), signature.slice(1), `${signature}0`, '', '0'.repeat(64)]) {
    const rawHeaders = message.rawHeaders.map((text) => text.replace(signature, other));
    assert.throws(() => verify({ ...message, rawHeaders }), { message: mismatch }, other);
  }
});

interface Fault {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly service?: string;
}

const incomplete = 'IncompleteSignatureException';
const signedAt = (timestamp: string) => ({
  'X-Amz-Date': timestamp,
  Authorization: authorization(
    'host;x-amz-date',
    '0'.repeat(64),
    scope.replace(/^\d+/, timestamp.slice(0, 8)),
  ),
});
const scoped = (scopeText: string) => ({
  Authorization: authorization('host;x-amz-date', '0'.repeat(64), scopeText),
});
const query = (parts: string) => ({
  url: `/?${parts}`,
  headers: { Authorization: undefined, 'X-Amz-Date': undefined },
});

// reference/sts-sigv4-iam.md B3
// prettier-ignore
const faults: readonly Fault[] = [
  { name: 'no signature', code: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token',
    headers: { Authorization: undefined } },
  { name: 'no signature, at STS', code: 'MissingAuthenticationTokenException', service: 'sts',
    message: 'Request is missing Authentication Token', headers: { Authorization: undefined } },
  { name: 'both forms', message: '', url: '/?X-Amz-Algorithm=AWS4-HMAC-SHA256' },
  { name: 'an escape cut short', code: incomplete, message: 'Incomplete trailing escape % sequence', url: '/?a=%1' },
  { name: 'an escape that is none', code: incomplete, message: 'Illegal hex character in escape % pattern: %ZZ', url: '/?a=%ZZ' },
  { name: 'another algorithm', code: incomplete, message: "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512'.",
    headers: { Authorization: 'AWS4-HMAC-SHA512 Credential=a' } },
  { name: 'SigV4A', code: incomplete, message: "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'.",
    headers: { Authorization: 'AWS4-ECDSA-P256-SHA256 Credential=a' } },
  { name: 'a bearer token', code: incomplete, message: "Unsupported AWS 'algorithm': 'Bearer'.", headers: { Authorization: 'Bearer x' } },
  { name: 'a part without a value', code: incomplete,
    message: "'Credential' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Credential'.",
    headers: { Authorization: 'AWS4-HMAC-SHA256 Credential' } },
  { name: 'nothing but the algorithm', code: incomplete,
    message: "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. " +
      "Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a " +
      "'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256",
    headers: { Authorization: 'AWS4-HMAC-SHA256', 'X-Amz-Date': undefined } },
  { name: 'no signature in the header', code: incomplete,
    message: "Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256",
    headers: { Authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=host;x-amz-date` } },
  { name: 'a part twice', message: mismatch,
    headers: { Authorization: `${authorization('host;x-amz-date', '0'.repeat(64))}, Signature=${'1'.repeat(64)}` } },
  { name: 'another algorithm in the query', code: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token',
    ...query('X-Amz-Algorithm=AWS4-HMAC-SHA512') },
  { name: 'nothing but the algorithm in the query', code: incomplete,
    message: "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include " +
      "'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters " +
      "must include 'X-Amz-Date'. Re-examine the query-string parameters.",
    ...query('X-Amz-Algorithm=AWS4-HMAC-SHA256') },
  { name: 'a parameter twice', message: mismatch, ...query('X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=1&X-Amz-Date=2') },
  { name: 'a parameter in two spellings', message: mismatch, ...query('X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=1&x-amz-date=1') },
  { name: 'an unsigned host', message: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    headers: { Authorization: authorization('x-amz-date', '0'.repeat(64)) } },
  { name: 'an unsigned target', message: "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization.",
    headers: { 'X-Amz-Target': target } },
  { name: 'a signed header that is not there', message: mismatch,
    headers: { Authorization: authorization('host;x-amz-date;x-other', '0'.repeat(64)) } },
  { name: 'a signed header named twice', message: mismatch,
    headers: { Authorization: authorization('host;host;x-amz-date', '0'.repeat(64)) } },
  { name: 'a date of another form', code: incomplete,
    message: "Date must be in ISO-8601 'basic format'. Got 'Thu, 01 Jan 2026 00:10:00 GMT'. See http://en.wikipedia.org/wiki/ISO_8601",
    headers: { 'X-Amz-Date': 'Thu, 01 Jan 2026 00:10:00 GMT' } },
  { name: 'a date that is no day', code: incomplete,
    message: "Date must be in ISO-8601 'basic format'. Got '20260231T000000Z'. See http://en.wikipedia.org/wiki/ISO_8601",
    headers: { 'X-Amz-Date': '20260231T000000Z' } },
  { name: 'an old request',
    message: 'Signature expired: 20251231T235459Z is now earlier than 20251231T235500Z (20260101T001000Z - 15 min.)',
    headers: signedAt('20251231T235459Z') },
  { name: 'a request from the future',
    message: 'Signature not yet current: 20260101T002501Z is still later than 20260101T002500Z (20260101T001000Z + 15 min.)',
    headers: signedAt('20260101T002501Z') },
  { name: 'a scope of four parts', code: incomplete,
    message: 'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got ' +
      "'AKIDEXAMPLE/20260101/us-east-1/cognito-idp'",
    headers: scoped('20260101/us-east-1/cognito-idp') },
  { name: 'a scope for elsewhere',
    message: "Credential should be scoped to a valid region, not 'mars'. Credential should be scoped to correct service: " +
      "'cognito-idp'. Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'. Date in Credential " +
      "scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260102' != '20260101', from '20260101T001000Z'.",
    headers: scoped('20260102/mars/sts/aws5') },
  { name: 'a scope of another service', message: "Credential should be scoped to correct service: 'cognito-idp'.",
    headers: scoped('20260101/us-east-1/sts/aws4_request') },
  { name: 'a wrong signature', message: mismatch, headers: {} },
];

for (const {
  name,
  code = 'InvalidSignatureException',
  message,
  url = '/',
  headers = {},
  service = 'cognito-idp',
} of faults) {
  test(`ID-7 refuses ${name}`, () => {
    const all: Readonly<Record<string, string | undefined>> = {
      Host: 'localhost',
      'X-Amz-Date': at,
      Authorization: authorization('host;x-amz-date', '0'.repeat(64)),
      ...headers,
    };
    const rawHeaders = Object.entries(all).flatMap(([key, value]) =>
      value === undefined ? [] : [key, value],
    );
    const request = { method: 'POST', url, rawHeaders, body: Buffer.from('{}') };
    assert.throws(() => verify(request, service), { name: 'ApiError', code, message });
  });
}

test('ID-7 a presigned request lives as long as it says', () => {
  const { message } = presigned();
  const seconds = (count: number) => now + count * 1000;
  assert.doesNotThrow(() => verify(message, 'sts', seconds(900)));
  assert.throws(() => verify(message, 'sts', seconds(901)), {
    message:
      'Signature expired: 20260101T001000Z is now earlier than 20260101T001001Z (20260101T002501Z - 15 min.)',
  });
});

test('ID-7 the path may be encoded once, but not where that makes it another path', () => {
  const signed = (canonicalPath: string, url: string) =>
    base(
      '',
      'cognito-sync',
      { method: 'GET', url, canonicalUrl: [canonicalPath, ''] },
      { host: 'a', 'x-amz-date': at },
    );
  assert.doesNotThrow(() => verify(signed('/a%3Ab', '/a%3Ab').message, 'cognito-sync'));
  assert.doesNotThrow(() => verify(signed('/a%253Ab', '/a%3Ab').message, 'cognito-sync'));
  // The signature of /a%2Fb must not fit /a%252Fb, which is another thing.
  assert.throws(() => verify(signed('/a%252Fb', '/a%252Fb').message, 'cognito-sync'), { message: mismatch });
});

test('what signRequest makes verifies', () => {
  const url = 'http://localhost:4590/identitypools/a%3Ab//c?z=1&a=%C3%A9+x';
  const body = '{"a":"é"}';
  const headers = signRequest(
    { method: 'POST', url, body, headers: { 'Content-Type': 'text/x;  y' } },
    { ...credentials, sessionToken: 'token' },
    { service: 'cognito-sync', region: 'eu-west-1', now },
  );
  const { pathname, search } = new URL(url);
  const rawHeaders = ['Host', 'localhost:4590', ...Object.entries(headers).flat()];
  verify({ method: 'POST', url: pathname + search, rawHeaders, body: Buffer.from(body) }, 'cognito-sync');
});

for (const said of [sha('another body'), 'UNSIGNED-PAYLOAD', sha('{}').toUpperCase()]) {
  test(`ID-7 a truly signed request whose body hash is said to be ${said.slice(0, 16)}… is refused`, () => {
    const headers = { host: 'a', 'x-amz-content-sha256': said, 'x-amz-date': at };
    const lines = { method: 'POST', url: '/', canonicalUrl: ['/', ''] as const, body: '{}' };
    const { message } = base('', 'cognito-idp', lines, headers);
    assert.throws(() => verify(message), { message: mismatch });
  });
}

test('DOS-4 a truly signed request that signs a header twice is refused', () => {
  const names = 'host;host;x-amz-date';
  const signature = sign(['POST', '/', '', 'host:a', 'host:a', `x-amz-date:${at}`, '', names, sha('')]);
  const rawHeaders = ['Host', 'a', 'X-Amz-Date', at, 'Authorization', authorization(names, signature)];
  const message = { method: 'POST', url: '/', rawHeaders, body: Buffer.alloc(0) };
  assert.throws(() => verify(message), { message: mismatch });
});
