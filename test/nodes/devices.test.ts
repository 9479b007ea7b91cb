import assert from 'node:assert/strict';
import { byDevice, confirmed, deviceExchange, deviceHome, signIn } from '../devices.ts';
import { answer } from '../mfa.ts';
import { outcome, atOnce, outcomes } from '../user-pool.ts';
import { onSharedStores, startNodes } from './nodes.ts';

onSharedStores('DU-9 SR-3 each step of a device at another server', async (t, settings) => {
  const nodes = await startNodes(t, 3, settings);
  const { call, codeTo } = nodes;
  const home = await deviceHome(call);
  const first = await signIn(call, home);
  const SMS_MFA_CODE = codeTo('+12065550100');
  const { AuthenticationResult } = await answer(call, home, 'SMS_MFA', first.Session, { SMS_MFA_CODE });
  const device = await confirmed(call, AuthenticationResult);
  const named = { DEVICE_KEY: device.key };
  const trusted = await byDevice(nodes, home, await signIn(call, home, named), device);
  const RefreshToken = trusted.AuthenticationResult?.RefreshToken ?? '';
  assert.notEqual(RefreshToken, '');
  const { responses } = await deviceExchange(nodes, home, await signIn(call, home, named), device);
  const proofs = atOnce(5, () => answer(call, home, 'DEVICE_PASSWORD_VERIFIER', undefined, responses));
  assert.equal((await outcomes(proofs))['ok'], 1);
  const who = { UserPoolId: home.poolId, Username: 'ada', DeviceKey: device.key };
  const forgotten = await outcomes(atOnce(6, () => call('AdminForgetDevice', who)));
  assert.deepEqual(forgotten, { 'ResourceNotFoundException: Device does not exist.': 5, ok: 1 });
  const refresh = () =>
    call('GetTokensFromRefreshToken', { ClientId: home.clientId, RefreshToken, DeviceKey: device.key });
  for (let node = 0; node < 3; node += 1)
    assert.equal(await outcome(refresh()), 'NotAuthorizedException: Invalid Refresh Token.');
});
