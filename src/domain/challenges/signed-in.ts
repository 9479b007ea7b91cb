import type { Context } from '../../context.ts';
import type { User } from '../../store/users.ts';
import { keepSignIn } from '../threat/sign-in-event.ts';
import { issueTokens } from '../tokens.ts';
import type { TokenSource } from '../tokens.ts';
import { eventAttributes } from '../user.ts';
import type { SignIn, Step } from './step.ts';

/** The end of a sign-in: post-authentication may still refuse, then come the tokens (the order is unconfirmed). */
export async function signedIn(ctx: Context, signIn: SignIn, user: User, source: TokenSource): Promise<Step> {
  if (ctx.triggers.has(signIn.pool, 'PostAuthentication')) await postAuthentication(ctx, signIn, user);
  const { pool, client, name, proven, clientMetadata } = signIn;
  const tokens = await issueTokens(ctx, { pool, client, user, name, proven, source, clientMetadata });
  if (signIn.event !== undefined) await keepSignIn(ctx, signIn, user, 'Pass');
  return { at: 'done', tokens };
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
