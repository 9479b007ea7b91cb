import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttributeType, InitiateAuthResponse, UserPoolMfaType } from '../src/api/cognito-idp.ts';
import type { MfaFactor } from '../src/store/users.ts';
import { always, byDevice, confirmed, signIn } from './devices.ts';
import { answer, appCode, appUser, email, mfaConfig, mfaHome, phone } from './mfa.ts';
import {
  inviteUser,
  makeUser,
  password,
  passwordSignIn,
  srpAnswer,
  srpProof,
  srpStart,
  temporary,
} from './sign-in.ts';
import type { Home } from './sign-in.ts';
import { clientStart } from '../src/crypto/srp.ts';
import { testServer } from './test-server.ts';
import type { TestServer } from './test-server.ts';

type Named = Readonly<Record<string, string>>;
type Flow = (server: TestServer, home: Home, device?: Named) => Promise<InitiateAuthResponse>;

/** Every way to prove a password over the API, and what it comes to. `device`: DEVICE_KEY, if there is one. */
const flows: Readonly<Record<string, Flow>> = {
  USER_PASSWORD_AUTH: ({ call }, home, device) => signIn(call, home, device),
  USER_SRP_AUTH: async ({ call }, home, device) => {
    const challenge = await srpStart(call, home);
    return srpAnswer(call, home, { ...srpProof(home, challenge), ...device });
  },
  ADMIN_USER_PASSWORD_AUTH: ({ call }, { poolId, clientId }, device) =>
    call('AdminInitiateAuth', {
      UserPoolId: poolId,
      ClientId: clientId,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ada', PASSWORD: password, ...device },
    }),
  'USER_AUTH with PASSWORD': (server, home, device) =>
    choice(server, home, { PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: password, ...device }),
  'USER_AUTH, SELECT_CHALLENGE, PASSWORD': async (server, home, device) => {
    const { Session } = await choice(server, home, { ...device });
    const chosen = { ANSWER: 'PASSWORD', PASSWORD: password };
    return answer(server.call, home, 'SELECT_CHALLENGE', Session, chosen);
  },
  'USER_AUTH with PASSWORD_SRP': async (server, home, device) => {
    const start = clientStart();
    const asked = await choice(server, home, {
      PREFERRED_CHALLENGE: 'PASSWORD_SRP',
      SRP_A: start.A,
      ...device,
    });
    const proof = srpProof(
      home,
      { start, parameters: asked.ChallengeParameters ?? {} },
      { at: server.clock.now() },
    );
    return answer(server.call, home, 'PASSWORD_VERIFIER', asked.Session, proof);
  },
};

const choice = ({ call }: TestServer, { clientId }: Home, parameters: Readonly<Record<string, string>>) =>
  call('InitiateAuth', {
    ClientId: clientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME: 'ada', ...parameters },
  });

interface Row {
  readonly mode: UserPoolMfaType;
  readonly enabled: readonly MfaFactor[];
  readonly has: readonly AttributeType[];
  readonly app?: boolean;
  readonly asked: string;
}

const rows: readonly Row[] = [
  { mode: 'OFF', enabled: ['SMS_MFA'], has: [email, phone], app: true, asked: 'tokens' },
  { mode: 'OPTIONAL', enabled: [], has: [email, phone], app: true, asked: 'tokens' },
  { mode: 'OPTIONAL', enabled: ['SMS_MFA'], has: [phone], asked: 'SMS_MFA' },
  { mode: 'OPTIONAL', enabled: ['EMAIL_OTP'], has: [email], asked: 'EMAIL_OTP' },
  { mode: 'OPTIONAL', enabled: ['SOFTWARE_TOKEN_MFA'], has: [], app: true, asked: 'SOFTWARE_TOKEN_MFA' },
  {
    mode: 'OPTIONAL',
    enabled: ['SMS_MFA', 'SOFTWARE_TOKEN_MFA'],
    has: [phone],
    app: true,
    asked: 'SELECT_MFA_TYPE',
  },
  { mode: 'ON', enabled: [], has: [phone], asked: 'SMS_MFA' },
  { mode: 'ON', enabled: [], has: [], app: true, asked: 'SOFTWARE_TOKEN_MFA' },
  { mode: 'ON', enabled: [], has: [phone], app: true, asked: 'SELECT_MFA_TYPE' },
  { mode: 'ON', enabled: [], has: [], asked: 'MFA_SETUP' },
];

const all: readonly MfaFactor[] = ['SMS_MFA', 'SOFTWARE_TOKEN_MFA', 'EMAIL_OTP'];

