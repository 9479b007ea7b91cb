import type { CodeDeliveryDetailsType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Pool } from '../store/pools.ts';
import type { User } from '../store/users.ts';
import { checkChange, withAttributes, withVerified } from './attributes.ts';
import type { Attributes } from './attributes.ts';
import { countUse, issueCode, makeCode, takeCode, withCode } from './code.ts';
import type { Destination } from './code.ts';
import { autoVerifies, deliveryDetails } from './delivery.ts';
import { sendCode } from './message.ts';
import { reserveSending } from './sending.ts';
import { changeUser } from './user.ts';
import type { Address } from './username.ts';

/** In which call, for the trigger events. */
export interface CallDetails {
  readonly clientId: string | undefined;
  readonly metadata: Readonly<Record<string, string>> | undefined;
}

/**
 * Writes attributes of a user, an empty value removing one; `given` has been checked against the schema. A code goes to
 * each address that is new and that the pool verifies by itself; the details of these are given back.
 *
 * Throws AliasExistsException when an alias or an address to sign in with is another user's.
 */
export async function updateAttributes(
  ctx: Context,
  pool: Pool,
  user: User,
  given: Attributes,
  { clientId, metadata }: CallDetails,
): Promise<readonly CodeDeliveryDetailsType[]> {
  checkChange(pool, user, given);
  const unproved = newAddresses(pool, user, withAttributes(pool, user, given));
  await reserveSending(ctx, pool, unproved, clientId === undefined ? 'sign-in' : 'change');
  let sent: readonly { readonly to: Destination; readonly digits: string }[] = [];
  const updated = await changeUser(ctx, pool, user, (now) => {
    checkChange(pool, now, given);
    const changed = withAttributes(pool, now, given);
    const made = newAddresses(pool, now, changed).map((to) => ({
      to,
      ...makeCode(ctx, now, purposeOf(to), to),
    }));
    sent = made;
    return made.reduce((next, { to, code }) => withCode(next, purposeOf(to), code), changed);
  });
  const source = 'CustomMessage_UpdateUserAttribute';
  for (const { to, digits } of sent)
    await sendCode(
      ctx,
      { pool, user: updated, clientId, clientMetadata: metadata, source },
      to,
      purposeOf(to),
      digits,
    );
  return sent.map(({ to }) => deliveryDetails(to));
}

const purposeOf = ({ attribute }: Destination) => `verify-${attribute}` as const;

/** The addresses that came with a change and want a code. */
function newAddresses(pool: Pool, before: User, after: User): readonly Destination[] {
  return (['email', 'phone_number'] as const)
    .filter((kind) => autoVerifies(pool, kind))
    .filter((kind) => unproven(after, kind) !== undefined && unproven(after, kind) !== unproven(before, kind))
    .map((attribute) => ({ attribute, address: unproven(after, attribute) ?? '' }));
}

/** The address that waits for its code: one that is not in force yet, or one that is and is not verified. */
function unproven(user: User, kind: Address): string | undefined {
  const verified = user.attributes[`${kind}_verified`] === 'true';
  return user.pending[kind] ?? (verified ? undefined : user.attributes[kind]);
}

/** Sends a code by which the user proves an address of theirs, the one that waits for proof before the one in force. */
export async function sendAttributeCode(
  ctx: Context,
  pool: Pool,
  user: User,
  name: string,
  { clientId, metadata }: CallDetails,
): Promise<CodeDeliveryDetailsType> {
  const attribute = addressKind(name);
  await countUse(ctx, pool, 'send-attribute-code', user.id);
  const address = user.pending[attribute] ?? user.attributes[attribute];
  if (address === undefined) throw errors.nothingToVerify(attribute);
  const to = { attribute, address };
  await reserveSending(ctx, pool, [to], 'code');
  const issued = await issueCode(ctx, pool, user, purposeOf(to), to);
  const source = 'CustomMessage_VerifyUserAttribute';
  await sendCode(
    ctx,
    { pool, user: issued.user, clientId, clientMetadata: metadata, source },
    to,
    purposeOf(to),
    issued.digits,
  );
  return deliveryDetails(to);
}

/**
 * Verifies an address by its code; one that waited comes into force. Throws AliasExistsException when another user
 * holds it as an alias.
 */
export async function verifyAttribute(
  ctx: Context,
  pool: Pool,
  user: User,
  name: string,
  digits: string,
): Promise<void> {
  const attribute = addressKind(name);
  await countUse(ctx, pool, 'verify-attribute', user.id);
  await takeCode(ctx, pool, user, `verify-${attribute}`, digits, (now, code) =>
    withVerified(now, attribute, code.address),
  );
}

function addressKind(name: string): Address {
  if (name !== 'email' && name !== 'phone_number') throw errors.notVerifiable();
  return name;
}
