import type { DeviceConfigurationType } from '../../../src/api/cognito-idp.ts';
import { ownDevice, verifierConfig } from '../../devices.ts';
import { makeHome, makeUser, password } from '../../sign-in.ts';
import type { Scene } from '../scene.ts';
import type { Table } from '../table.ts';

const asking = { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true };

/** Somebody who signs in from a new device, where devices are remembered. */
async function newDevice({ call }: Scene, DeviceConfiguration: DeviceConfigurationType = asking) {
  const home = await makeHome(call, { DeviceConfiguration });
  await makeUser(call, home);
  const { AuthenticationResult = {} } = await call('InitiateAuth', {
    ClientId: home.clientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: 'ada', PASSWORD: password },
  });
  const device = ownDevice(AuthenticationResult);
  return {
    UserPoolId: home.poolId,
    AccessToken: AuthenticationResult.AccessToken ?? '',
    DeviceKey: device.key,
    DeviceName: 'A telephone',
    DeviceSecretVerifierConfig: verifierConfig(device),
  };
}

async function confirming(scene: Scene) {
  const { UserPoolId: _, ...input } = await newDevice(scene);
  return input;
}

/** Somebody's device, as they and administrators name it. */
async function confirmed(scene: Scene) {
  const { UserPoolId, ...input } = await newDevice(scene);
  await scene.call('ConfirmDevice', input);
  const { AccessToken, DeviceKey } = input;
  return { own: { AccessToken, DeviceKey }, admin: { UserPoolId, Username: 'ada', DeviceKey } };
}

const none = 'Device does not exist.';
const unknown = 'us-east-1_e3b0c442-98fc-4c14-9afb-f4c8996fb924';
const own = async (scene: Scene) => (await confirmed(scene)).own;
const admin = async (scene: Scene) => (await confirmed(scene)).admin;
const ownUnknown = async (scene: Scene) => ({ ...(await own(scene)), DeviceKey: unknown });
const adminUnknown = async (scene: Scene) => ({ ...(await admin(scene)), DeviceKey: unknown });

export const devices: Table = {
  ConfirmDevice: {
    answers: [confirming],
    refusals: {
      DeviceKeyExistsException: [
        /./,
        async (scene) => {
          const input = await confirming(scene);
          await scene.call('ConfirmDevice', input);
          return input;
        },
      ],
      ResourceNotFoundException: [
        none,
        async (scene) => ({ ...(await confirming(scene)), DeviceKey: unknown }),
      ],
      InvalidUserPoolConfigurationException: [
        'The user pool does not remember devices.',
        async (scene) => ({ AccessToken: (await scene.signedIn()).AccessToken, DeviceKey: unknown }),
      ],
    },
  },
  GetDevice: { answers: [own], refusals: { ResourceNotFoundException: [none, ownUnknown] } },
  ForgetDevice: { answers: [own], refusals: { ResourceNotFoundException: [none, ownUnknown] } },
  UpdateDeviceStatus: {
    answers: [async (scene) => ({ ...(await own(scene)), DeviceRememberedStatus: 'remembered' })],
    refusals: {
      ResourceNotFoundException: [
        none,
        async (scene) => ({ ...(await ownUnknown(scene)), DeviceRememberedStatus: 'remembered' }),
      ],
    },
  },
  ListDevices: {
    answers: [async (scene) => ({ AccessToken: (await twoDevices(scene)).AccessToken, Limit: 1 })],
  },
  AdminGetDevice: { answers: [admin], refusals: { ResourceNotFoundException: [none, adminUnknown] } },
  AdminForgetDevice: { answers: [admin], refusals: { ResourceNotFoundException: [none, adminUnknown] } },
  AdminUpdateDeviceStatus: {
    answers: [async (scene) => ({ ...(await admin(scene)), DeviceRememberedStatus: 'remembered' })],
    refusals: {
      ResourceNotFoundException: [
        none,
        async (scene) => ({ ...(await adminUnknown(scene)), DeviceRememberedStatus: 'remembered' }),
      ],
    },
  },
  AdminListDevices: {
    answers: [
      async (scene) => ({
        UserPoolId: (await twoDevices(scene)).UserPoolId,
        Username: 'ada',
        Limit: 1,
      }),
    ],
  },
};

async function twoDevices(scene: Scene) {
  const home = await makeHome(scene.call, { DeviceConfiguration: asking });
  await makeUser(scene.call, home);
  let AccessToken = '';
  for (let count = 0; count < 2; count += 1) {
    const { AuthenticationResult = {} } = await scene.call('InitiateAuth', {
      ClientId: home.clientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ada', PASSWORD: password },
    });
    AccessToken = AuthenticationResult.AccessToken ?? '';
    const device = ownDevice(AuthenticationResult);
    await scene.call('ConfirmDevice', {
      AccessToken,
      DeviceKey: device.key,
      DeviceSecretVerifierConfig: verifierConfig(device),
    });
  }
  return { UserPoolId: home.poolId, AccessToken };
}
