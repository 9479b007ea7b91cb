import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import type { Mark } from '../../store/attempts.ts';
import type { MfaFactor, User } from '../../store/users.ts';
import { attributesOf, checkChange, checkWritable } from '../attributes.ts';
import { deliveryDetails } from '../delivery.ts';
import { demandOf, withFactor, withMfa } from '../mfa.ts';
import { checkMayChangeUsers, poolForUsers } from '../replica.ts';
import {
  checkStamp,
  clientNamedBy,
  makeSession,
  openSession,
  resumed,
  sessionOf,
  spendSession,
} from '../session.ts';
import type { Session } from '../session.ts';
import { checkSoftwareTokens, newSoftwareToken, takeFirstCode } from '../software-token.ts';
import { withMfaAnswered } from '../threat/sign-in-event.ts';
import { changeUser } from '../user.ts';
import type { Claimant } from './claimant.ts';
import { finish } from './finish.ts';
import { sendCode } from './sign-in-code.ts';
import { optional, withProof } from './step.ts';
import type { Parameters, Place, SignIn, Step } from './step.ts';

// MFA_SETUP: who has proven their password alone sets up a second factor where they have none. Nothing of that may
// touch a factor that somebody has: what they may set up is looked at anew at every step.

/** A sign-in that waits in MFA_SETUP. */
interface Setup {
  readonly signIn: SignIn;
  readonly session: Session;
  readonly user: User;
}

/**
 * Begins the registration of an authenticator app in a sign-in: a secret, and the session that carries it, in place of
 * the one before (security SE-1). Nothing is kept of the app before it has shown its first code.
 *
 * NotAuthorizedException for what is no session of MFA_SETUP, or of one that could set up an app no more.
 */
export async function associateInSetup(
  ctx: Context,
  sealed: string,
): Promise<{ readonly secretCode: string; readonly session: string }> {
  const { signIn, session, user } = await setupOf(ctx, sealed);
  await spendSession(ctx, signIn, session);
  const { secretCode, token } = newSoftwareToken(ctx, signIn.pool, user);
  const claimant = { user, id: user.id };
  const next = makeSession(ctx, signIn, claimant, 'MFA_SETUP', { pendingToken: token });
  return { secretCode, session: next };
}

/**
 * Registers the app by its first code. It is on by that, so that the next sign-in asks for it even if this one is left
 * here, and not preferred: who has another factor later is asked to choose (seen in Cognito by amplify-android's
 * instrumentation tests). The session that is given back ends the challenge.
 */
export async function verifyInSetup(
  ctx: Context,
  sealed: string,
  { code, name }: { readonly code: string; readonly name: string | undefined },
): Promise<string> {
  const { signIn, session, user } = await setupOf(ctx, sealed);
  const token = session.pendingToken;
  if (token === undefined) throw errors.softwareTokenNotFound();
  const spend = (below: Mark) => spendSession(ctx, signIn, session, below);
  await takeFirstCode(ctx, signIn.pool, user, token, code, spend);
  const changed = await changeUser(ctx, signIn.pool, user, (now) => {
    checkStamp(session, now);
    checkStillToSetUp(signIn, now, 'SOFTWARE_TOKEN_MFA');
    return withMfa(now, (mfa) => ({
      ...withFactor(mfa, 'SOFTWARE_TOKEN_MFA', true),
      softwareToken: { ...token, name },
    }));
  });
  const claimant = { user: changed, id: changed.id };
  return makeSession(ctx, signIn, claimant, 'MFA_SETUP', { enrolled: token.id });
}

async function setupOf(ctx: Context, sealed: string): Promise<Setup> {
  const clientId = clientNamedBy(sealed);
  const found = clientId === undefined ? undefined : await ctx.store.clients.recent(clientId);
  const opened = found && openSession(ctx, found, sealed);
  if (found === undefined || opened === undefined) throw errors.sessionInvalid();
  ctx.note({ pool: found.pool.id, client: found.client.id, user: opened.userId });
  const pool = poolForUsers(ctx, found.pool, errors.sessionInvalid);
  const place = { client: found.client, pool, validationData: {}, clientMetadata: {} };
  const user = await ctx.store.users.find(found.pool.id, opened.userId);
  const claimant = { user, name: opened.name, id: opened.userId };
  const session = await sessionOf(ctx, place, sealed, claimant, ['MFA_SETUP']);
  if (user === undefined) throw errors.sessionInvalid();
  checkSoftwareTokens(place.pool);
  const signIn = resumed(place, session);
  checkStillToSetUp(signIn, user, 'SOFTWARE_TOKEN_MFA');
  return { signIn, session, user };
}

function checkStillToSetUp({ pool }: Place, user: User, factor: MfaFactor): void {
  if (!isToSetUp(pool, user, factor)) throw errors.sessionInvalid();
}

/** Whether the factor is one that the user is still to set up. */
export function isToSetUp(pool: Place['pool'], user: User, factor: MfaFactor): boolean {
  const demand = demandOf(pool, user);
  return demand.for === 'setup' && demand.factors.includes(factor);
}

/**
 * Ends MFA_SETUP: with the session of an app that was registered, in tokens (the guide lets SOFTWARE_TOKEN_MFA follow,
 * recorded answers do not); with an e-mail address, in a code that goes there and makes it the user's.
 *
 * Throws SoftwareTokenMFANotFoundException where neither was given, MFAMethodNotFoundException where the address cannot
 * be set up.
 */
export async function answerSetup(
  ctx: Context,
  place: Place,
  claimant: Claimant,
  responses: Parameters,
  sealed: string | undefined,
): Promise<Step> {
  const session = await sessionOf(ctx, place, sealed, claimant, ['MFA_SETUP']);
  const { user } = claimant;
  if (user === undefined) throw errors.sessionInvalid();
  const signIn = resumed(place, session);
  if (session.enrolled === undefined) return askNewEmail(ctx, signIn, user, session, responses);
  if (user.mfa?.softwareToken?.id !== session.enrolled) throw errors.sessionInvalid();
  await spendSession(ctx, place, session);
  const answered = withMfaAnswered(withProof(signIn, 'otp'));
  return finish(ctx, answered, user, 'TokenGeneration_Authentication');
}

async function askNewEmail(
  ctx: Context,
  signIn: SignIn,
  user: User,
  session: Session,
  responses: Parameters,
): Promise<Step> {
  const { pool, client } = signIn;
  // Libraries spell it in capitals, the guide does not.
  const address = optional(responses, 'EMAIL') ?? optional(responses, 'email');
  if (address === undefined) throw errors.softwareTokenNotFound();
  checkMayChangeUsers(ctx, pool);
  if (!isToSetUp(pool, user, 'EMAIL_OTP')) throw errors.mfaMethodNotFound();
  const given = attributesOf(pool, [{ Name: 'email', Value: address }]);
  checkWritable(pool, client, ['email']);
  checkChange(pool, user, given);
  const attribute = 'email';
  const to = { attribute, address } as const;
  return sendCode(
    ctx,
    signIn,
    { user, name: signIn.name, id: user.id },
    {
      ...to,
      challenge: 'EMAIL_OTP',
      details: deliveryDetails(to),
      digits: 6,
      isNew: true,
      userId: user.username,
      after: session,
    },
  );
}
