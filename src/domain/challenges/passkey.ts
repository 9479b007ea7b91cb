import type { Context } from '../../context.ts';
import { assertedCounter, credentialOf } from '../../crypto/webauthn.ts';
import type { Credential } from '../../crypto/webauthn.ts';
import * as errors from '../../errors.ts';
import type { Passkey } from '../../store/passkeys.ts';
import type { User } from '../../store/users.ts';
import { releaseFailure, reserveFailure } from '../failures.ts';
import { newChallenge, relyingPartyOf, userHandleOf } from '../passkey.ts';
import type { RelyingParty } from '../passkey.ts';
import { judgedFirst } from '../threat/assessment.ts';
import { makeSession, spendSession } from '../session.ts';
import type { Session } from '../session.ts';
import type { Claimant } from './claimant.ts';
import { afterFirstFactor, finish } from './finish.ts';
import { openPasskeys } from './open-factors.ts';
import { withProof } from './step.ts';
import type { SignIn, Step } from './step.ts';
import { afterProof } from './tail.ts';

/** How long an assertion may take; the browser is told the same. */
const assertionLife = 180_000;

/** Asks for an assertion by one of the user's passkeys, with a challenge that serves once, within three minutes. */
export async function passkeyChallenge(ctx: Context, signIn: SignIn, claimant: Claimant): Promise<Step> {
  const relyingParty = relyingPartyOf(signIn.pool);
  if (relyingParty === undefined) throw errors.challengeNotAvailable();
  const passkeys = await openPasskeys(ctx, signIn, claimant);
  const challenge = newChallenge();
  const options = {
    challenge,
    timeout: assertionLife,
    rpId: relyingParty.id,
    allowCredentials: passkeys.map(({ id }) => ({ id, type: 'public-key' })),
    userVerification: relyingParty.userVerification,
  };
  const asked = { challenge, expiresAt: ctx.now() + assertionLife };
  return {
    at: 'challenge',
    challenge: 'WEB_AUTHN',
    session: makeSession(ctx, signIn, claimant, 'WEB_AUTHN', { asked }),
    parameters: { CREDENTIAL_REQUEST_OPTIONS: JSON.stringify(options) },
  };
}

/**
 * Takes an assertion: AuthenticationResponseJSON as text. Its challenge is spent with the first answer that is a
 * credential at all, right or wrong, before it is looked at (security MF-9). Wrong passwords before it do not count
 * against it (LO-9).
 *
 * NotAuthorizedException for whatever is wrong with it, a counter that has not moved on included; states of the user are
 * told only to who has proven to be them. A passkey that verified its user stands for the second factor where the pool
 * says so; else a second factor is asked for as after a password.
 */
export async function answerPasskey(
  ctx: Context,
  before: SignIn,
  { user }: Claimant,
  session: Session,
  text: string,
): Promise<Step> {
  const { pool } = before;
  const credential = credentialOf(parsed(text));
  if (credential === undefined) throw errors.passkeyInvalid();
  const { asked } = session;
  if (asked === undefined) throw errors.passkeyRefused();
  if (asked.expiresAt <= ctx.now()) throw errors.sessionExpired();
  reserveFailure(ctx, pool);
  await spendSession(ctx, before, session);
  const relyingParty = relyingPartyOf(pool);
  if (user === undefined || relyingParty === undefined) throw errors.passkeyRefused();
  const passkey = await judgedFirst(ctx, before, { user, id: user.id }, () =>
    assertedPasskey(ctx, user, relyingParty, asked.challenge, credential),
  );
  const signIn = withProof(before, methodOf(passkey));
  releaseFailure(ctx, pool);
  const isBoth = relyingParty.satisfiesMfa;
  return afterProof(ctx, signIn, user, { by: 'passkey', isBoth }, (next) =>
    isBoth
      ? finish(ctx, next, user, 'TokenGeneration_Authentication')
      : afterFirstFactor(ctx, next, user, 'TokenGeneration_Authentication'),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One that travels from machine to machine, or one that is part of the machine; where it was not told, the lesser. */
const methodOf = ({ attachment }: Passkey) => (attachment === 'cross-platform' ? 'hwk' : 'swk');

async function assertedPasskey(
  ctx: Context,
  user: User,
  relyingParty: RelyingParty,
  challenge: string,
  credential: Credential,
): Promise<Passkey> {
  const passkey = await ctx.store.passkeys.find(user.poolId, credential.id);
  if (passkey?.userId !== user.id || passkey.relyingPartyId !== relyingParty.id)
    throw errors.passkeyRefused();
  const key = { id: passkey.id, publicKey: passkey.publicKey, userHandle: userHandleOf(user) };
  const expected = {
    challenge,
    relyingPartyId: relyingParty.id,
    userVerification: relyingParty.userVerification === 'required',
  };
  const counter = await ctx.work.run(() => assertedCounter(credential, key, expected));
  if (counter === undefined) throw errors.passkeyRefused();
  await checkCounter(ctx, passkey, counter);
  return passkey;
}

/** An authenticator that does not count says 0 for ever. Where one counts, a value that came before is a copy's. */
async function checkCounter(ctx: Context, { poolId, id, counter: last }: Passkey, counter: number) {
  if (counter === 0 && last === 0) return;
  if (await ctx.store.passkeys.advance(poolId, id, counter)) return;
  ctx.note({ act: 'passkey copied' });
  throw errors.passkeyRefused();
}
