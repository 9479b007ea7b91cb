import { randomBytes } from 'node:crypto';
import { domainToASCII } from 'node:url';
import type { Context } from '../context.ts';
import { algorithms, credentialOf, registeredKey } from '../crypto/webauthn.ts';
import type { Credential, RegistrationFault } from '../crypto/webauthn.ts';
import * as errors from '../errors.ts';
import type { Passkey, Registration } from '../store/passkeys.ts';
import type { Client, Pool } from '../store/pools.ts';
import type { User } from '../store/users.ts';
import { friendlyNameOf } from './authenticators.ts';

/** Quota: passkeys of one user. */
export const mostPasskeys = 20;

/** How long a registration may take; the browser is told the same. */
const registrationLife = 60_000;

/** For whom passkeys are made, and what of the user they must verify. */
export interface RelyingParty {
  readonly id: string;
  readonly userVerification: 'preferred' | 'required';
  /** A passkey that verified its user counts for two factors. */
  readonly satisfiesMfa: boolean;
}

/** Whether users may sign in with passkeys (AllowedFirstAuthFactors). */
function allowsPasskeys({ settings }: Pool): boolean {
  return settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors?.includes('WEB_AUTHN') ?? false;
}

/**
 * The relying party of a pool: as it was configured, else the custom domain, else the prefix domain (developer guide,
 * "Passkey"); undefined where there is none of them. Where a passkey is to satisfy MFA, it must verify the user.
 *
 * Its id is told as browsers write host names, small and in ASCII: they hash it as it is told, and write origins so.
 */
export function relyingPartyOf({ region, settings, webAuthn }: Pool): RelyingParty | undefined {
  const { CustomDomain, Domain } = settings;
  const prefixDomain = Domain && `${Domain}.auth.${region}.amazoncognito.com`;
  const id = domainToASCII(webAuthn?.RelyingPartyId || CustomDomain || prefixDomain || '');
  if (id === '') return undefined;
  const satisfiesMfa = webAuthn?.FactorConfiguration === 'MULTI_FACTOR_WITH_USER_VERIFICATION';
  return {
    id,
    userVerification: satisfiesMfa ? 'required' : (webAuthn?.UserVerification ?? 'preferred'),
    satisfiesMfa,
  };
}

/** All passkeys of a user, oldest first. */
async function passkeysOf(ctx: Context, pool: Pool, userId: string): Promise<readonly Passkey[]> {
  const { items } = await ctx.store.passkeys.ofUser(pool.id, userId, { limit: mostPasskeys });
  return items;
}

/**
 * The passkeys of a user that serve in the pool: made for the relying party that it has now, and none where it does not
 * allow passkeys. What serves no more is listed all the same, to be deleted.
 */
export async function servingPasskeys(ctx: Context, pool: Pool, userId: string): Promise<readonly Passkey[]> {
  const relyingParty = relyingPartyOf(pool);
  if (relyingParty === undefined || !allowsPasskeys(pool)) return [];
  const passkeys = await passkeysOf(ctx, pool, userId);
  return passkeys.filter(({ relyingPartyId }) => relyingPartyId === relyingParty.id);
}

/** `user.id` of the creation options, and the user handle of an assertion: the characters of the `sub`. */
export const userHandleOf = ({ id }: User): string => Buffer.from(id).toString('base64url');

/** 16 bytes (API reference: StartWebAuthnRegistration). */
export const newChallenge = (): string => randomBytes(16).toString('base64url');

/** Whose passkeys are being managed, and in which app. */
export interface Owner {
  readonly pool: Pool;
  readonly client: Client;
  readonly user: User;
}

/**
 * Begins a registration: PublicKeyCredentialCreationOptionsJSON with a challenge that serves once, for this user and
 * app, within a minute. A later one takes its place.
 *
 * Throws WebAuthnNotEnabledException, WebAuthnConfigurationMissingException, and LimitExceededException for a user who
 * has as many passkeys as may be.
 */
