import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { CreateUserPoolRequest, UICustomizationType } from '../../api/cognito-idp.ts';
import type { ErrorCode } from '../../api/errors.ts';
import { testPool } from '../../../test/user-pool.ts';

const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(100, 7)]);
const CSS = '.banner-customizable { background-color: #0972d3; }';

/** What goes over the wire: images as base 64. */
const wired = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64') as unknown as Uint8Array;

async function poolWithDomain(t: TestContext, settings: Partial<CreateUserPoolRequest> = {}) {
  const pool = await testPool(t, { pool: settings });
  await pool.call('CreateUserPoolDomain', { UserPoolId: pool.UserPoolId, Domain: 'my-app' });
  return pool;
}

const without = ({ CreationDate, LastModifiedDate, ...rest }: UICustomizationType = {}) => {
  assert.ok(Number(LastModifiedDate) >= Number(CreationDate));
  return rest;
};

test('the look of the classic pages: for all, for one client, and back', async (t) => {
  const { call, clock, url, UserPoolId, ClientId } = await poolWithDomain(t);
  clock.set(Date.UTC(2030, 0, 2, 3, 4, 5));
  assert.deepEqual(await call('GetUICustomization', { UserPoolId, ClientId }), { UICustomization: {} });

  const all = await call('SetUICustomization', { UserPoolId, CSS });
  const version = all.UICustomization.CSSVersion ?? '';
  assert.match(version, /^203001020304\d\d$/);
  assert.deepEqual(without(all.UICustomization), { UserPoolId, ClientId: 'ALL', CSS, CSSVersion: version });
  assert.deepEqual(await call('GetUICustomization', { UserPoolId, ClientId }), all);
  assert.deepEqual(await call('GetUICustomization', { UserPoolId, ClientId: 'ALL' }), all);

  const own = await call('SetUICustomization', { UserPoolId, ClientId, ImageFile: wired(png) });
  const { ImageUrl = '', ...rest } = without(own.UICustomization);
  assert.equal(ImageUrl, `${url}/${UserPoolId}/${ClientId}/${rest.CSSVersion}/assets/images/image.jpg`);
  assert.deepEqual(rest, { UserPoolId, ClientId, CSSVersion: rest.CSSVersion });
  assert.deepEqual(await call('GetUICustomization', { UserPoolId, ClientId }), own);
  assert.deepEqual(await call('GetUICustomization', { UserPoolId }), all);

  const none = await call('SetUICustomization', { UserPoolId, ClientId });
  assert.deepEqual(without(none.UICustomization), { UserPoolId, ClientId });
  assert.deepEqual(await call('GetUICustomization', { UserPoolId, ClientId }), all);

  await call('SetUICustomization', { UserPoolId });
  const { UICustomization: left } = await call('GetUICustomization', { UserPoolId });
  assert.deepEqual(Object.keys(left), ['CSSVersion']);
});

test('WEB-4 a logo is served as the image it is, and as nothing else', async (t) => {
  const { call, clock, UserPoolId, ClientId } = await poolWithDomain(t);
  const set = await call('SetUICustomization', { UserPoolId, ClientId, ImageFile: wired(png) });
  const { ImageUrl = '' } = set.UICustomization;
  const response = await fetch(ImageUrl);
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), png);
  assert.equal(response.headers.get('content-type'), 'image/png');
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(response.headers.get('content-security-policy'), "sandbox; default-src 'none'");
  clock.advance(1000);
  await call('SetUICustomization', { UserPoolId, ClientId, ImageFile: wired(png) });
  assert.equal((await fetch(ImageUrl)).status, 404);
});

const refusals: {
  name: string;
  input: { ClientId?: string; CSS?: string; ImageFile?: Uint8Array };
  code?: ErrorCode;
  message: string;
}[] = [
  {
    name: 'a class of its own',
    input: { CSS: '.foo { color: red }' },
    message: 'The CSS class .foo is not in the list of allowed classes.',
  },
  {
    name: 'a property that moves things',
    input: { CSS: '.logo-customizable { position: fixed }' },
    message: 'The CSS property position is not in the list of allowed properties.',
  },
  { name: 'an import', input: { CSS: '@import "x";' }, message: 'The CSS must not contain @' },
  {
    name: 'an address',
    input: { CSS: '.logo-customizable { background: url(https://evil.example) }' },
    message: 'The CSS must not contain url(',
  },
  { name: 'half a rule', input: { CSS: '.logo-customizable {' }, message: 'The CSS is not valid.' },
  {
    name: 'a page as an image',
    input: { ImageFile: wired(Buffer.from('<html><script>alert(1)</script></html>')) },
    message: 'The uploaded image must be a PNG or JPEG image.',
  },
  {
    name: 'a drawing as an image',
    input: { ImageFile: wired(Buffer.from('<svg/>')) },
    message: 'The uploaded image must be a PNG or JPEG image.',
  },
  {
    name: 'a large image',
    input: { ImageFile: wired(Buffer.concat([png, Buffer.alloc(102_400)])) },
    message: 'The uploaded image must not be larger than 100 KB.',
  },
  {
    name: 'a client that is not there',
    input: { ClientId: 'none', CSS },
    code: 'ResourceNotFoundException',
    message: 'User pool client none does not exist.',
  },
];
for (const { name, input, code = 'InvalidParameterException', message } of refusals) {
  test(`SetUICustomization refuses ${name}`, async (t) => {
    const { call, UserPoolId } = await poolWithDomain(t);
    await assert.rejects(call('SetUICustomization', { UserPoolId, ...input }), { code, message });
    assert.deepEqual(await call('GetUICustomization', { UserPoolId }), { UICustomization: {} });
  });
}

test('a pool without a domain has no pages to change or to show', async (t) => {
  const { call, UserPoolId } = await poolWithDomain(t);
  await call('SetUICustomization', { UserPoolId, CSS });
  await call('DeleteUserPoolDomain', { UserPoolId, Domain: 'my-app' });
  const withoutDomain = {
    code: 'InvalidParameterException',
    message: 'There has to be an existing domain associated with this user pool',
  };
  await assert.rejects(call('SetUICustomization', { UserPoolId, CSS }), withoutDomain);
  await assert.rejects(call('GetUICustomization', { UserPoolId }), withoutDomain);
});

test('WEB-3 a style sheet of many selectors does not keep the others waiting', async (t) => {
  const { call, UserPoolId } = await poolWithDomain(t);
  const selectors = Array.from({ length: 300 }, () => '.label-customizable').join(',');
  const body = `color:${'a'.repeat(1000)};`.repeat(20);
  const started = process.cpuUsage();
  await call('SetUICustomization', { UserPoolId, CSS: `${selectors}{${body}}` });
  // As often as there are selectors it would be read in six seconds.
  assert.ok(process.cpuUsage(started).user < 1_000_000);
});

test('AT-7 the look goes with its client', async (t) => {
  const { call, UserPoolId, ClientId } = await poolWithDomain(t, {
    UserPoolTags: { 'floci:override-cognito-client-id': 'use-name' },
  });
  const client = { UserPoolId, ClientName: ClientId };
  const own = { UserPoolId, ClientId };
  await call('SetUICustomization', { ...own, CSS });
  await call('DeleteUserPoolClient', own);
  await call('CreateUserPoolClient', client);
  assert.deepEqual(await call('GetUICustomization', own), { UICustomization: {} });
});
