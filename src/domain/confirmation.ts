import type { AnalyticsMetadataType, CodeDeliveryDetailsType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Client, Pool } from '../store/pools.ts';
import type { Code, User } from '../store/users.ts';
import { endpointIdOf, tellAnalytics } from './analytics/tell.ts';
import { withVerified } from './attributes.ts';
import { countUse, issueCode, issueNoCode, takeCode } from './code.ts';
import { deliveryDetails, firstPresent, signUpKinds, simulatedDetails } from './delivery.ts';
import { releaseFailure, reserveFailure } from './failures.ts';
import { sendCode } from './message.ts';
import { subjectOf } from './password.ts';
import { reserveSending, sendableKinds } from './sending.ts';
import { recordEvent } from './threat/event.ts';
import type { Visit } from './threat/visit.ts';
import { changeUser, eventAttributes, findUser, hidesUsers } from './user.ts';
import type { Address } from './username.ts';

type Metadata = Readonly<Record<string, string>> | undefined;

/**
 * Confirms a user who signed up, by the code, and with it the address that the code went to (`sentTo`); its alias
 * becomes theirs.
 *
 * Throws AliasExistsException while another user holds the alias, unless `takeOver` moves it here. Where users are
 * hidden, one who does not exist or is disabled looks like one who waits for another code.
 */
export async function confirmSignUp(
  ctx: Context,
  pool: Pool,
  client: Client,
  given: {
    readonly username: string;
    readonly code: string;
    readonly takeOver: boolean;
    readonly metadata: Metadata;
    readonly analytics?: AnalyticsMetadataType | undefined;
  },
): Promise<{ readonly user: User; readonly sentTo: Address | undefined }> {
  const user = await findUser(ctx, pool, given.username);
  const subject = subjectOf(ctx, pool, user, given.username);
  reserveFailure(ctx, pool);
  await countUse(ctx, pool, 'confirm-sign-up', subject);
  if (user === undefined) throw hidesUsers(client) ? errors.codeMismatch() : errors.userOfClientNotFound();
  if (!user.enabled) throw hidesUsers(client) ? errors.codeMismatch() : errors.userDisabled();
  checkUnconfirmed(user);
  let sentTo: Address | undefined;
  const confirm = (now: User, code: Code): User => {
    sentTo = code.attribute;
    return { ...withVerified(checkUnconfirmed(now), code.attribute, code.address), status: 'CONFIRMED' };
  };
  const claim = { takeOver: given.takeOver };
  const confirmed = await takeCode(ctx, pool, user, 'sign-up', given.code, confirm, claim);
  releaseFailure(ctx, pool);
  await tellConfirmed(ctx, pool, confirmed, 'PostConfirmation_ConfirmSignUp', client.id, given.metadata);
  const endpointId = endpointIdOf(ctx, client, given.analytics);
  // No event of its own; but the address is verified now.
  if (endpointId !== undefined) tellAnalytics(ctx, { pool, client }, endpointId, { user: confirmed });
  return { user: confirmed, sentTo };
}

function checkUnconfirmed(user: User): User {
  if (user.status !== 'UNCONFIRMED') throw errors.cannotConfirm(user.status);
  return user;
}

/** Confirms a user by an administrator's word; no address is verified by that. */
export async function confirmByAdministrator(
  ctx: Context,
  pool: Pool,
  user: User,
  metadata: Metadata,
): Promise<void> {
  const confirmed = await changeUser(ctx, pool, user, (now) => {
    const { 'sign-up': _void, ...codes } = checkUnconfirmed(now).codes;
    return { ...now, codes, status: 'CONFIRMED' };
  });
  await tellConfirmed(ctx, pool, confirmed, 'PostConfirmation_ConfirmSignUp', undefined, metadata);
}

/**
 * Tells the post confirmation function. The user is confirmed already: what it throws goes to the caller and changes
 * nothing (developer guide, "Post confirmation Lambda trigger").
 */
export async function tellConfirmed(
  ctx: Context,
  pool: Pool,
  user: User,
  source: 'PostConfirmation_ConfirmSignUp' | 'PostConfirmation_ConfirmForgotPassword',
  clientId: string | undefined,
  metadata: Metadata,
): Promise<void> {
  if (!ctx.triggers.has(pool, 'PostConfirmation')) return;
  const request = { userAttributes: eventAttributes(pool, user), clientMetadata: metadata ?? null };
  await ctx.triggers.invoke({
    pool,
    trigger: 'PostConfirmation',
    source,
    clientId,
    userAgent: ctx.source.userAgent,
    user,
    request,
    response: {},
  });
}

/**
 * Sends another sign-up code; the one before is void. Where users are hidden, somebody who does not exist, is disabled
 * or has no address to write to gets simulated details, and nothing is sent.
 */
export async function resendConfirmationCode(
  ctx: Context,
  pool: Pool,
  client: Client,
  username: string,
  metadata: Metadata,
  visit?: Visit,
): Promise<CodeDeliveryDetailsType> {
  const verified = signUpKinds(pool);
  if (verified.length === 0) throw errors.noAutoVerification();
  const kinds = sendableKinds(ctx, pool, verified, 'sign-up');
  const user = await findUser(ctx, pool, username);
  const subject = subjectOf(ctx, pool, user, username);
  await countUse(ctx, pool, 'resend-code', subject);
  const to = user?.enabled ? firstPresent(kinds, user.attributes) : undefined;
  if (user?.enabled && user.status !== 'UNCONFIRMED') throw errors.alreadyConfirmed();
  if (user === undefined || to === undefined) {
    if (!hidesUsers(client)) throw whyNotSent(user);
    const details = await sentToNobody(ctx, pool, subject, username, kinds);
    await recordEvent(ctx, pool, visit, { user, id: subject }, { type: 'ResendCode', response: 'Fail' });
    return details;
  }
  await reserveSending(ctx, pool, [to], 'sign-up');
  const issued = await issueCode(ctx, pool, user, 'sign-up', to);
  await recordEvent(ctx, pool, visit, { user, id: user.id }, { type: 'ResendCode', response: 'Pass' });
  const occasion = { pool, user: issued.user, clientId: client.id, clientMetadata: metadata };
  await sendCode(ctx, { ...occasion, source: 'CustomMessage_ResendCode' }, to, 'sign-up', issued.digits);
  return deliveryDetails(to);
}

/** What somebody gets who names a user that does not exist, or that nothing can be sent to: it costs and looks the same. */
export async function sentToNobody(
  ctx: Context,
  pool: Pool,
  subject: string,
  username: string,
  kinds: readonly Address[],
): Promise<CodeDeliveryDetailsType> {
  const details = simulatedDetails(ctx, pool, username, kinds);
  const attribute = details.AttributeName === 'email' ? 'email' : 'phone_number';
  await reserveSending(ctx, pool, [{ attribute }], 'code');
  await issueNoCode(ctx, pool, subject, attribute);
  return details;
}

function whyNotSent(user: User | undefined): Error {
  if (user === undefined) return errors.userOfClientNotFound();
  return user.enabled ? errors.noAutoVerification() : errors.userDisabled();
}
