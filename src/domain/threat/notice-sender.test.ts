import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arnOf, functionServer } from '../../../test/functions.ts';
import type { TriggerEvent } from '../../../test/functions.ts';
import { outcomeOf } from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import { eventsOf, setRisk, settledUser, signInFrom, stranger, watchedHome } from '../../../test/threat.ts';
import { targetsOf } from '../../triggers/targets.ts';

test("the pool's own sender gets a notice without a code, with what is to be told", async (t) => {
  const told = Promise.withResolvers<TriggerEvent>();
  const url = await functionServer(t, (request, response) => {
    told.resolve(JSON.parse(request.text) as TriggerEvent);
    response.end(request.text);
  });
  // A key for codes is not needed: there is none in it.
  const server = await testServer(t, { settings: { triggers: targetsOf(`*=${url}`) } });
  const place = await watchedHome(server, 'ENFORCED', {
    LambdaConfig: {
      CustomEmailSender: { LambdaArn: arnOf('Email'), LambdaVersion: 'V1_0' },
      KMSKeyID: 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555',
    },
  });
  await settledUser(server, place, 'ada', { email: 'ada@example.com', email_verified: 'true' });
  const MediumAction = { Notify: true, EventAction: 'BLOCK' } as const;
  await setRisk(server, place, { AccountTakeoverRiskConfiguration: { Actions: { MediumAction } } });
  await outcomeOf(signInFrom(server, place, stranger));
  const { triggerSource, userName, request } = await told.promise;
  assert.equal(triggerSource, 'CustomEmailSender_AccountTakeOverNotification');
  assert.equal(userName, 'ada');
  const { userAttributes, ...rest } = request as { userAttributes: Record<string, string> };
  assert.deepEqual(rest, { type: 'customEmailSenderRequestV1', code: null, clientMetadata: null });
  const { LOGIN_TIME, FEEDBACK_TOKEN, ...attributes } = userAttributes;
  const link = (value: string) =>
    `${server.url}/${place.poolId}/event-feedback?value=${value}&token=${FEEDBACK_TOKEN}`;
  const [event] = await eventsOf(server, place);
  assert.deepEqual(attributes, {
    EVENT_ID: event?.EventId,
    USER_NAME: 'ada',
    IP_ADDRESS: stranger.ip,
    ACCOUNT_TAKE_OVER_ACTION: 'BLOCK',
    ONE_CLICK_LINK_VALID: link('valid'),
    ONE_CLICK_LINK_INVALID: link('invalid'),
    CITY: null,
    COUNTRY: null,
    DEVICE_NAME: 'Chrome 131, Windows 10.0',
  });
  assert.match(LOGIN_TIME ?? '', /^[A-Z][a-z]+, [A-Z][a-z]+ \d{1,2}, \d{4} \d\d:\d\d [AP]M UTC$/);
  assert.deepEqual(server.inbox.list(), []);
});
