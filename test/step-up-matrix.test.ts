import assert from 'node:assert/strict';
import { test } from 'node:test';
import { levelOf } from '../src/domain/assurance.ts';
import type { Method } from '../src/domain/assurance.ts';
import { decodeJwt } from '../src/crypto/jwt.ts';
import { passwordSignIn } from './sign-in.ts';
import { loa, stepUpScene } from './step-up.ts';
import type { Having, StepUpScene } from './step-up.ts';
import { outcome } from './user-pool.ts';

/** What a user has, and the highest level that they can reach with it. */
const rows: readonly (Having & {
  readonly name: string;
  readonly reach: number;
  readonly mfa?: 'OFF' | 'ON';
})[] = [
  { name: 'a password', reach: 1 },
  { name: 'an app that is off', app: true, reach: 1 },
  { name: 'an address', email: true, reach: 3 },
  { name: 'a telephone', phone: true, reach: 3, mfa: 'OFF' },
  { name: 'a passkey', passkey: true, reach: 3 },
  { name: 'an app', app: true, on: ['SOFTWARE_TOKEN_MFA'], reach: 4 },
  { name: 'an app, MFA off in the pool', app: true, on: ['SOFTWARE_TOKEN_MFA'], mfa: 'OFF', reach: 1 },
  { name: 'text messages', phone: true, on: ['SMS_MFA'], reach: 3 },
  {
    name: 'text messages and an app',
    phone: true,
    app: true,
    on: ['SMS_MFA', 'SOFTWARE_TOKEN_MFA'],
    reach: 4,
  },
  { name: 'an app and a passkey', app: true, passkey: true, on: ['SOFTWARE_TOKEN_MFA'], reach: 4 },
  { name: 'an address and a passkey', email: true, passkey: true, reach: 3 },
  { name: 'text messages where MFA is required', phone: true, mfa: 'ON', reach: 3 },
  { name: 'an app where MFA is required', app: true, mfa: 'ON', reach: 4 },
];

/** By challenge. */
const proves: Readonly<Record<string, Method>> = {
  PASSWORD: 'pwd',
  SMS_MFA: 'sms',
  SMS_OTP: 'sms',
  EMAIL_OTP: 'email_otp',
  SOFTWARE_TOKEN_MFA: 'otp',
  WEB_AUTHN: 'swk',
};

const unreachable = 'InvalidParameterException: The user cannot satisfy the requested ACR values.';
const reached = 'InvalidParameterException: The access token already satisfies the requested ACR value.';

/** Every way to the end of a sign-in, whatever is chosen on it. Gives how many there are. */
async function everyWay(
  scene: StepUpScene,
  begin: () => Promise<Parameters<StepUpScene['walk']>[0]>,
  check: (asked: readonly string[], token: string) => void,
): Promise<number> {
  const ways: number[][] = [[]];
  let done = 0;
  for (let way = ways.pop(); way !== undefined; way = ways.pop()) {
    const taken = [...way];
    const counts: number[] = [];
    const { tokens, asked } = await scene.walk(await begin(), (options) => {
      const open = options.filter((option) => option !== 'PASSWORD_SRP');
      counts.push(open.length);
      const index = taken[counts.length - 1] ?? 0;
      taken[counts.length - 1] = index;
      return open[index];
    });
    check(asked, tokens.AccessToken ?? '');
    for (let at = way.length; at < counts.length; at += 1)
      for (let other = 1; other < (counts[at] ?? 0); other += 1) ways.push([...taken.slice(0, at), other]);
    done += 1;
  }
  return done;
}

const claimsOf = (token: string) => decodeJwt(token)?.payload ?? {};

for (const { name, reach, mfa, ...has } of rows) {
  test(`MF-7 a user with ${name} reaches level ${reach}, and no way leads to one that is not proven`, async (t) => {
    const scene = await stepUpScene(t, has, { mfa });
    const { start, walk, call, home } = scene;
    for (const level of [1, 2, 3, 4]) {
      const begin = () => start({ TARGET_ACR_VALUES: loa(level) });
      if (level > reach) {
        assert.equal(await outcome(begin()), unreachable, `level ${level}`);
        continue;
      }
      const ways = await everyWay(scene, begin, (asked, token) => {
        const proven = [...new Set(asked.flatMap((challenge) => proves[challenge] ?? []))];
        const { acr, amr } = claimsOf(token);
        assert.ok(levelOf(proven) >= level, `${asked.join(', ')} for level ${level}`);
        assert.equal(acr, loa(levelOf(proven)));
        assert.deepEqual(amr, proven.length > 1 ? [...proven, 'mfa'] : proven);
      });
      assert.ok(ways > 0);
    }

    // From the token of an ordinary sign-in, only what is missing is asked for.
    for (const level of [1, 2, 3, 4]) {
      const { tokens, asked: before } = await walk(await passwordSignIn(call, home));
      const credit = [...new Set<Method>(['pwd', ...before.flatMap((challenge) => proves[challenge] ?? [])])];
      const { AccessToken = '' } = tokens;
      const begin = () => start({ TARGET_ACR_VALUES: loa(level), ACCESS_TOKEN: AccessToken });
      if (levelOf(credit) >= level || level > reach) {
        assert.equal(await outcome(begin()), level > reach ? unreachable : reached, `level ${level}`);
        continue;
      }
      await everyWay(scene, begin, (asked, token) => {
        const added = [...new Set(asked.flatMap((challenge) => proves[challenge] ?? []))];
        assert.deepEqual(
          added.filter((method) => credit.includes(method)),
          [],
        );
        const { acr, amr } = claimsOf(token);
        assert.ok(levelOf([...credit, ...added]) >= level);
        assert.equal(acr, loa(levelOf([...credit, ...added])));
        assert.deepEqual(amr, [...credit, ...added, 'mfa']);
      });
    }
  });
}
