import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { InitiateAuthResponse } from '../../src/api/cognito-idp.ts';
import { passkeyScene } from '../passkeys.ts';
import { outcome } from '../user-pool.ts';
import { addAuthenticator, openTab, servePage } from './chromium.ts';

/** What an app's page does: the options as they came in, the credential as it goes out. */
const create = (page: Page, options: unknown) =>
  page.evaluate<Record<string, unknown>>(
    `navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(${JSON.stringify(options)}),
    }).then((credential) => credential.toJSON())`,
  );

const get = (page: Page, options: string) =>
  page.evaluate<Record<string, unknown>>(
    `navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(${options}),
    }).then((credential) => credential.toJSON())`,
  );

const optionsOf = ({ ChallengeParameters }: InitiateAuthResponse) =>
  ChallengeParameters?.['CREDENTIAL_REQUEST_OPTIONS'] ?? '';

test('MF-9 a passkey in Chromium: registered, used, its counter advances, a wrong challenge is refused', async (t) => {
  const page = await openTab(t);
  if (page === undefined) return;
  await page.goto(await servePage(t));
  const authenticator = await addAuthenticator(page);
  const webAuthn = { RelyingPartyId: 'localhost', UserVerification: 'required' } as const;
  const { call, ctx, home, accessToken } = await passkeyScene(t, { webAuthn });

  const AccessToken = await accessToken();
  const { CredentialCreationOptions } = await call('StartWebAuthnRegistration', { AccessToken });
  const Credential = await create(page, CredentialCreationOptions);
  await call('CompleteWebAuthnRegistration', { AccessToken, Credential });
  const { Credentials } = await call('ListWebAuthnCredentials', { AccessToken });
  const [{ CreatedAt, ...shown } = { CreatedAt: 0 }] = Credentials;
  assert.ok(CreatedAt);
  assert.deepEqual(shown, {
    CredentialId: Credential['id'],
    FriendlyCredentialName: 'Passkey',
    RelyingPartyId: 'localhost',
    AuthenticatorAttachment: 'platform',
    AuthenticatorTransports: ['internal'],
  });
  const again = await call('StartWebAuthnRegistration', { AccessToken });
  await assert.rejects(create(page, again.CredentialCreationOptions), /InvalidStateError/);

  const start = () =>
    call('InitiateAuth', {
      ClientId: home.clientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME: 'ada', PREFERRED_CHALLENGE: 'WEB_AUTHN' },
    });
  const answer = (Session: string | undefined, assertion: Record<string, unknown>) =>
    call('RespondToAuthChallenge', {
      ClientId: home.clientId,
      ChallengeName: 'WEB_AUTHN',
      ChallengeResponses: { USERNAME: 'ada', CREDENTIAL: JSON.stringify(assertion) },
      Session,
    });
  const counter = async () =>
    (await ctx.store.passkeys.find(home.poolId, String(Credential['id'])))?.counter ?? 0;

  const counters = [await counter()];
  for (let round = 0; round < 2; round += 1) {
    const asked = await start();
    const { AuthenticationResult } = await answer(asked.Session, await get(page, optionsOf(asked)));
    const user = await call('GetUser', { AccessToken: AuthenticationResult?.AccessToken ?? '' });
    assert.equal(user.Username, 'ada');
    counters.push(await counter());
  }
  const rising = [...new Set(counters)].sort((a, b) => a - b);
  assert.deepEqual(counters, rising);

  const [one, other] = [await start(), await start()];
  assert.equal(
    await outcome(answer(one.Session, await get(page, optionsOf(other)))),
    'NotAuthorizedException: Passkey authentication failed.',
  );
  await authenticator.detach();
});
