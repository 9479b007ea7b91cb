import type { Operations } from './api/cognito-idp.ts';
import type { ErrorCode } from './api/errors.ts';
import type { Context } from './context.ts';
import { ApiError } from './errors.ts';
import type { FailureLimit } from './http/rate-limit.ts';
import type { Handler, Handlers } from './protocol/wire.ts';

/** Where anybody may try a secret. Who signs is known by an access key, and speaks for many users from one address. */
const guarded = ['InitiateAuth', 'RespondToAuthChallenge', 'ConfirmSignUp', 'ConfirmForgotPassword'] as const;

/** What a wrong guess is answered with. */
const wrong: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CodeMismatchException',
  'NotAuthorizedException',
  'UserNotFoundException',
]);

/**
 * The operations, with a limit on failed attempts from one address at all users of a pool (security LO-8). Over it they
 * answer TooManyRequestsException before a secret is looked at.
 */
export function withFailureLimit(handlers: Handlers<Operations>, limit: FailureLimit): Handlers<Operations> {
  const limited = guarded.map(
    (name) => [name, limitedHandler(handlers[name] as GuardedHandler, limit)] as const,
  );
  return { ...handlers, ...Object.fromEntries(limited) };
}

type GuardedHandler = Handler<{ readonly ClientId: string }, unknown>;

function limitedHandler(handler: GuardedHandler, limit: FailureLimit): GuardedHandler {
  return async (ctx, input) => {
    const poolId = await poolIdOf(ctx, input.ClientId);
    // Of no client there is no secret to guess.
    if (poolId === undefined) return handler(ctx, input);
    const { ip } = ctx.source;
    limit.reserve(poolId, ip, ctx.now());
    try {
      const output = await handler(ctx, input);
      limit.release(poolId, ip);
      return output;
    } catch (error) {
      if (!(error instanceof ApiError && wrong.has(error.code))) limit.release(poolId, ip);
      throw error;
    }
  };
}

async function poolIdOf({ store }: Context, clientId: string): Promise<string | undefined> {
  return (await store.clients.recent(clientId))?.pool.id;
}
