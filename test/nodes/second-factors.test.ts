import assert from 'node:assert/strict';
import { answer, appCode, email, mfaHome, ownMail, phone } from '../mfa.ts';
import { makeHome, makeUser, outcomeOf, passwordSignIn } from '../sign-in.ts';
import { atOnce } from '../user-pool.ts';
import { onSharedStores, startNodes } from './nodes.ts';

onSharedStores('MF-1 a code of an app serves once, at whichever server', async (t, settings) => {
  const { call, clock } = await startNodes(t, 3, settings);
  const home = await mfaHome(call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
  await makeUser(call, home);
  const AccessToken = (await passwordSignIn(call, home)).AuthenticationResult?.AccessToken ?? '';
  const { SecretCode = '' } = await call('AssociateSoftwareToken', { AccessToken });
  const code = (steps: number) => appCode(SecretCode, clock.now(), steps);
  await call('VerifySoftwareToken', { AccessToken, UserCode: code(-1) });
  await call('SetUserMFAPreference', { AccessToken, SoftwareTokenMfaSettings: { Enabled: true } });
  const attempt = async (steps: number) => {
    const { Session } = await passwordSignIn(call, home);
    const responses = { SOFTWARE_TOKEN_MFA_CODE: code(steps) };
    return outcomeOf(answer(call, home, 'SOFTWARE_TOKEN_MFA', Session, responses));
  };
  const used = 'Your software token has already been used once.';
  assert.equal(await attempt(-1), used);
  // Fewer than would lock.
  const ends = await Promise.all(atOnce(3, () => attempt(0)));
  assert.deepEqual(ends.toSorted(), [used, used, 'ok']);
  assert.equal(await attempt(1), 'ok');
  assert.equal(await attempt(0), used);
});

onSharedStores('MF-3 MF-5 guesses and codes are counted and spent over all servers', async (t, settings) => {
  const { call, codeTo } = await startNodes(t, 3, settings);
  const home = await mfaHome(call, 'ON', ['SMS_MFA']);
  await makeUser(call, home, 'ada', [phone]);
  const { Session } = await passwordSignIn(call, home);
  const responses = { SMS_MFA_CODE: codeTo('+12065550100') };
  const right = await Promise.all(
    atOnce(5, () => outcomeOf(answer(call, home, 'SMS_MFA', Session, responses))),
  );
  assert.equal(right.filter((end) => end === 'ok').length, 1);
  const sessions: (string | undefined)[] = [];
  for (let n = 0; n < 12; n += 1) sessions.push((await passwordSignIn(call, home)).Session);
  const wrong = await Promise.all(
    sessions.map((session) => outcomeOf(answer(call, home, 'SMS_MFA', session, { SMS_MFA_CODE: 'x' }))),
  );
  assert.ok(wrong.filter((end) => end === 'Invalid code or auth state for the user.').length <= 5);
  assert.ok(wrong.filter((end) => end === 'Password attempts exceeded').length >= 7);
});

onSharedStores('each step of a set-up and of a sign-in by code at another server', async (t, settings) => {
  const { call, clock, codeTo } = await startNodes(t, 3, settings);
  const required = await mfaHome(call, 'ON', ['SOFTWARE_TOKEN_MFA']);
  await makeUser(call, required);
  const { Session } = await passwordSignIn(call, required);
  const begun = await call('AssociateSoftwareToken', { Session });
  const UserCode = appCode(begun.SecretCode ?? '', clock.now());
  const verified = await call('VerifySoftwareToken', { Session: begun.Session, UserCode });
  assert.ok((await answer(call, required, 'MFA_SETUP', verified.Session, {})).AuthenticationResult);

  const AllowedFirstAuthFactors = ['PASSWORD', 'EMAIL_OTP'] as const;
  const codes = await makeHome(call, { ...ownMail, Policies: { SignInPolicy: { AllowedFirstAuthFactors } } });
  await makeUser(call, codes, 'ada', [email]);
  const asked = await call('InitiateAuth', {
    ClientId: codes.clientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME: 'ada', PREFERRED_CHALLENGE: 'EMAIL_OTP' },
  });
  const responses = { EMAIL_OTP_CODE: codeTo('ada@example.com') };
  assert.ok((await answer(call, codes, 'EMAIL_OTP', asked.Session, responses)).AuthenticationResult);
});
