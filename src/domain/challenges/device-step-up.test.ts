import assert from 'node:assert/strict';
import { test } from 'node:test';
import { always, claimsOf, confirmed } from '../../../test/devices.ts';
import { password } from '../../../test/sign-in.ts';
import { loa, stepUpScene } from '../../../test/step-up.ts';

test('MF-8 a device stands for no factor of a level of assurance', async (t) => {
  const has = { phone: true, on: ['SMS_MFA'] } as const;
  const { call, start, walk } = await stepUpScene(t, has, { pool: { DeviceConfiguration: always } });
  const byPassword = { PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: password };
  const first = await walk(await start(byPassword));
  assert.deepEqual(first.asked, ['SMS_MFA']);
  const { key: DEVICE_KEY } = await confirmed(call, first.tokens);
  assert.equal((await start({ ...byPassword, DEVICE_KEY })).ChallengeName, 'DEVICE_SRP_AUTH');
  const { asked, tokens } = await walk(await start({ ...byPassword, DEVICE_KEY, TARGET_ACR_VALUES: loa(3) }));
  assert.deepEqual(asked, ['SMS_MFA']);
  assert.equal(claimsOf(tokens.AccessToken)['device_key'], DEVICE_KEY);
  assert.equal(tokens.NewDeviceMetadata, undefined);
});
