import type { Context } from '../../context.ts';
import type { User } from '../../store/users.ts';
import { tellAnalytics } from '../analytics/tell.ts';
import { touchDevice, tracksDevices } from '../device.ts';
import { concluded, keepSignIn, recordIdOf } from '../threat/sign-in-event.ts';
import { issueTokens } from '../tokens.ts';
import type { TokenSource } from '../tokens.ts';
import { eventAttributes } from '../user.ts';
import { deviceAtEnd } from './device.ts';
import type { SignInDevice } from './device.ts';
import { leftBy } from './standing.ts';
import type { SignIn, Step } from './step.ts';

/**
 * The end of a sign-in: post-authentication may still refuse, then come the tokens (the order is unconfirmed). Where the
 * pool remembers devices, they belong to the one that was named, or to a new one, of which the answer tells.
 */
export function signedIn(ctx: Context, signIn: SignIn, user: User, source: TokenSource): Promise<Step> {
  const end = () => withTokens(ctx, signIn, user, source);
  return signIn.event?.at === 'kept' ? concluded(ctx, signIn, user, end) : end();
}

async function withTokens(ctx: Context, signIn: SignIn, before: User, source: TokenSource): Promise<Step> {
  const { pool, client, name, proven, clientMetadata, visitor } = signIn;
  const device = tracksDevices(pool) ? await deviceAtEnd(ctx, signIn, before) : undefined;
  const user = ctx.triggers.has(pool, 'PostAuthentication')
    ? await postAuthentication(ctx, signIn, before, device)
    : before;
  if (device?.isNew === false) await touchDevice(ctx, device.device, visitor);
  const recordId = recordIdOf(signIn.event);
  const grant = { pool, client, user, name, proven, source, clientMetadata, deviceKey: device?.key };
  const tokens = await issueTokens(ctx, { ...grant, recordId, visitor });
  if (signIn.event !== undefined) await keepSignIn(ctx, signIn, user, 'Pass');
  if (signIn.endpointId !== undefined)
    tellAnalytics(ctx, signIn, signIn.endpointId, { type: '_userauth.sign_in', user });
  if (device?.isNew !== true) return { at: 'done', tokens };
  const { key: DeviceKey, groupKey: DeviceGroupKey } = device;
  return { at: 'done', tokens: { ...tokens, NewDeviceMetadata: { DeviceKey, DeviceGroupKey } } };
}

/** The user as the function has left them, who may still sign in. */
async function postAuthentication(
  ctx: Context,
  signIn: SignIn,
  user: User,
  device: SignInDevice | undefined,
): Promise<User> {
  await ctx.triggers.invoke({
    pool: signIn.pool,
    trigger: 'PostAuthentication',
    source: 'PostAuthentication_Authentication',
    clientId: signIn.client.id,
    userAgent: ctx.source.userAgent,
    user,
    request: {
      userAttributes: eventAttributes(signIn.pool, user),
      newDeviceUsed: device?.isNew ?? false,
      clientMetadata: signIn.clientMetadata,
    },
    response: {},
  });
  return leftBy(ctx, signIn, user);
}
