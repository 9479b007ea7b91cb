import type { CodeDeliveryDetailsType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Client, Pool } from '../store/pools.ts';
import type { User } from '../store/users.ts';
import { countUse, issueCode, makeCode, takeCode, withCode } from './code.ts';
import type { Destination } from './code.ts';
import { sentToNobody, tellConfirmed } from './confirmation.ts';
import { deliveryDetails, recoveryDestination, recoveryKinds } from './delivery.ts';
import { sendCode } from './message.ts';
import { mfaAddresses } from './mfa.ts';
import { releaseFailure, reserveFailure } from './failures.ts';
import { migratedAtReset } from './migration.ts';
import { signedOut } from './origin.ts';
import { checkHistory, checkPassword, subjectOf, withPassword } from './password.ts';
import { passwordPolicy } from './pool.ts';
import { reserveSending, sendableKinds } from './sending.ts';
import { checkNewPassword } from './threat/compromised.ts';
import { recordEvent } from './threat/event.ts';
import type { Visit } from './threat/visit.ts';
import { changeUser, findUser, hidesUsers } from './user.ts';
import type { Address } from './username.ts';

type Metadata = Readonly<Record<string, string>> | undefined;

/**
 * Sends a reset code to a verified address of the user, never to one that was typed (security EN-8).
 *
 * The pool's migration function may bring a user whom nobody here knows. Refused are users whose password an administrator
 * must set first, and those who get the codes of their second factor at the only address that is left. Where users are
 * hidden, somebody who does not exist, is disabled or has no address for it gets simulated details, and nothing is sent.
 */
export async function forgotPassword(
  ctx: Context,
  pool: Pool,
  client: Client,
  username: string,
  metadata: Metadata,
  visit?: Visit,
): Promise<CodeDeliveryDetailsType> {
  const kinds = sendableKinds(ctx, pool, recoveryKinds(pool), 'code');
  const known = await findUser(ctx, pool, username);
  const subject = subjectOf(ctx, pool, known, username);
  await countUse(ctx, pool, 'reset-password', subject);
  const user = known ?? (await migratedAtReset(ctx, { pool, client }, username, metadata));
  if (user?.enabled && !isResettable(user)) throw errors.resetNotPossible();
  const to = user?.enabled ? recoveryDestination(kindsFor(pool, user, kinds), user) : undefined;
  if (user === undefined || to === undefined) {
    if (!hidesUsers(client)) throw whyNotSent(user);
    const details = await sentToNobody(ctx, pool, subject, username, kinds);
    await recordEvent(ctx, pool, visit, { user, id: subject }, { type: 'ForgotPassword', response: 'Fail' });
    return details;
  }
  await reserveSending(ctx, pool, [to], 'code');
  const issued = await issueCode(ctx, pool, user, 'reset-password', to);
  const about = { type: 'ForgotPassword', response: 'InProgress' } as const;
  await recordEvent(ctx, pool, visit, { user, id: user.id }, about);
  await tellCode(ctx, pool, issued.user, to, issued.digits, client.id, metadata);
  return deliveryDetails(to);
}

/** Not the address to which the codes of a second factor go: it would stand for both (8.2). */
function kindsFor(pool: Pool, user: User, kinds: readonly Address[]): readonly Address[] {
  const taken = mfaAddresses(pool, user);
  return kinds.filter((kind) => !taken.includes(kind));
}

/** Users who never chose a password of their own, and those of another provider, have none to forget. */
function isResettable({ status }: User): boolean {
  return status !== 'FORCE_CHANGE_PASSWORD' && status !== 'EXTERNAL_PROVIDER';
}

/** Who is disabled is nobody here, whether the client hides users or not. */
function whyNotSent(user: User | undefined): Error {
  return user?.enabled ? errors.noRecoveryAddress() : errors.userOfClientNotFound();
}

async function tellCode(
  ctx: Context,
  pool: Pool,
  user: User,
  to: Destination,
  digits: string,
  clientId: string | undefined,
  clientMetadata: Metadata,
): Promise<void> {
  await sendCode(
    ctx,
    { pool, user, clientId, clientMetadata, source: 'CustomMessage_ForgotPassword' },
    to,
    'reset-password',
    digits,
  );
}

/**
 * Sets a new password for the code that ForgotPassword or an administrator sent. The user is CONFIRMED by it, their
 * tokens stay. The policy is asked before the user is looked for, so that its refusals tell nothing of users.
 */
export async function confirmForgotPassword(
  ctx: Context,
  pool: Pool,
  client: Client,
  given: {
    readonly username: string;
    readonly code: string;
    readonly password: string;
    readonly metadata: Metadata;
    readonly visit?: Visit | undefined;
  },
): Promise<void> {
  const { visit } = given;
  checkPassword(passwordPolicy(pool), given.password, 'change');
  const compromised = await checkNewPassword(ctx, pool, visit, 'PASSWORD_CHANGE', given.password);
  const user = await findUser(ctx, pool, given.username);
  const id = subjectOf(ctx, pool, user, given.username);
  reserveFailure(ctx, pool);
  await countUse(ctx, pool, 'reset-password', id);
  const record = (response: 'Pass' | 'Fail') =>
    recordEvent(ctx, pool, visit, { user, id }, { type: 'ForgotPassword', response, compromised });
  if (user?.enabled !== true) {
    await record('Fail');
    throw hidesUsers(client) ? errors.codeMismatch() : errors.userOfClientNotFound();
  }
  let confirmed: User;
  try {
    confirmed = await withNewPassword(ctx, pool, user, given);
  } catch (error) {
    await record('Fail');
    throw error;
  }
  releaseFailure(ctx, pool);
  await record('Pass');
  await tellConfirmed(
    ctx,
    pool,
    confirmed,
    'PostConfirmation_ConfirmForgotPassword',
    client.id,
    given.metadata,
  );
}

async function withNewPassword(
  ctx: Context,
  pool: Pool,
  user: User,
  { code, password }: { readonly code: string; readonly password: string },
): Promise<User> {
  return ctx.work.run(() =>
    takeCode(ctx, pool, user, 'reset-password', code, (now) => {
      checkHistory(ctx, pool, now, password);
      return { ...withPassword(ctx, pool, now, password), status: 'CONFIRMED' };
    }),
  );
}

/**
 * Makes a user's password void until they set a new one with the code that is sent to them: RESET_REQUIRED. For an
 * administrator of a pool whose users may recover by themselves. All sign-ins until now end (security SE-4).
 */
export async function resetByAdministrator(
  ctx: Context,
  pool: Pool,
  user: User,
  metadata: Metadata,
): Promise<void> {
  const kinds = sendableKinds(ctx, pool, recoveryKinds(pool, 'administrator'), 'reset');
  const to = checkResettable(kinds, user);
  await reserveSending(ctx, pool, [to], 'reset');
  const { digits, code } = makeCode(ctx, user, 'reset-password', to);
  const reset = await changeUser(ctx, pool, user, (now) => {
    checkResettable(kinds, now);
    return signedOut(ctx, { ...withCode(now, 'reset-password', code), status: 'RESET_REQUIRED' });
  });
  await tellCode(ctx, pool, reset, to, digits, undefined, metadata);
}

function checkResettable(kinds: readonly Address[], user: User): Destination {
  if (!user.enabled) throw errors.userDisabled();
  if (user.status !== 'CONFIRMED' && user.status !== 'RESET_REQUIRED') throw errors.resetNotPossible();
  const to = recoveryDestination(kinds, user);
  if (to === undefined) throw errors.noRecoveryAddress();
  return to;
}
