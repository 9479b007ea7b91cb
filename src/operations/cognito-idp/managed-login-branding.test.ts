import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { CreateManagedLoginBrandingRequest } from '../../api/cognito-idp.ts';
import type { ErrorCode } from '../../api/errors.ts';
import { atOnce, outcomes, testPool } from '../../../test/user-pool.ts';

/** What goes over the wire: images as base 64. */
const wired = (text: string) => Buffer.from(text).toString('base64') as unknown as Uint8Array;

const favicon = {
  Category: 'FAVICON_SVG',
  ColorMode: 'DYNAMIC',
  Extension: 'SVG',
  Bytes: wired('<svg/>'),
} as const;
const Settings = {
  components: { primaryButton: { lightMode: { defaults: { backgroundColor: '112233ff' } } } },
};

test('the style of a client: made, read, changed, deleted', async (t) => {
  const { call, clock, UserPoolId, ClientId } = await testPool(t);
  const ofClient = { UserPoolId, ClientId };
  await assert.rejects(call('DescribeManagedLoginBrandingByClient', ofClient), {
    code: 'ResourceNotFoundException',
    message: `ManagedLoginBranding for client ${ClientId} does not exist.`,
  });
  const made = await call('CreateManagedLoginBranding', { ...ofClient, UseCognitoProvidedValues: true });
  const {
    ManagedLoginBrandingId = '',
    CreationDate,
    LastModifiedDate,
    ...rest
  } = made.ManagedLoginBranding ?? {};
  assert.match(ManagedLoginBrandingId, /^[0-9a-f-]{36}$/);
  assert.equal(CreationDate, LastModifiedDate);
  assert.deepEqual(rest, { UserPoolId, UseCognitoProvidedValues: true, Assets: [] });
  const id = { UserPoolId, ManagedLoginBrandingId };
  assert.deepEqual(await call('DescribeManagedLoginBranding', id), made);
  assert.deepEqual(await call('DescribeManagedLoginBrandingByClient', ofClient), made);

  clock.advance(5000);
  const Assets = [favicon];
  const changed = await call('UpdateManagedLoginBranding', { ...id, Settings, Assets });
  const after = changed.ManagedLoginBranding ?? {};
  assert.ok(Number(after.LastModifiedDate) > Number(CreationDate));
  assert.deepEqual([after.UseCognitoProvidedValues, after.Settings, after.Assets], [false, Settings, Assets]);
  const kept = await call('UpdateManagedLoginBranding', { ...id, Settings, UseCognitoProvidedValues: false });
  assert.deepEqual(kept.ManagedLoginBranding?.Settings, Settings);
  assert.deepEqual(kept.ManagedLoginBranding?.Assets, Assets);
  const back = await call('UpdateManagedLoginBranding', { ...id, UseCognitoProvidedValues: true });
  assert.equal(back.ManagedLoginBranding?.Settings, undefined);
  assert.deepEqual(back.ManagedLoginBranding?.Assets, Assets);
  const bare = await call('UpdateManagedLoginBranding', {
    ...id,
    UseCognitoProvidedValues: true,
    Assets: [],
  });
  assert.deepEqual(bare.ManagedLoginBranding?.Assets, []);

  await call('DeleteManagedLoginBranding', id);
  const gone = { code: 'ResourceNotFoundException', message: 'ManagedLoginBranding does not exist.' };
  await assert.rejects(call('DescribeManagedLoginBranding', id), gone);
  await assert.rejects(call('UpdateManagedLoginBranding', { ...id, Settings }), gone);
  await assert.rejects(call('DeleteManagedLoginBranding', id), gone);
  await call('CreateManagedLoginBranding', { ...ofClient, Settings });
});

