import { randomBytes, randomUUID } from 'node:crypto';
import { makeVerifier } from '../../src/crypto/srp.ts';
import type { Attack, Attacks, Person, Scene } from './scene.ts';
import { NotApplicable } from './scene.ts';

interface Place {
  readonly scene: Scene;
  readonly client: string;
}

interface Holder {
  readonly person: Person;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly deviceKey: string;
}

/** Plays in a pool that remembers devices, which ends with it. */
const amongDevices =
  (attack: (place: Place) => Promise<string | undefined>): Attack =>
  async (scene) => {
    const { UserPool } = await scene.arrange('CreateUserPool', {
      PoolName: 'devices',
      AutoVerifiedAttributes: ['email'],
      DeviceConfiguration: { ChallengeRequiredOnNewDevice: true },
    });
    const UserPoolId = UserPool?.Id ?? '';
    try {
      const { UserPoolClient } = await scene.arrange('CreateUserPoolClient', {
        UserPoolId,
        ClientName: 'devices',
        ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      });
      const client = UserPoolClient?.ClientId ?? '';
      const pool = { id: UserPoolId, client, otherClient: client };
      const inPool = { ...scene, pool, person: (options = {}) => scene.person({ pool, ...options }) };
      return await attack({ scene: inPool, client });
    } finally {
      await scene.call('DeleteUserPool', { UserPoolId }, 'administrator');
    }
  };

/** Somebody new, signed in from a device that they have confirmed. */
async function holder({ scene, client }: Place): Promise<Holder> {
  const person = await scene.person();
  const { AuthenticationResult } = await scene.arrange(
    'InitiateAuth',
    {
      ClientId: client,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: person.username, PASSWORD: person.password },
    },
    'nobody',
  );
  const { AccessToken = '', RefreshToken = '', NewDeviceMetadata } = AuthenticationResult ?? {};
  const { DeviceKey = '', DeviceGroupKey = '' } = NewDeviceMetadata ?? {};
  if (DeviceKey === '') throw new NotApplicable('a sign-in brings no device');
  const salt = Buffer.concat([Buffer.of(0x11), randomBytes(15)]);
  const verifier = makeVerifier(DeviceGroupKey, DeviceKey, randomBytes(40).toString('base64'), salt);
  const PasswordVerifier = Buffer.concat([Buffer.of(0), verifier]).toString('base64');
  const DeviceSecretVerifierConfig = { PasswordVerifier, Salt: salt.toString('base64') };
  await scene.arrange('ConfirmDevice', { AccessToken, DeviceKey, DeviceSecretVerifierConfig }, 'nobody');
  return { person, accessToken: AccessToken, refreshToken: RefreshToken, deviceKey: DeviceKey };
}

async function refreshes({ scene, client }: Place, token: string, key?: string): Promise<boolean> {
  const { output } = await scene.call('InitiateAuth', {
    ClientId: client,
    AuthFlow: 'REFRESH_TOKEN_AUTH',
    AuthParameters: { REFRESH_TOKEN: token, ...(key !== undefined && { DEVICE_KEY: key }) },
  });
  return output.AuthenticationResult?.AccessToken !== undefined;
}

const withoutDevice = amongDevices(async (place) => {
  const victim = await holder(place);
  const thief = await holder(place);
  if (!(await refreshes(place, victim.refreshToken, victim.deviceKey)))
    throw new NotApplicable('a refresh token does not serve with its device');
  for (const key of [undefined, thief.deviceKey, `us-east-1_${randomUUID()}`]) {
    if (await refreshes(place, victim.refreshToken, key)) return `tokens with ${key ?? 'no device'}`;
  }
  return undefined;
});

const afterForgetting = amongDevices(async (place) => {
  const { refreshToken, deviceKey, accessToken: AccessToken } = await holder(place);
  await place.scene.arrange('ForgetDevice', { AccessToken, DeviceKey: deviceKey }, 'nobody');
  return (await refreshes(place, refreshToken, deviceKey)) ? 'tokens of a forgotten device' : undefined;
});

const ofAnotherUser = amongDevices(async (place) => {
  const { call } = place.scene;
  const { deviceKey: DeviceKey } = await holder(place);
  const { accessToken: AccessToken } = await holder(place);
  const given = { AccessToken, DeviceKey };
  const attempts = [
    call('GetDevice', given),
    call('ConfirmDevice', given),
    call('UpdateDeviceStatus', { ...given, DeviceRememberedStatus: 'not_remembered' }),
    call('ForgetDevice', given),
  ];
  const taken = (await Promise.all(attempts)).some(({ ok }) => ok);
  return taken ? 'the device of somebody else is theirs' : undefined;
});

const madeUp = amongDevices(async (place) => {
  const { accessToken: AccessToken } = await holder(place);
  const DeviceKey = `us-east-1_${randomUUID()}`;
  const { ok } = await place.scene.call('ConfirmDevice', { AccessToken, DeviceKey });
  return ok ? 'a device that nobody signed in from was confirmed' : undefined;
});

export const devices: Attacks = {
  'a refresh token serves without its device': withoutDevice,
  'a refresh token serves after its device was forgotten': afterForgetting,
  'a device of somebody else is shown, changed or forgotten': ofAnotherUser,
  'a device key that was made up is confirmed': madeUp,
};
