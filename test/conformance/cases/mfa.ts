import { appCode, appUser, email, mfaConfig, mfaHome, ownMail, phone, sender } from '../../mfa.ts';
import { makeHome, makeUser, passwordSignIn } from '../../sign-in.ts';
import type { Home } from '../../sign-in.ts';
import type { Scene } from '../scene.ts';
import type { Table } from '../table.ts';

const notEnabled = 'Software Token MFA has not been enabled by the userPool';
const noSession = 'Invalid session for the user.';

/** Everything that can be said of a sender of text messages. */
export const everySender = {
  ...sender,
  ExternalId: 'us',
  SnsRegion: 'us-east-1',
  EumsSms: {
    CallerArn: sender.SnsCallerArn,
    ExternalId: 'us',
    OriginationIdentity: '+12065550199',
    ConfigurationSetName: 'set',
    InEntityId: '1',
    InTemplateId: '2',
    Region: 'us-east-1',
  },
};

/** Everything that can be said of second factors. */
const everyFactor = {
  ...mfaConfig('OPTIONAL', ['SOFTWARE_TOKEN_MFA', 'EMAIL_OTP']),
  SmsMfaConfiguration: {
    SmsAuthenticationMessage: 'Code: {####}',
    SmsConfiguration: everySender,
  },
  WebAuthnConfiguration: {
    RelyingPartyId: 'auth.example.com',
    UserVerification: 'preferred',
    FactorConfiguration: 'SINGLE_FACTOR',
  },
} as const;

/** A pool that can have every factor. */
const poolWithMail = async ({ call }: Scene) => (await makeHome(call, ownMail)).poolId;

/** Somebody who is signed in where authenticator apps are. */
async function withApps(scene: Scene) {
  const home = await mfaHome(scene.call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
  return { AccessToken: (await scene.signedIn([], home)).AccessToken };
}

/** Somebody who has begun to register an app, and the code that it shows. */
async function registering(scene: Scene) {
  const bearer = await withApps(scene);
  const { SecretCode } = await scene.call('AssociateSoftwareToken', bearer);
  return { ...bearer, UserCode: appCode(SecretCode ?? '', scene.clock.now()) };
}

/** Somebody who must set up an app to sign in. */
async function inSetup({ call }: Scene, home?: Home) {
  const at = home ?? (await mfaHome(call, 'ON', ['SOFTWARE_TOKEN_MFA']));
  await makeUser(call, at);
  return { Session: (await passwordSignIn(call, at)).Session };
}

const anybody = async (scene: Scene) => ({
  UserPoolId: scene.home.poolId,
  Username: await scene.user([phone]),
});

/** Somebody with every kind of factor that `…AuthFactors` tells of. */
async function withFactors(scene: Scene) {
  const home = await mfaHome(scene.call, 'OPTIONAL', ['EMAIL_OTP']);
  const { name, AccessToken } = await scene.signedIn([email], home);
  const EmailMfaSettings = { Enabled: true, PreferredMfa: true };
  await scene.call('SetUserMFAPreference', { AccessToken, EmailMfaSettings });
  return { AccessToken, UserPoolId: home.poolId, Username: name };
}

export const mfa: Table = {
  SetUserPoolMfaConfig: {
    answers: [async (scene) => ({ UserPoolId: await poolWithMail(scene), ...everyFactor })],
    refusals: {
      FeatureUnavailableInTierException: [
        'The following features need to be disabled for the LITE pricing tier configured: Email MFA',
        async ({ call }) => {
          const { poolId: UserPoolId } = await makeHome(call, { ...ownMail, UserPoolTier: 'LITE' });
          return { UserPoolId, ...mfaConfig('OPTIONAL', ['EMAIL_OTP']) };
        },
      ],
    },
  },
  GetUserPoolMfaConfig: {
    answers: [
      async (scene) => {
        const UserPoolId = await poolWithMail(scene);
        await scene.call('SetUserPoolMfaConfig', { UserPoolId, ...everyFactor });
        return { UserPoolId };
      },
    ],
  },
  SetUserMFAPreference: {
    answers: [
      async (scene) => ({
        AccessToken: (await scene.signedIn([phone])).AccessToken,
        SMSMfaSettings: { Enabled: true },
      }),
    ],
  },
  AdminSetUserMFAPreference: {
    answers: [async (scene) => ({ ...(await anybody(scene)), SMSMfaSettings: { Enabled: true } })],
  },
  SetUserSettings: {
    answers: [
      async (scene) => ({
        AccessToken: (await scene.signedIn([phone])).AccessToken,
        MFAOptions: [{ DeliveryMedium: 'SMS', AttributeName: 'phone_number' }],
      }),
    ],
  },
  AdminSetUserSettings: {
    answers: [
      async (scene) => ({
        ...(await anybody(scene)),
        MFAOptions: [{ DeliveryMedium: 'SMS', AttributeName: 'phone_number' }],
      }),
    ],
  },
  GetUserAuthFactors: {
    answers: [async (scene) => ({ AccessToken: (await withFactors(scene)).AccessToken })],
  },
  AdminGetUserAuthFactors: {
    answers: [
      async (scene) => {
        const { AccessToken: _, ...input } = await withFactors(scene);
        return input;
      },
    ],
  },
  AssociateSoftwareToken: {
    answers: [withApps, (scene) => inSetup(scene)],
    refusals: {
      NotAuthorizedException: [noSession, () => ({ Session: 'x'.repeat(40) })],
      SoftwareTokenMFANotFoundException: [
        notEnabled,
        async (scene) => ({ AccessToken: (await scene.signedIn()).AccessToken }),
      ],
    },
  },
  VerifySoftwareToken: {
    answers: [
      registering,
      async (scene) => {
        const { SecretCode = '', Session } = await scene.call('AssociateSoftwareToken', await inSetup(scene));
        return { Session, UserCode: appCode(SecretCode, scene.clock.now()) };
      },
    ],
    refusals: {
      EnableSoftwareTokenMFAException: [
        'Code mismatch',
        async (scene) => {
          const { UserCode, ...rest } = await registering(scene);
          return { ...rest, UserCode: UserCode === '000000' ? '111111' : '000000' };
        },
      ],
      SoftwareTokenMFANotFoundException: [
        notEnabled,
        async (scene) => ({ AccessToken: (await scene.signedIn()).AccessToken, UserCode: '123456' }),
      ],
    },
  },
  AdminDeleteSoftwareToken: {
    answers: [
      async (scene) => {
        const home = await mfaHome(scene.call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
        await appUser(scene, home);
        return { UserPoolId: home.poolId, Username: 'ada' };
      },
    ],
  },
};
