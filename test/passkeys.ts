import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type {
  CreateUserPoolClientRequest,
  CreateUserPoolRequest,
  WebAuthnConfigurationType,
} from '../src/api/cognito-idp.ts';
import { registration, softPasskey } from './authenticator.ts';
import type { Ceremony, KeyKind, SoftPasskey } from './authenticator.ts';
import { makeHome, makeUser, passwordSignIn } from './sign-in.ts';
import type { Home } from './sign-in.ts';
import { testServer } from './test-server.ts';
import type { TestServer } from './test-server.ts';

export const relyingPartyId = 'auth.example.com';

export const withPasskeys = {
  SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] },
} satisfies CreateUserPoolRequest['Policies'];

export interface PasskeyScene extends TestServer {
  readonly home: Home;
  /** Puts the pool's passkey settings. */
  readonly configure: (webAuthn: WebAuthnConfigurationType | undefined) => Promise<void>;
  /** Signs in with the password and gives the access token. */
  readonly accessToken: (name?: string) => Promise<string>;
  /** StartWebAuthnRegistration, as far as an authenticator needs it. */
  readonly begin: (AccessToken: string) => Promise<Ceremony & { readonly userHandle: string }>;
  /** A passkey from end to end. */
  readonly register: (name?: string, kind?: KeyKind) => Promise<SoftPasskey>;
}

/** A pool that allows passkeys for auth.example.com, with the user ada. */
export async function passkeyScene(
  t: Pick<TestContext, 'after'>,
  options: {
    readonly pool?: Partial<CreateUserPoolRequest>;
    readonly client?: Partial<CreateUserPoolClientRequest>;
    readonly webAuthn?: WebAuthnConfigurationType;
  } = {},
): Promise<PasskeyScene> {
  const server = await testServer(t);
  const { call, ctx } = server;
  const home = await makeHome(call, { Policies: withPasskeys, ...options.pool }, options.client);
  await makeUser(call, home);

  const configure: PasskeyScene['configure'] = async (webAuthn) => {
    const pool = await ctx.store.pools.find(home.poolId);
    assert.ok(pool && (await ctx.store.pools.replace({ ...pool, webAuthn })));
  };
  await configure({ RelyingPartyId: relyingPartyId, ...options.webAuthn });

  const accessToken: PasskeyScene['accessToken'] = async (name = 'ada') => {
    const { AuthenticationResult } = await passwordSignIn(call, home, { name });
    return AuthenticationResult?.AccessToken ?? '';
  };
  const begin: PasskeyScene['begin'] = async (AccessToken) => {
    const { CredentialCreationOptions } = await call('StartWebAuthnRegistration', { AccessToken });
    const { challenge, rp, user } = CredentialCreationOptions as unknown as CreationOptions;
    return { challenge, relyingPartyId: rp.id, userHandle: user.id };
  };
  return {
    ...server,
    home,
    configure,
    accessToken,
    begin,
    async register(name, kind) {
      const AccessToken = await accessToken(name);
      const ceremony = await begin(AccessToken);
      const passkey = softPasskey(ceremony.userHandle, kind);
      const Credential = registration(passkey, ceremony);
      await call('CompleteWebAuthnRegistration', { AccessToken, Credential });
      return passkey;
    },
  };
}

interface CreationOptions {
  readonly challenge: string;
  readonly rp: { readonly id: string };
  readonly user: { readonly id: string };
}
