import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';
import type { CognitoUserSession } from 'amazon-cognito-identity-js';
import { functionHome } from '../functions.ts';
import type { Functions } from '../functions.ts';
import { makeUser, password } from '../sign-in.ts';

/** A captcha, after the password where the client shows it. */
const captcha: Functions = {
  DefineAuthChallenge: ({ request }) => {
    const [last] = (request['session'] as { challengeName: string; challengeResult: boolean }[]).slice(-1);
    if (last?.challengeName === 'SRP_A') return { challengeName: 'PASSWORD_VERIFIER' };
    return last?.challengeName === 'CUSTOM_CHALLENGE' && last.challengeResult
      ? { issueTokens: true }
      : { challengeName: 'CUSTOM_CHALLENGE' };
  },
  CreateAuthChallenge: () => ({
    publicChallengeParameters: { captchaUrl: 'https://example.com/1.png' },
    privateChallengeParameters: { answer: 'seven' },
  }),
  VerifyAuthChallengeResponse: ({ request }) => ({ answerCorrect: request['challengeAnswer'] === 'seven' }),
};

for (const withPassword of [false, true]) {
  test(`amazon-cognito-identity-js answers a custom challenge${withPassword ? ' after SRP' : ''}`, async (t) => {
    const client = { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] } as const;
    const { call, url, home } = await functionHome(t, captcha, { client });
    await makeUser(call, home);
    const pool = new CognitoUserPool({ UserPoolId: home.poolId, ClientId: home.clientId, endpoint: url });
    const user = new CognitoUser({ Username: 'ada', Pool: pool });
    user.setAuthenticationFlowType('CUSTOM_AUTH');
    const details = new AuthenticationDetails({ Username: 'ada', Password: password });
    const asked: unknown[] = [];
    const session = await new Promise<CognitoUserSession>((resolve, reject) => {
      const callbacks = {
        onSuccess: resolve,
        onFailure: reject,
        customChallenge: (parameters: { captchaUrl?: string }) => {
          asked.push(parameters.captchaUrl);
          user.sendCustomChallengeAnswer(asked.length === 1 ? 'six' : 'seven', callbacks);
        },
      };
      if (withPassword) user.authenticateUser(details, callbacks);
      else user.initiateAuth(details, callbacks);
    });
    assert.equal(session.getIdToken().payload['cognito:username'], 'ada');
    assert.equal(asked.length, 2);
    assert.deepEqual([...new Set(asked)], ['https://example.com/1.png']);
  });
}