export async function beginRegistration(ctx: Context, { pool, client, user }: Owner) {
  if (!allowsPasskeys(pool)) throw errors.passkeysNotEnabled();
  const relyingParty = relyingPartyOf(pool);
  if (relyingParty === undefined) throw errors.relyingPartyMissing();
  const present = await passkeysOf(ctx, pool, user.id);
  if (present.length >= mostPasskeys) throw errors.tooManyPasskeys(mostPasskeys);
  const challenge = newChallenge();
  await ctx.store.passkeys.begin({
    poolId: pool.id,
    userId: user.id,
    challenge,
    clientId: client.id,
    relyingPartyId: relyingParty.id,
    expiresAt: ctx.now() + registrationLife,
  });
  return {
    rp: { id: relyingParty.id, name: relyingParty.id },
    user: { id: userHandleOf(user), name: user.username, displayName: user.username },
    challenge,
    pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
    timeout: registrationLife,
    excludeCredentials: present.map(({ id }) => ({ type: 'public-key', id })),
    authenticatorSelection: {
      requireResidentKey: true,
      residentKey: 'required',
      userVerification: relyingParty.userVerification,
    },
  };
}

/**
 * Registers the passkey that a browser made for a challenge of `beginRegistration`. The challenge is spent with the first
 * attempt that names it, right or wrong (security MF-9).
 *
 * Told in this order (unconfirmed): what is no credential; the challenge; the app; the relying party if the pool has
 * another by now; the origin; the relying party; all else as not supported. A credential id that the pool knows is
 * refused, whosever it is (WebAuthn §7.1 step 26).
 */
export async function completeRegistration(ctx: Context, owner: Owner, document: unknown): Promise<Passkey> {
  const { pool, user } = owner;
  if (!allowsPasskeys(pool)) throw errors.passkeysNotEnabled();
  const credential = credentialOf(document);
  if (credential === undefined || credential.clientData.type !== 'webauthn.create')
    throw errors.passkeyInvalid();
  const { challenge, relyingPartyId } = await takenRegistration(ctx, owner, credential);
  const key = await registeredKey(credential, {
    challenge,
    relyingPartyId,
    userVerification: relyingPartyOf(pool)?.userVerification === 'required',
  });
  if (typeof key === 'string') throw refusals[key]();
  const passkey: Passkey = {
    poolId: pool.id,
    userId: user.id,
    id: key.id,
    publicKey: key.publicKey,
    counter: key.counter,
    relyingPartyId,
    friendlyName: friendlyNameOf(key.aaguid),
    attachment: attachmentOf(credential),
    transports: key.transports,
    createdAt: ctx.now(),
  };
  await insertPasskey(ctx, passkey);
  return passkey;
}

async function takenRegistration(
  ctx: Context,
  { pool, client, user }: Owner,
  { clientData }: Credential,
): Promise<Registration> {
  const registration = await ctx.store.passkeys.take(pool.id, user.id, clientData.challenge);
  if (registration === undefined || registration.expiresAt <= ctx.now())
    throw errors.passkeyChallengeNotFound();
  if (registration.clientId !== client.id) throw errors.passkeyClientMismatch();
  if (registration.relyingPartyId !== relyingPartyOf(pool)?.id) throw errors.relyingPartyMismatch();
  return registration;
}

const refusals: Readonly<Record<RegistrationFault, () => errors.ApiError>> = {
  origin: errors.passkeyOriginNotAllowed,
  'relying party': errors.relyingPartyMismatch,
  unsupported: errors.passkeyNotSupported,
};

/** WebAuthn §5.4.5; anything else is left out. */
const attachmentOf = ({ attachment }: Credential) =>
  attachment === 'platform' || attachment === 'cross-platform' ? attachment : undefined;

async function insertPasskey(ctx: Context, passkey: Passkey): Promise<void> {
  const result = await ctx.store.passkeys.insert(passkey, mostPasskeys);
  if (result === 'exists') throw errors.passkeyInvalid();
  if (result === 'full') throw errors.tooManyPasskeys(mostPasskeys);
  // The user was deleted meanwhile.
  if (result === 'gone') throw errors.accessTokenRevoked();
}
