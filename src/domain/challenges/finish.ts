import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import type { User } from '../../store/users.ts';
import { issueTokens } from '../tokens.ts';
import type { TokenSource } from '../tokens.ts';
import { eventAttributes } from '../user.ts';
import type { SignIn, Step } from './step.ts';

/**
 * What follows the first factor of a user in good standing. A second factor, the proof of a remembered device and
 * custom challenges have their place here, before anything else (security MF-7).
 */
export async function afterFirstFactor(
  ctx: Context,
  signIn: SignIn,
  user: User,
  source: TokenSource,
): Promise<Step> {
  // A pool that demands a second factor gives no tokens without one.
  if (signIn.pool.settings.MfaConfiguration === 'ON') throw errors.mfaNotSupported();
  return finish(ctx, signIn, user, source);
}

/** All is proven: post-authentication may still refuse, then come the tokens (the order of the two is unconfirmed). */
export async function finish(ctx: Context, signIn: SignIn, user: User, source: TokenSource): Promise<Step> {
  if (ctx.triggers.has(signIn.pool, 'PostAuthentication')) await postAuthentication(ctx, signIn, user);
  const { pool, client, name, clientMetadata } = signIn;
  return { at: 'done', tokens: await issueTokens(ctx, { pool, client, user, name, source, clientMetadata }) };
}

async function postAuthentication(ctx: Context, signIn: SignIn, user: User): Promise<void> {
  await ctx.triggers.invoke({
    pool: signIn.pool,
    trigger: 'PostAuthentication',
    source: 'PostAuthentication_Authentication',
    clientId: signIn.client.id,
    userAgent: ctx.source.userAgent,
    user,
    request: {
      userAttributes: eventAttributes(signIn.pool, user),
      newDeviceUsed: false,
      clientMetadata: signIn.clientMetadata,
    },
    response: {},
  });
}
