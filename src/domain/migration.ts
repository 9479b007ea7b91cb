import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { User } from '../store/users.ts';
import { attributesOf, checkRequired, present } from './attributes.ts';
import type { Place } from './challenges/step.ts';
import { withPassword } from './password.ts';
import { insertUser, newUser } from './user.ts';
import { usernameAttributes } from './username.ts';

/**
 * Asks the pool's migration function for a user whom nobody here knows, and keeps the one it answers with: CONFIRMED
 * with the password that was typed if it says so, else RESET_REQUIRED (developer guide, "Migrate user Lambda trigger").
 * Undefined where the pool has none, or it does not know the user either.
 */
export async function migratedUser(
  ctx: Context,
  place: Place,
  name: string,
  password: string,
): Promise<User | undefined> {
  const { pool, client, validationData } = place;
  if (!ctx.triggers.has(pool, 'UserMigration')) return undefined;
  const answer = await ctx.triggers.invoke({
    pool,
    trigger: 'UserMigration',
    source: 'UserMigration_Authentication',
    clientId: client.id,
    userAgent: ctx.source.userAgent,
    user: { username: name },
    request: { password, validationData, clientMetadata: {} },
    response: {
      userAttributes: null,
      finalUserStatus: null,
      messageAction: null,
      desiredDeliveryMediums: null,
      forceAliasCreation: null,
      enableSMSMFA: null,
    },
  });
  return keep(ctx, place, name, password, answer);
}

async function keep(
  ctx: Context,
  { pool }: Place,
  name: string,
  password: string,
  answer: Readonly<Record<string, unknown>>,
): Promise<User | undefined> {
  const given = answer['userAttributes'];
  if (typeof given !== 'object' || given === null) return undefined;
  // Whatever else the function puts there (`username`; unconfirmed) is no attribute.
  const list = Object.entries(given).filter(([key]) => key !== 'username' && key !== 'sub');
  const attributes = present(
    attributesOf(
      pool,
      list.map(([Name, Value]) => ({ Name, Value: String(Value) })),
    ),
  );
  checkRequired(pool, attributes);
  const byAddress = usernameAttributes(pool).length > 0;
  if (byAddress && !usernameAttributes(pool).some((kind) => attributes[kind] === name)) return undefined;
  const confirmed = answer['finalUserStatus'] === 'CONFIRMED';
  const user = newUser(ctx, pool, {
    username: byAddress ? undefined : name,
    status: confirmed ? 'CONFIRMED' : 'RESET_REQUIRED',
    attributes,
  });
  const whole = confirmed ? await ctx.work.run(() => withPassword(ctx, pool, user, password)) : user;
  return insertUser(ctx, pool, whole, {
    takeOver: answer['forceAliasCreation'] === true,
    taken: ({ kind }) => errors.aliasExists(kind),
  });
}