for (const { mode, enabled, has, app = false, asked } of rows) {
  const user = [...has.map(({ Name }) => Name), ...(app ? ['app'] : [])].join(', ') || 'nothing';
  test(`MF-7 MFA ${mode}, user with ${user}, ${enabled.join(' and ') || 'none'} on: ${asked} by every flow`, async (t) => {
    const server = await testServer(t);
    const { call, clock, inbox } = server;
    const home = await mfaHome(call, 'OPTIONAL', all);
    const secret = app ? await appUser(server, home, { attributes: has, isOn: false }) : '';
    if (!app) await makeUser(call, home, 'ada', has);
    const on = (factor: MfaFactor) => (enabled.includes(factor) ? { Enabled: true } : undefined);
    await call('AdminSetUserMFAPreference', {
      UserPoolId: home.poolId,
      Username: 'ada',
      SMSMfaSettings: on('SMS_MFA'),
      EmailMfaSettings: on('EMAIL_OTP'),
      SoftwareTokenMfaSettings: on('SOFTWARE_TOKEN_MFA'),
    });
    const config = mode === 'OFF' ? {} : mfaConfig(mode, all);
    await call('SetUserPoolMfaConfig', { UserPoolId: home.poolId, ...config });
    for (const [flow, begin] of Object.entries(flows)) {
      const step = await begin(server, home);
      const end = step.AuthenticationResult ? 'tokens' : step.ChallengeName;
      assert.equal(end, asked, flow);
      assert.equal(step.AuthenticationResult === undefined, asked !== 'tokens', flow);
      // The factor, and nothing else, gives tokens.
      const codes: Readonly<Record<string, () => Record<string, string>>> = {
        SMS_MFA: () => ({ SMS_MFA_CODE: inbox.list('+12065550100').at(-1)?.code ?? '' }),
        EMAIL_OTP: () => ({ EMAIL_OTP_CODE: inbox.list('ada@example.com').at(-1)?.code ?? '' }),
        SOFTWARE_TOKEN_MFA: () => ({ SOFTWARE_TOKEN_MFA_CODE: appCode(secret, clock.now()) }),
      };
      clock.advance(60_000);
      const code = codes[step.ChallengeName ?? ''];
      if (step.ChallengeName === undefined || code === undefined) continue;
      const done = await answer(call, home, step.ChallengeName, step.Session, code());
      const RefreshToken = done.AuthenticationResult?.RefreshToken ?? '';
      assert.ok(RefreshToken, flow);
      // A refresh asks for nothing anew.
      const refreshed = await call('InitiateAuth', {
        ClientId: home.clientId,
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN: RefreshToken },
      });
      assert.ok(refreshed.AuthenticationResult?.AccessToken, flow);
    }
  });
}

/** What asks for a code, or for which. */
const codes = ['SMS_MFA', 'EMAIL_OTP', 'SOFTWARE_TOKEN_MFA', 'SELECT_MFA_TYPE'];

for (const { mode, enabled, has, app = false, asked } of rows) {
  const user = [...has.map(({ Name }) => Name), ...(app ? ['app'] : [])].join(', ') || 'nothing';
  const proof = codes.includes(asked) ? 'DEVICE_SRP_AUTH' : asked;
  test(`MF-7 MF-8 with a remembered device, MFA ${mode}, user with ${user}, ${enabled.join(' and ') || 'none'} on: ${proof} by every flow`, async (t) => {
    const server = await testServer(t);
    const { call } = server;
    const home = await mfaHome(call, 'OPTIONAL', all, { DeviceConfiguration: always });
    if (app) await appUser(server, home, { attributes: has, isOn: false });
    else await makeUser(call, home, 'ada', has);
    const device = await confirmed(call, (await signIn(call, home)).AuthenticationResult);
    const on = (factor: MfaFactor) => (enabled.includes(factor) ? { Enabled: true } : undefined);
    const who = { UserPoolId: home.poolId, Username: 'ada' };
    await call('AdminSetUserMFAPreference', {
      ...who,
      SMSMfaSettings: on('SMS_MFA'),
      EmailMfaSettings: on('EMAIL_OTP'),
      SoftwareTokenMfaSettings: on('SOFTWARE_TOKEN_MFA'),
    });
    const config = mode === 'OFF' ? {} : mfaConfig(mode, all);
    await call('SetUserPoolMfaConfig', { UserPoolId: home.poolId, ...config });
    for (const [flow, begin] of Object.entries(flows)) {
      const step = await begin(server, home, { DEVICE_KEY: device.key });
      assert.equal(step.AuthenticationResult ? 'tokens' : step.ChallengeName, proof, flow);
      if (proof !== 'DEVICE_SRP_AUTH') continue;
      const forged = await begin(server, home, { DEVICE_KEY: device.key });
      const wrong = byDevice(server, home, forged, { ...device, password: 'wrong' });
      await assert.rejects(wrong, { code: 'NotAuthorizedException' }, flow);
      const { AuthenticationResult } = await byDevice(server, home, step, device);
      assert.ok(AuthenticationResult?.AccessToken, flow);
    }
    // Without the wish of its user it stands for nothing.
    const DeviceRememberedStatus = 'not_remembered';
    await call('AdminUpdateDeviceStatus', { ...who, DeviceKey: device.key, DeviceRememberedStatus });
    for (const [flow, begin] of Object.entries(flows)) {
      const step = await begin(server, home, { DEVICE_KEY: device.key });
      assert.equal(step.AuthenticationResult ? 'tokens' : step.ChallengeName, asked, flow);
    }
  });
}

test('MF-7 a temporary password leads to the second factor, not past it', async (t) => {
  const { call, inbox } = await testServer(t);
  const home = await mfaHome(call, 'ON', ['SMS_MFA']);
  await inviteUser(call, home.poolId, 'ada', [phone]);
  const first = await passwordSignIn(call, home, { password: temporary });
  const next = await answer(call, home, 'NEW_PASSWORD_REQUIRED', first.Session, { NEW_PASSWORD: password });
  assert.equal(next.ChallengeName, 'SMS_MFA');
  const responses = { SMS_MFA_CODE: inbox.list('+12065550100').at(-1)?.code ?? '' };
  assert.ok((await answer(call, home, 'SMS_MFA', next.Session, responses)).AuthenticationResult);
});
