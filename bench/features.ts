/**
 * `node bench/features.ts`: what a password sign-in costs more with each feature that a pool may turn on, beside a plain
 * one in the same run, which is played first and last. By hand, on a quiet machine.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { appCode } from '../test/mfa.ts';
import { client } from './load.ts';
import type { Call } from './load.ts';
import { measure } from './measure.ts';
import { password, prepare } from './scenarios.ts';
import type { Directory } from './scenarios.ts';
import { cognate, freePort, start, temporaryFolder } from './targets.ts';

interface Feature {
  readonly name: string;
  readonly settings?: object;
  /** Turns on what CreateUserPool cannot. */
  readonly setUp?: (call: Call, directory: Directory) => Promise<void>;
  readonly users?: number;
  readonly step?: (call: Call, directory: Directory, turn: number) => Promise<boolean>;
}

type Body = Readonly<Record<string, unknown>>;

const arn = 'arn:aws:lambda:us-east-1:000000000000:function:claims';
const secrets = new Map<string, string>();

const features: readonly Feature[] = [
  { name: 'plain' },
  {
    name: 'PreTokenGeneration function in a module',
    settings: {
      LambdaConfig: { PreTokenGenerationConfig: { LambdaVersion: 'V2_0', LambdaArn: arn } },
    },
  },
  {
    name: 'sessions tracked',
    setUp: async (call, { poolId }) => {
      await call('SetUserPoolSessionConfiguration', {
        UserPoolId: poolId,
        UserSessionTracking: 'ENABLED',
        TokenSession: { MaxPerUser: 20 },
      });
    },
  },
  {
    name: 'threat protection, AUDIT',
    settings: { UserPoolTier: 'PLUS', UserPoolAddOns: { AdvancedSecurityMode: 'AUDIT' } },
  },
  {
    name: 'devices, a new one each time',
    settings: {
      DeviceConfiguration: { ChallengeRequiredOnNewDevice: false, DeviceOnlyRememberedOnUserPrompt: true },
    },
  },
  { name: 'MFA by an app', users: 4000, setUp: enrolAll, step: signInByApp },
  { name: 'plain, once more' },
];

const folder = temporaryFolder();
const file = join(folder, 'claims.mjs');
writeFileSync(
  file,
  `export const handler = async (event) => ({ ...event, response: { claimsAndScopeOverrideDetails: {
    idTokenGeneration: { claimsToAddOrOverride: { tenant: 'a' } } } } });`,
);
const plan = cognate('SQLite', await freePort(), folder);
const target = await start({ ...plan, parameters: [...plan.parameters, '--trigger', `claims=${file}`] });
const call = client(target.url);
console.log('| feature | sign-ins/s | p50 ms | p99 ms | server CPU ms | failed |');
console.log('|---|---|---|---|---|---|');
for (const { name, settings, setUp, users = 200, step = signIn } of features) {
  const directory = await prepare(call, users, settings);
  await setUp?.(call, directory);
  const timing = step === signIn ? { seconds: 4 } : { seconds: 1.5, warmUp: 0.5 };
  const figures = await measure(target.pids, (turn) => step(call, directory, turn), timing);
  const { perSecond, p50, p99, cpu, failures } = figures;
  console.log(
    `| ${name} | ${perSecond.toFixed(0)} | ${p50.toFixed(1)} | ${p99.toFixed(1)} | ${cpu.toFixed(2)} | ${failures} |`,
  );
}
await target.stop();

async function begin(to: Call, { clientId, users }: Directory, turn: number): Promise<Body> {
  const AuthParameters = { USERNAME: users[turn % users.length], PASSWORD: password };
  const input = { ClientId: clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters };
  return (await to('InitiateAuth', input)).body;
}

async function signIn(to: Call, directory: Directory, turn: number): Promise<boolean> {
  return 'AuthenticationResult' in (await begin(to, directory, turn));
}

async function enrolAll(to: Call, directory: Directory): Promise<void> {
  await to('SetUserPoolMfaConfig', {
    UserPoolId: directory.poolId,
    MfaConfiguration: 'OPTIONAL',
    SoftwareTokenMfaConfiguration: { Enabled: true },
  });
  for (const [turn, user] of directory.users.entries()) {
    const { AccessToken } = (await begin(to, directory, turn))['AuthenticationResult'] as Body;
    const { SecretCode } = (await to('AssociateSoftwareToken', { AccessToken })).body;
    const secret = String(SecretCode);
    await to('VerifySoftwareToken', { AccessToken, UserCode: appCode(secret, Date.now()) });
    const preference = { Enabled: true, PreferredMfa: true };
    await to('SetUserMFAPreference', { AccessToken, SoftwareTokenMfaSettings: preference });
    secrets.set(user, secret);
  }
}

/** Each user's next code serves once, so that there are as many sign-ins as users. */
async function signInByApp(to: Call, directory: Directory, turn: number): Promise<boolean> {
  const user = directory.users[turn] ?? '';
  const { Session } = await begin(to, directory, turn);
  const code = appCode(secrets.get(user) ?? '', Date.now(), 1);
  const { status } = await to('RespondToAuthChallenge', {
    ClientId: directory.clientId,
    ChallengeName: 'SOFTWARE_TOKEN_MFA',
    Session,
    ChallengeResponses: { USERNAME: user, SOFTWARE_TOKEN_MFA_CODE: code },
  });
  return status === 200;
}
