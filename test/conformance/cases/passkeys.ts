import { registration, softPasskey } from '../../authenticator.ts';
import { relyingPartyId, withPasskeys } from '../../passkeys.ts';
import { addClient, makeHome, passwordSignIn } from '../../sign-in.ts';
import type { Home } from '../../sign-in.ts';
import type { Scene } from '../scene.ts';
import type { Table } from '../table.ts';

/** A pool whose users may sign in with passkeys. */
async function passkeyHome({ call }: Scene): Promise<Home> {
  const home = await makeHome(call, { Policies: withPasskeys });
  const WebAuthnConfiguration = { RelyingPartyId: relyingPartyId };
  await call('SetUserPoolMfaConfig', { UserPoolId: home.poolId, WebAuthnConfiguration });
  return home;
}

/** Somebody who is signed in there. */
async function somebody(scene: Scene, home?: Home) {
  return { AccessToken: (await scene.signedIn([], home ?? (await passkeyHome(scene)))).AccessToken };
}

/** Somebody who has begun a registration, and what their browser makes of it. */
async function registering(
  scene: Scene,
  deviation: Parameters<typeof registration>[2] = {},
  bearer?: { readonly AccessToken: string },
) {
  const { AccessToken } = bearer ?? (await somebody(scene));
  const begun = await scene.call('StartWebAuthnRegistration', { AccessToken });
  const { challenge, user } = begun.CredentialCreationOptions as unknown as {
    readonly challenge: string;
    readonly user: { readonly id: string };
  };
  const ceremony = { challenge, relyingPartyId };
  return { AccessToken, Credential: registration(softPasskey(user.id), ceremony, deviation) };
}

/** Somebody with passkeys. */
async function owner(scene: Scene, passkeys: number) {
  const bearer = await somebody(scene);
  for (let count = 0; count < passkeys; count += 1)
    await scene.call('CompleteWebAuthnRegistration', await registering(scene, {}, bearer));
  return bearer;
}

const notEnabled = 'Passkeys are not enabled for the user pool.';
const elsewhere = async (scene: Scene) => ({ AccessToken: (await scene.signedIn()).AccessToken });

export const passkeys: Table = {
  StartWebAuthnRegistration: {
    answers: [(scene) => somebody(scene)],
    refusals: {
      LimitExceededException: ['Passkeys cannot exceed limit of 20 for a user.', (scene) => owner(scene, 20)],
      WebAuthnConfigurationMissingException: [
        'The user pool has neither a relying party ID nor a domain.',
        async (scene) => somebody(scene, await makeHome(scene.call, { Policies: withPasskeys })),
      ],
      WebAuthnNotEnabledException: [notEnabled, elsewhere],
    },
  },
  CompleteWebAuthnRegistration: {
    answers: [(scene) => registering(scene)],
    refusals: {
      WebAuthnChallengeNotFoundException: [
        'The challenge of the credential was not found.',
        async (scene) => {
          const input = await registering(scene);
          await scene.call('CompleteWebAuthnRegistration', input);
          return input;
        },
      ],
      WebAuthnClientMismatchException: [
        'The registration was started by another app client.',
        async (scene) => {
          const home = await passkeyHome(scene);
          const { name, AccessToken } = await scene.signedIn([], home);
          const { Credential } = await registering(scene, {}, { AccessToken });
          const other = await addClient(scene.call, home.poolId);
          const { AuthenticationResult } = await passwordSignIn(scene.call, other, { name });
          return { AccessToken: AuthenticationResult?.AccessToken ?? '', Credential };
        },
      ],
      WebAuthnCredentialNotSupportedException: [
        'The credential is not supported.',
        (scene) => registering(scene, { flags: 64 }),
      ],
      WebAuthnNotEnabledException: [
        notEnabled,
        async (scene) => ({ ...(await elsewhere(scene)), Credential: {} }),
      ],
      WebAuthnOriginNotAllowedException: [
        'The origin of the credential is not allowed.',
        (scene) => registering(scene, { clientData: { origin: 'https://example.org' } }),
      ],
      WebAuthnRelyingPartyMismatchException: [
        'The credential is not for the relying party ID of the user pool.',
        (scene) => registering(scene, { relyingPartyId: 'example.org' }),
      ],
    },
  },
  ListWebAuthnCredentials: {
    answers: [async (scene) => ({ ...(await owner(scene, 2)), MaxResults: 1 })],
  },
  DeleteWebAuthnCredential: {
    answers: [
      async (scene) => {
        const bearer = await owner(scene, 1);
        const { Credentials } = await scene.call('ListWebAuthnCredentials', bearer);
        return { ...bearer, CredentialId: Credentials[0]?.CredentialId ?? '' };
      },
    ],
    refusals: {
      ResourceNotFoundException: [
        'Passkey not found.',
        async (scene) => ({ ...(await somebody(scene)), CredentialId: 'none' }),
      ],
    },
  },
};
