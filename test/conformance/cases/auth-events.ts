import {
  failFrom,
  gatheredBy,
  setRisk,
  settledUser,
  signInFrom,
  stranger,
  watchedHome,
} from '../../threat.ts';
import { makeHome, makeUser, password } from '../../sign-in.ts';
import type { Home } from '../../sign-in.ts';
import type { Scene } from '../scene.ts';
import type { Table } from '../table.ts';

const off =
  'This is an add on feature. Please update AdvancedSecurityMode for your user pool to access this API.';
const unknown = 'e3b0c442-98fc-4c14-9afb-f4c8996fb924';

/** Somebody in a pool under threat protection who was asked for from elsewhere, with an event that was judged. */
async function watched(scene: Scene) {
  const place = await watchedHome(scene);
  await settledUser(scene, place);
  await failFrom(scene, place, stranger, 1);
  await scene.call('InitiateAuth', {
    ClientId: place.clientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: 'ada', PASSWORD: password },
    UserContextData: gatheredBy({ ClientTimezone: '+01:00' }),
  });
  return { UserPoolId: place.poolId, Username: 'ada' };
}

async function judged(scene: Scene) {
  const ids = await watched(scene);
  const { AuthEvents = [] } = await scene.call('AdminListUserAuthEvents', ids);
  return { ...ids, EventId: AuthEvents[0]?.EventId ?? '', FeedbackValue: 'Valid' } as const;
}

/** Somebody who got a notice of an event, and with it the token for a word on it. */
async function told(scene: Scene) {
  const place: Home = await watchedHome(scene);
  const [name, notice] = [scene.fresh(), { Subject: 'New', TextBody: '{event-id} {feedback-token}' }];
  const address = `${name}@example.com`;
  const action = { Notify: true, EventAction: 'NO_ACTION' } as const;
  await setRisk(scene, place, {
    AccountTakeoverRiskConfiguration: {
      NotifyConfiguration: {
        SourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/example.com',
        NoActionEmail: notice,
      },
      Actions: { LowAction: action, MediumAction: action, HighAction: action },
    },
  });
  await settledUser(scene, place, name, { email: address, email_verified: 'true' });
  await signInFrom(scene, place, stranger, { name });
  const [EventId = '', FeedbackToken = ''] = (scene.inbox.list(address).at(-1)?.body ?? '').split(' ');
  const ids = { UserPoolId: place.poolId, Username: name, EventId };
  return { ...ids, FeedbackToken: FeedbackToken.trim(), FeedbackValue: 'Valid' } as const;
}

const unwatched = async ({ call }: Scene) => {
  const home = await makeHome(call);
  return { UserPoolId: home.poolId, Username: await makeUser(call, home) };
};

export const authEvents: Table = {
  AdminListUserAuthEvents: {
    answers: [
      async (scene) => {
        const { UserPoolId, Username, ...word } = await judged(scene);
        await scene.call('AdminUpdateAuthEventFeedback', { UserPoolId, Username, ...word });
        await scene.call('AdminListUserAuthEvents', { UserPoolId, Username });
        return { UserPoolId, Username, MaxResults: 1 };
      },
    ],
    refusals: { UserPoolAddOnNotEnabledException: [off, unwatched] },
  },
  AdminUpdateAuthEventFeedback: {
    answers: [judged],
    refusals: {
      ResourceNotFoundException: [
        'Authentication event does not exist.',
        async (scene) => ({ ...(await judged(scene)), EventId: unknown }),
      ],
      UserPoolAddOnNotEnabledException: [
        off,
        async (scene) => ({ ...(await unwatched(scene)), EventId: unknown, FeedbackValue: 'Valid' }),
      ],
    },
  },
  UpdateAuthEventFeedback: {
    answers: [told],
    refusals: {
      NotAuthorizedException: [
        'Invalid feedback token.',
        async (scene) => ({ ...(await told(scene)), FeedbackToken: 'x' }),
      ],
      UserPoolAddOnNotEnabledException: [
        off,
        async (scene) => ({
          ...(await unwatched(scene)),
          EventId: unknown,
          FeedbackToken: 'x',
          FeedbackValue: 'Valid',
        }),
      ],
    },
  },
};