test('merged with the defaults a style is whole, and its own values go first', async (t) => {
  const { call, UserPoolId, ClientId } = await testPool(t);
  const made = await call('CreateManagedLoginBranding', { UserPoolId, ClientId, Settings });
  const { ManagedLoginBrandingId = '' } = made.ManagedLoginBranding ?? {};
  const merged = { UserPoolId, ReturnMergedResources: true };
  const whole = await call('DescribeManagedLoginBranding', { ...merged, ManagedLoginBrandingId });
  const settings = whole.ManagedLoginBranding?.Settings as {
    categories: { global: { colorSchemeMode: string } };
    components: { primaryButton: { lightMode: { defaults: object } } };
  };
  assert.deepEqual(Object.keys(settings), ['categories', 'componentClasses', 'components']);
  assert.equal(settings.categories.global.colorSchemeMode, 'LIGHT');
  assert.deepEqual(settings.components.primaryButton.lightMode.defaults, {
    backgroundColor: '112233ff',
    textColor: 'ffffffff',
  });
  assert.deepEqual(await call('DescribeManagedLoginBrandingByClient', { ...merged, ClientId }), whole);
  // What the service gives it also takes.
  const { Settings: all } = whole.ManagedLoginBranding ?? {};
  const update = { UserPoolId, ManagedLoginBrandingId, Settings: all };
  assert.deepEqual((await call('UpdateManagedLoginBranding', update)).ManagedLoginBranding?.Settings, all);
});

const exclusive = 'useCognitoProvidedValues or settings should be specified (but not both)';
const refusals: {
  name: string;
  input: Partial<CreateManagedLoginBrandingRequest>;
  code?: ErrorCode;
  message: string;
}[] = [
  { name: 'neither values nor settings', input: {}, message: exclusive },
  { name: 'values that are off', input: { UseCognitoProvidedValues: false }, message: exclusive },
  { name: 'values and settings', input: { UseCognitoProvidedValues: true, Settings }, message: exclusive },
  {
    name: 'a client that is not there',
    input: { ClientId: 'none', Settings },
    code: 'ResourceNotFoundException',
    message: 'User pool client none does not exist.',
  },
  {
    name: 'a part that no page has',
    input: { Settings: { css: 'x', components: {}, page: {} } },
    message:
      'Invalid settings provided. Validation errors: [{property: $.css, errorType: UnknownProperty}, {property: $.page, errorType: UnknownProperty}]',
  },
  {
    name: 'a colour that is none',
    input: { Settings: { components: { form: { lightMode: { borderColor: 'red;}' } } } } },
    message: 'The setting components.form.lightMode.borderColor is not valid.',
  },
  {
    name: 'a text that would be a rule',
    input: { Settings: { categories: { global: { spacingDensity: 'x}body{display:none' } } } },
    message: 'The setting categories.global.spacingDensity is not valid.',
  },
  {
    name: 'an icon as a picture',
    input: {
      UseCognitoProvidedValues: true,
      Assets: [{ ...favicon, Category: 'FORM_LOGO', Extension: 'ICO' }],
    },
    message: 'The extension ICO is not valid for the asset category FORM_LOGO.',
  },
  {
    name: 'an asset without content',
    input: { UseCognitoProvidedValues: true, Assets: [{ ...favicon, Bytes: undefined }] },
    message: 'An asset of the category FAVICON_SVG needs Bytes or a ResourceId.',
  },
  {
    name: 'WEB-4 a page as a picture',
    input: {
      UseCognitoProvidedValues: true,
      Assets: [{ ...favicon, Category: 'FORM_LOGO', Extension: 'PNG', Bytes: wired('<html>') }],
    },
    message: 'The bytes of an asset of the category FORM_LOGO are not a valid PNG image.',
  },
  {
    name: 'WEB-4 a drawing that runs',
    input: {
      UseCognitoProvidedValues: true,
      Assets: [{ ...favicon, Bytes: wired('<svg><script>alert(1)</script></svg>') }],
    },
    message: 'The bytes of an asset of the category FAVICON_SVG are not a valid SVG image.',
  },
  {
    name: '41 assets',
    input: {
      UseCognitoProvidedValues: true,
      Assets: Array.from({ length: 41 }, () => ({ ...favicon, Bytes: undefined, ResourceId: 'a' })),
    },
    message: "at 'assets' failed to satisfy constraint: Member must have length less than or equal to 40",
  },
];
for (const { name, input, code = 'InvalidParameterException', message } of refusals) {
  test(`CreateManagedLoginBranding refuses ${name}`, async (t) => {
    const { call, UserPoolId, ClientId } = await testPool(t);
    const attempt = call('CreateManagedLoginBranding', { UserPoolId, ClientId, ...input });
    await assert.rejects(attempt, (error: Error & { code?: string }) => {
      assert.equal(error.code, code);
      assert.ok(error.message.endsWith(message), error.message);
      return true;
    });
  });
}

