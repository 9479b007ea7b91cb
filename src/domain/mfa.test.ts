import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecoveryOptionNameType, UserPoolMfaType } from '../api/cognito-idp.ts';
import type { Pool } from '../store/pools.ts';
import type { Mfa, MfaFactor, User } from '../store/users.ts';
import { demandOf, mfaAddresses } from './mfa.ts';

const all: readonly MfaFactor[] = ['SMS_MFA', 'SOFTWARE_TOKEN_MFA', 'EMAIL_OTP'];

interface Case {
  readonly name: string;
  readonly mode?: UserPoolMfaType;
  readonly factors?: readonly MfaFactor[];
  /** Email first, telephone second, unless told otherwise: the default of a new pool. */
  readonly recovery?: readonly RecoveryOptionNameType[];
  readonly has?: readonly ('email' | 'phone_number' | 'app')[];
  readonly enabled?: readonly MfaFactor[];
  readonly preferred?: MfaFactor;
  readonly asked: string;
}

function poolOf({
  mode = 'ON',
  factors = all,
  recovery = ['verified_email', 'verified_phone_number'],
}: Case): Pool {
  return {
    id: 'us-east-1_aaaaaaaaa',
    region: 'us-east-1',
    account: '000000000000',
    name: 'pool',
    version: 1,
    createdAt: 0,
    modifiedAt: 0,
    schema: [],
    settings: {
      MfaConfiguration: mode,
      SmsConfiguration: factors.includes('SMS_MFA') ? { SnsCallerArn: 'arn' } : undefined,
      AccountRecoverySetting: {
        RecoveryMechanisms: recovery.map((Name, index) => ({ Name, Priority: index + 1 })),
      },
    },
    mfa: {
      softwareToken: { Enabled: factors.includes('SOFTWARE_TOKEN_MFA') },
      email: factors.includes('EMAIL_OTP') ? {} : undefined,
    },
  };
}

function userOf({ has = [], enabled = [], preferred }: Case): User {
  const mfa: Mfa = {
    enabled,
    preferred,
    softwareToken: has.includes('app') ? { id: 'app', sealed: '' } : undefined,
  };
  return {
    poolId: 'us-east-1_aaaaaaaaa',
    id: 'ada',
    username: 'ada',
    version: 1,
    createdAt: 0,
    modifiedAt: 0,
    status: 'CONFIRMED',
    enabled: true,
    attributes: {
      ...(has.includes('email') && { email: 'ada@example.com' }),
      ...(has.includes('phone_number') && { phone_number: '+12065550100' }),
    },
    passwordHistory: [],
    codes: {},
    pending: {},
    mfa,
  };
}

