import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitOf } from '../../domain/provisioned-limit.ts';
import { testServer } from '../../../test/test-server.ts';
import { atOnce, outcomes } from '../../../test/user-pool.ts';

const definition = (Category: string) => ({ LimitClass: 'API_CATEGORY', Attributes: { Category } }) as const;

test('a limit is what is free until it is raised, for one account and region', async (t) => {
  const { call, ctx } = await testServer(t);
  const LimitDefinition = definition('UserAuthentication');
  const free = { LimitDefinition, ProvisionedLimitValue: 120, FreeLimitValue: 120 };
  assert.deepEqual(await call('GetProvisionedLimit', { LimitDefinition }), { Limit: free });
  const raised = { Limit: { ...free, ProvisionedLimitValue: 500 } };
  const update = (value: number) =>
    call('UpdateProvisionedLimit', { LimitDefinition, RequestedLimitValue: value });
  assert.deepEqual(await update(500), raised);
  assert.deepEqual(await call('GetProvisionedLimit', { LimitDefinition }), raised);
  const elsewhere = await limitOf({ ...ctx, region: 'eu-west-1' }, 'UserAuthentication');
  assert.deepEqual(elsewhere, { free: 120, provisioned: 120 });
  assert.deepEqual(await outcomes(atOnce(5, (n) => update(200 + n))), { ok: 5 });
  assert.deepEqual(await update(120), { Limit: free });
});

const refusals = [
  {
    name: 'more than can be had',
    input: { LimitDefinition: definition('UserRead'), RequestedLimitValue: 10_001 },
    code: 'ServiceQuotaExceededException',
    message: 'The limit cannot be higher than 10000.',
  },
  {
    name: 'more of what cannot be raised',
    input: { LimitDefinition: definition('UserList'), RequestedLimitValue: 31 },
    code: 'ServiceQuotaExceededException',
    message: 'The limit cannot be higher than 30.',
  },
  {
    name: 'less than is free',
    input: { LimitDefinition: definition('UserRead'), RequestedLimitValue: 119 },
    code: 'InvalidParameterException',
    message: 'The limit cannot be lower than 120.',
  },
  {
    name: 'a category of its own',
    input: { LimitDefinition: definition('toString'), RequestedLimitValue: 1 },
    code: 'ResourceNotFoundException',
    message: 'There is no limit for the category toString.',
  },
  {
    name: 'no category',
    input: {
      LimitDefinition: { LimitClass: 'API_CATEGORY', Attributes: {} } as const,
      RequestedLimitValue: 1,
    },
    code: 'InvalidParameterException',
    message: 'The attribute Category of the limit definition is missing or not valid.',
  },
];
for (const { name, input, code, message } of refusals) {
  test(`UpdateProvisionedLimit refuses ${name}`, async (t) => {
    const { call } = await testServer(t);
    await assert.rejects(call('UpdateProvisionedLimit', input), { code, message });
  });
}