test('a change of nothing that is named is refused', async (t) => {
  const { call, UserPoolId } = await testPool(t);
  const ManagedLoginBrandingId = randomUUID();
  const missing = (path: string) => ({
    code: 'InvalidParameterException',
    message: `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`,
  });
  await assert.rejects(call('UpdateManagedLoginBranding', { ManagedLoginBrandingId }), missing('userPoolId'));
  await assert.rejects(call('UpdateManagedLoginBranding', { UserPoolId }), missing('managedLoginBrandingId'));
});

test('every change of a style says on what it rests', async (t) => {
  const { call, UserPoolId, ClientId } = await testPool(t);
  const made = await call('CreateManagedLoginBranding', { UserPoolId, ClientId, Settings });
  const { ManagedLoginBrandingId = '' } = made.ManagedLoginBranding ?? {};
  const id = { UserPoolId, ManagedLoginBrandingId };
  const unclear = [
    {},
    { Assets: [favicon] },
    { UseCognitoProvidedValues: false },
    { UseCognitoProvidedValues: true, Settings },
  ];
  for (const given of unclear) {
    const attempt = call('UpdateManagedLoginBranding', { ...id, ...given });
    await assert.rejects(attempt, { code: 'InvalidParameterException', message: exclusive });
  }
  assert.deepEqual(await call('DescribeManagedLoginBranding', id), made);
});

test('a client has one style, a pool twenty, however many are made at once', async (t) => {
  const { call, UserPoolId, ClientId } = await testPool(t);
  const make = (clientId: string) =>
    call('CreateManagedLoginBranding', { UserPoolId, ClientId: clientId, UseCognitoProvidedValues: true });
  assert.deepEqual(await outcomes(atOnce(4, () => make(ClientId))), {
    [`ManagedLoginBrandingExistsException: A ManagedLoginBranding already exists for client ${ClientId}`]: 3,
    ok: 1,
  });
  const clients = await Promise.all(
    atOnce(21, (n) => call('CreateUserPoolClient', { UserPoolId, ClientName: `c${n}` })),
  );
  const made = clients.map(({ UserPoolClient }) => make(UserPoolClient?.ClientId ?? ''));
  assert.deepEqual(await outcomes(made), {
    'LimitExceededException: Managed login branding styles cannot exceed limit of 20 in a user pool.': 2,
    ok: 19,
  });
  await assert.rejects(make(ClientId), { code: 'ManagedLoginBrandingExistsException' });
});

test('AT-7 a style goes with its client', async (t) => {
  const { call, UserPoolId, ClientId } = await testPool(t);
  const made = await call('CreateManagedLoginBranding', { UserPoolId, ClientId, Settings });
  const { ManagedLoginBrandingId = '' } = made.ManagedLoginBranding ?? {};
  await call('DeleteUserPoolClient', { UserPoolId, ClientId });
  await assert.rejects(call('DescribeManagedLoginBranding', { UserPoolId, ManagedLoginBrandingId }), {
    code: 'ResourceNotFoundException',
  });
});
