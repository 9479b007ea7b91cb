import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuthFlowType, ExplicitAuthFlowsType } from '../api/cognito-idp.ts';
import type { Client, ClientSettings } from '../store/pools.ts';
import { allowsFlow, validity } from './client.ts';

const clientWith = (settings: ClientSettings): Client => ({
  id: 'client1',
  poolId: 'us-east-1_pool',
  name: 'client',
  version: 1,
  createdAt: 0,
  modifiedAt: 0,
  secrets: [],
  settings,
});

const allFlows: readonly AuthFlowType[] = [
  'USER_SRP_AUTH',
  'USER_PASSWORD_AUTH',
  'ADMIN_USER_PASSWORD_AUTH',
  'ADMIN_NO_SRP_AUTH',
  'CUSTOM_AUTH',
  'USER_AUTH',
  'REFRESH_TOKEN_AUTH',
  'REFRESH_TOKEN',
];
const refresh: readonly AuthFlowType[] = ['REFRESH_TOKEN_AUTH', 'REFRESH_TOKEN'];
const usual: readonly AuthFlowType[] = ['USER_SRP_AUTH', 'CUSTOM_AUTH', ...refresh];
const admin: readonly AuthFlowType[] = ['ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH'];

const allowances: readonly {
  readonly named?: readonly ExplicitAuthFlowsType[];
  readonly allowed: readonly AuthFlowType[];
}[] = [
  { allowed: usual },
  { named: [], allowed: usual },
  { named: ['ALLOW_USER_PASSWORD_AUTH'], allowed: ['USER_PASSWORD_AUTH'] },
  { named: ['ALLOW_ADMIN_USER_PASSWORD_AUTH'], allowed: admin },
  { named: ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'], allowed: ['USER_AUTH', ...refresh] },
  { named: ['ALLOW_CLIENT_TOKEN_AUTH'], allowed: [] },
  { named: ['ADMIN_NO_SRP_AUTH'], allowed: [...usual, ...admin] },
  { named: ['USER_PASSWORD_AUTH'], allowed: [...usual, 'USER_PASSWORD_AUTH'] },
  { named: ['CUSTOM_AUTH_FLOW_ONLY'], allowed: ['CUSTOM_AUTH', ...refresh] },
];

for (const { named, allowed } of allowances) {
  test(`a client with the flows ${named?.join() ?? 'of one that names none'}`, () => {
    const client = clientWith({ ExplicitAuthFlows: named });
    assert.deepEqual(allFlows.filter((flow) => allowsFlow(client, flow)).sort(), [...allowed].sort());
  });
}

test('the refresh flow serves nobody while refresh tokens rotate', () => {
  const rotating = clientWith({ RefreshTokenRotation: { Feature: 'ENABLED' } });
  assert.equal(allowsFlow(rotating, 'REFRESH_TOKEN_AUTH'), false);
  assert.equal(allowsFlow(rotating, 'USER_SRP_AUTH'), true);
  const resting = clientWith({ RefreshTokenRotation: { Feature: 'DISABLED' } });
  assert.equal(allowsFlow(resting, 'REFRESH_TOKEN_AUTH'), true);
});

test('how long tokens serve, by value and unit', () => {
  const day = 86_400;
  assert.deepEqual(validity({ settings: {} }), { access: 3600, id: 3600, refresh: 30 * day, session: 3 });
  const settings: ClientSettings = {
    AccessTokenValidity: 5,
    IdTokenValidity: 2,
    RefreshTokenValidity: 7200,
    TokenValidityUnits: { AccessToken: 'minutes', RefreshToken: 'seconds' },
    AuthSessionValidity: 15,
  };
  assert.deepEqual(validity({ settings }), { access: 300, id: 7200, refresh: 7200, session: 15 });
  // A unit alone changes nothing.
  const units = { AccessToken: 'days', IdToken: 'days', RefreshToken: 'minutes' } as const;
  assert.deepEqual(validity({ settings: { TokenValidityUnits: units, RefreshTokenValidity: 0 } }), {
    access: 3600,
    id: 3600,
    refresh: 30 * day,
    session: 3,
  });
});
