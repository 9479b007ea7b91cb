import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import type { Client, Pool } from '../../store/pools.ts';
import type { User } from '../../store/users.ts';
import {
  attributesOf,
  checkChange,
  checkWritable,
  missingAttributes,
  withAttributes,
} from '../attributes.ts';
import type { Attributes } from '../attributes.ts';
import { readable } from '../client.ts';
import { findDevice } from '../device.ts';
import { addressFor, demandOf, mfaAddresses } from '../mfa.ts';
import { checkHistory, checkPassword, withPassword } from '../password.ts';
import { passwordPolicy } from '../pool.ts';
import { checkMayChangeUsers } from '../replica.ts';
import { checkStamp, makeSession, resumed, sessionOf, spendSession } from '../session.ts';
import { checkNewPassword } from '../threat/compromised.ts';
import { changeUser } from '../user.ts';
import type { Claimant } from './claimant.ts';
import { afterFirstFactor } from './finish.ts';
import { required } from './step.ts';
import type { Parameters, Place, SignIn, Step } from './step.ts';

const prefix = 'userAttributes.';

/** Asks a user with a temporary password for one of their own, and for the required attributes that they lack. */
export function newPasswordChallenge(ctx: Context, signIn: SignIn, user: User): Step {
  const { pool, client } = signIn;
  checkMayChangeUsers(ctx, pool);
  const shown = Object.entries(user.attributes).filter(([name]) => readable(pool, client, name));
  return {
    at: 'challenge',
    challenge: 'NEW_PASSWORD_REQUIRED',
    session: makeSession(ctx, signIn, { user, id: user.id }, 'NEW_PASSWORD_REQUIRED'),
    parameters: {
      USER_ID_FOR_SRP: user.username,
      userAttributes: JSON.stringify(Object.fromEntries(shown)),
      requiredAttributes: JSON.stringify(
        missingAttributes(pool, user.attributes).map((name) => prefix + name),
      ),
    },
  };
}

/**
 * Takes the new password, and attributes as `userAttributes.<name>`: each missing one, and whatever else the client may
 * write. The user is CONFIRMED then, and the temporary password of no use any more.
 *
 * Refused: a required attribute that has a value (API reference: RespondToAuthChallenge), an immutable one likewise, an
 * address that would change the second factor, a password against policy or history, a device that the user does not
 * have. Of two answers with one session, one changes the user.
 */
export async function answerNewPassword(
  ctx: Context,
  place: Place,
  claimant: Claimant,
  responses: Parameters,
  sealed: string | undefined,
): Promise<Step> {
  const { pool, client } = place;
  checkMayChangeUsers(ctx, pool);
  const session = await sessionOf(ctx, place, sealed, claimant, ['NEW_PASSWORD_REQUIRED']);
  const user = claimant.user;
  if (user === undefined) throw errors.sessionInvalid();
  if (place.deviceKey !== undefined) await checkDevice(ctx, pool, user, place.deviceKey);
  const password = required(responses, 'NEW_PASSWORD');
  checkPassword(passwordPolicy(pool), password, 'change');
  if (place.visit !== undefined) await checkNewPassword(ctx, pool, place.visit, 'PASSWORD_CHANGE', password);
  const given = attributesGiven(pool, client, user, responses);
  const changed = await ctx.work.run(async () => {
    checkHistory(ctx, pool, user, password);
    await spendSession(ctx, place, session);
    return changeUser(ctx, pool, user, (current) => {
      checkStamp(session, current);
      const own = withPassword(ctx, pool, current, password);
      return withAttributes(pool, { ...own, status: 'CONFIRMED' }, given);
    });
  });
  return afterFirstFactor(ctx, resumed(place, session), changed, 'TokenGeneration_NewPasswordChallenge');
}

/** This challenge has words of its own for a device that the user does not have. */
async function checkDevice(ctx: Context, pool: Pool, user: User, key: string): Promise<void> {
  if ((await findDevice(ctx, { pool, user }, key)) === undefined) throw errors.deviceKeyInvalid();
}

function attributesGiven(pool: Pool, client: Client, user: User, responses: Parameters): Attributes {
  const list = Object.entries(responses)
    .filter(([name, value]) => name.startsWith(prefix) && typeof value === 'string')
    .map(([name, value]) => ({ Name: name.slice(prefix.length), Value: value ?? '' }));
  const names = list.map(({ Name }) => Name);
  checkWritable(pool, client, names);
  const given = attributesOf(pool, list);
  const has = (name: string) => (user.attributes[name] ?? '') !== '';
  for (const { Name = '', Required } of pool.schema) {
    if (Required === true && names.includes(Name) && has(Name)) throw errors.attributeProvided(Name);
  }
  checkChange(pool, user, Object.fromEntries(Object.entries(given).filter(([name]) => has(name))));
  const [missing] = missingAttributes(pool, { ...user.attributes, ...given });
  if (missing !== undefined) throw errors.attributeMissing(missing);
  checkFactorKept(pool, user, given);
  return given;
}

/**
 * Who has a second factor has not proven it yet: neither may its codes go elsewhere now, nor another one stand beside it to
 * choose from (security MF-7; the words for the latter are ours).
 */
function checkFactorKept(pool: Pool, user: User, given: Attributes): void {
  const before = demandOf(pool, user);
  if (before.for !== 'code') return;
  const changed = withAttributes(pool, user, given);
  const moved = mfaAddresses(pool, user).find((kind) => changed.attributes[kind] !== user.attributes[kind]);
  if (moved !== undefined) throw errors.attributeProvided(moved);
  const after = demandOf(pool, changed);
  const added = after.for === 'code' && after.factors.find((factor) => !before.factors.includes(factor));
  const address = added ? addressFor(added) : undefined;
  if (address !== undefined) throw errors.attributeBeforeFactor(address);
}
