import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { answer, email, mfaHome, phone } from '../../../test/mfa.ts';
import { makeUser, outcomeOf, password, passwordSignIn } from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import type {
  AdminSetUserMFAPreferenceRequest,
  AttributeType,
  CreateUserPoolClientRequest,
  UserPoolMfaType,
} from '../../api/cognito-idp.ts';

const verified: AttributeType[] = [
  { Name: 'email_verified', Value: 'true' },
  { Name: 'phone_number_verified', Value: 'true' },
];
const both = [email, phone, ...verified];
const preferred = { Enabled: true, PreferredMfa: true };

async function scene(
  t: TestContext,
  options: {
    readonly mode?: UserPoolMfaType;
    readonly attributes?: readonly AttributeType[];
    readonly preference?: Omit<AdminSetUserMFAPreferenceRequest, 'UserPoolId' | 'Username'>;
    readonly client?: Partial<CreateUserPoolClientRequest>;
  },
) {
  const server = await testServer(t);
  const { call } = server;
  const { mode = 'OPTIONAL', attributes = both, preference } = options;
  const home = await mfaHome(call, mode, ['SMS_MFA', 'EMAIL_OTP'], {}, options.client);
  await makeUser(call, home, 'ada', attributes);
  const user = { UserPoolId: home.poolId, Username: 'ada' };
  if (preference) await call('AdminSetUserMFAPreference', { ...user, ...preference });
  const forgot = () => call('ForgotPassword', { ClientId: home.clientId, Username: 'ada' });
  return { ...server, home, user, forgot };
}

const refused = {
  code: 'InvalidParameterException',
  message: 'Cannot reset password for the user as there is no registered/verified email or phone_number',
};

test('a reset code goes to the address that is not the second factor', async (t) => {
  const byMail = await scene(t, { preference: { EmailMfaSettings: preferred } });
  assert.equal((await byMail.forgot()).CodeDeliveryDetails?.DeliveryMedium, 'SMS');
  const bySms = await scene(t, { preference: { SMSMfaSettings: preferred } });
  assert.equal((await bySms.forgot()).CodeDeliveryDetails?.DeliveryMedium, 'EMAIL');
  const without = await scene(t, {});
  assert.equal((await without.forgot()).CodeDeliveryDetails?.DeliveryMedium, 'EMAIL');
  const required = await scene(t, { mode: 'ON' });
  assert.equal((await required.forgot()).CodeDeliveryDetails?.DeliveryMedium, 'EMAIL');
});

test('who has but the address of their second factor cannot reset their password; an administrator can', async (t) => {
  const attributes = [phone, ...verified.slice(1)];
  const optional = await scene(t, { attributes, preference: { SMSMfaSettings: { Enabled: true } } });
  const required = await scene(t, { mode: 'ON', attributes });
  for (const { call, forgot, user, inbox } of [optional, required]) {
    await assert.rejects(forgot(), refused);
    assert.deepEqual(inbox.list(), []);
    await call('AdminResetUserPassword', user);
    assert.equal(inbox.list().length, 1);
  }
});

test('EN-1 where users are hidden, they are told of a code like anybody', async (t) => {
  const attributes = [phone, ...verified.slice(1)];
  const client = { PreventUserExistenceErrors: 'ENABLED' } as const;
  const { forgot, inbox } = await scene(t, { mode: 'ON', attributes, client });
  assert.ok((await forgot()).CodeDeliveryDetails?.Destination);
  assert.deepEqual(inbox.list(), []);
});

test('MF-7 a password that was reset does not do away with the second factor', async (t) => {
  const { call, home, forgot, inbox } = await scene(t, { preference: { SMSMfaSettings: preferred } });
  await forgot();
  const ConfirmationCode = inbox.list('ada@example.com').at(-1)?.code ?? '';
  const Password = `${password}x`;
  await call('ConfirmForgotPassword', {
    ClientId: home.clientId,
    Username: 'ada',
    ConfirmationCode,
    Password,
  });
  const asked = await passwordSignIn(call, home, { password: Password });
  assert.equal(asked.ChallengeName, 'SMS_MFA');
  const wrong = answer(call, home, 'SMS_MFA', asked.Session, { SMS_MFA_CODE: ConfirmationCode });
  assert.equal(await outcomeOf(wrong), 'Invalid code or auth state for the user.');
});
