import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addClient, makeHome, password } from '../sign-in.ts';
import { testServer } from '../test-server.ts';
import { outcome } from '../user-pool.ts';

const custom = ['role', 'tenant'];
const Schema = custom.map((Name) => ({ Name, AttributeDataType: 'String' as const, Mutable: true }));
const UserAttributes = custom.map((name) => ({ Name: `custom:${name}`, Value: 'admin' }));

test('AT-2 a fresh client may write every custom attribute, as in Cognito, and one with a list only what is in it', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call, { Schema });
  const signUp = (ClientId: string, Username: string, attributes = UserAttributes) =>
    outcome(call('SignUp', { ClientId, Username, Password: password, UserAttributes: attributes }));
  assert.equal(await signUp(home.clientId, 'ada'), 'ok');
  // Those too that the pool gets later.
  await call('AddCustomAttributes', {
    UserPoolId: home.poolId,
    CustomAttributes: [{ Name: 'level', AttributeDataType: 'String', Mutable: true }],
  });
  assert.equal(await signUp(home.clientId, 'grace', [{ Name: 'custom:level', Value: '9' }]), 'ok');

  const listed = await addClient(call, home.poolId, { WriteAttributes: ['email', 'name', 'custom:level'] });
  assert.equal(await signUp(listed.clientId, 'eve', [{ Name: 'custom:level', Value: '9' }]), 'ok');
  for (const attribute of UserAttributes) {
    assert.equal(
      await signUp(listed.clientId, 'mallory', [attribute]),
      'NotAuthorizedException: A client attempted to write unauthorized attribute',
    );
  }
});