/** The rows of the developer guide's "Details of MFA logic at user runtime". */
const cases: readonly Case[] = [
  { name: 'MFA is off', mode: 'OFF', has: ['app'], enabled: all, asked: 'nothing' },
  {
    name: 'optional, nothing turned on',
    mode: 'OPTIONAL',
    has: ['app', 'email', 'phone_number'],
    asked: 'nothing',
  },
  {
    name: 'optional, one turned on',
    mode: 'OPTIONAL',
    has: ['app', 'phone_number'],
    enabled: ['SMS_MFA'],
    asked: 'code SMS_MFA',
  },
  {
    name: 'optional, two turned on',
    mode: 'OPTIONAL',
    has: ['app', 'phone_number'],
    enabled: ['SMS_MFA', 'SOFTWARE_TOKEN_MFA'],
    asked: 'code SMS_MFA SOFTWARE_TOKEN_MFA',
  },
  {
    name: 'optional, one preferred',
    mode: 'OPTIONAL',
    has: ['app', 'phone_number'],
    enabled: ['SMS_MFA', 'SOFTWARE_TOKEN_MFA'],
    preferred: 'SOFTWARE_TOKEN_MFA',
    asked: 'code SOFTWARE_TOKEN_MFA',
  },
  {
    name: 'optional, the address to recover the account by was turned on',
    mode: 'OPTIONAL',
    has: ['email'],
    enabled: ['EMAIL_OTP'],
    asked: 'code EMAIL_OTP',
  },
  {
    name: 'optional, turned on without an address',
    mode: 'OPTIONAL',
    enabled: ['SMS_MFA'],
    asked: 'nothing',
  },
  {
    name: 'a preferred factor comes first, even to the address for recovery',
    has: ['app', 'email', 'phone_number'],
    enabled: ['EMAIL_OTP'],
    preferred: 'EMAIL_OTP',
    asked: 'code EMAIL_OTP',
  },
  {
    name: 'an app beside a telephone',
    has: ['app', 'phone_number'],
    asked: 'code SMS_MFA SOFTWARE_TOKEN_MFA',
  },
  {
    name: 'an app beside both addresses: the one for recovery is left out',
    has: ['app', 'email', 'phone_number'],
    asked: 'code SMS_MFA SOFTWARE_TOKEN_MFA',
  },
  { name: 'an app alone', has: ['app'], asked: 'code SOFTWARE_TOKEN_MFA' },
  { name: 'an app beside the address for recovery', has: ['app', 'email'], asked: 'code SOFTWARE_TOKEN_MFA' },
  {
    name: 'an app that the pool has switched off since',
    factors: ['SMS_MFA'],
    has: ['app'],
    asked: 'code SOFTWARE_TOKEN_MFA',
  },
  {
    name: 'both addresses, and administrators alone recover accounts',
    recovery: ['admin_only'],
    has: ['email', 'phone_number'],
    asked: 'code SMS_MFA EMAIL_OTP',
  },
  { name: 'both addresses', has: ['email', 'phone_number'], asked: 'code SMS_MFA' },
  {
    name: 'both addresses, recovery by telephone first',
    recovery: ['verified_phone_number', 'verified_email'],
    has: ['email', 'phone_number'],
    asked: 'code EMAIL_OTP',
  },
  { name: 'a telephone alone', factors: ['SMS_MFA'], has: ['phone_number'], asked: 'code SMS_MFA' },
  {
    name: 'the address for recovery alone, and no apps',
    factors: ['SMS_MFA', 'EMAIL_OTP'],
    has: ['email'],
    asked: 'impossible',
  },
  {
    name: 'the address for recovery alone, where apps are on',
    has: ['email'],
    asked: 'setup SMS_MFA SOFTWARE_TOKEN_MFA',
  },
  { name: 'nothing, where apps are on', factors: ['SOFTWARE_TOKEN_MFA'], asked: 'setup SOFTWARE_TOKEN_MFA' },
  { name: 'nothing at all: all but the one for recovery', asked: 'setup SMS_MFA SOFTWARE_TOKEN_MFA' },
  {
    name: 'nothing at all, recovery by telephone first',
    recovery: ['verified_phone_number'],
    asked: 'setup SOFTWARE_TOKEN_MFA EMAIL_OTP',
  },
  { name: 'nothing at all, and nothing to set up', factors: ['EMAIL_OTP'], asked: 'impossible' },
];

for (const it of cases)
  test(`what is asked for after a password: ${it.name}`, () => {
    const demand = demandOf(poolOf(it), userOf(it));
    const factors = 'factors' in demand ? demand.factors : [];
    assert.equal([demand.for, ...factors].join(' '), it.asked);
  });

test('reset codes do not go where the codes of a second factor go', () => {
  const addresses = (it: Omit<Case, 'name' | 'asked'>) => {
    const whole = { ...it, name: '', asked: '' };
    return mfaAddresses(poolOf(whole), userOf(whole));
  };
  const has = ['email', 'phone_number', 'app'] as const;
  assert.deepEqual(addresses({ mode: 'OFF', has, enabled: all }), []);
  assert.deepEqual(addresses({ mode: 'OPTIONAL', has }), []);
  assert.deepEqual(addresses({ mode: 'OPTIONAL', has, enabled: ['EMAIL_OTP'] }), ['email']);
  assert.deepEqual(
    addresses({
      mode: 'OPTIONAL',
      has,
      enabled: ['SMS_MFA', 'SOFTWARE_TOKEN_MFA'],
      preferred: 'SOFTWARE_TOKEN_MFA',
    }),
    ['phone_number'],
  );
  assert.deepEqual(addresses({ mode: 'ON', has: ['email', 'phone_number'] }), ['phone_number']);
  assert.deepEqual(addresses({ mode: 'ON', has: ['email', 'app'] }), []);
});
