import type { CodeDeliveryDetailsType, SignUpRequest } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Client, Pool } from '../store/pools.ts';
import type { Name, User } from '../store/users.ts';
import { booleanOf } from '../triggers/response.ts';
import { endpointIdOf, tellAnalytics } from './analytics/tell.ts';
import { attributesOf, checkRequired, checkWritable, present } from './attributes.ts';
import type { Attributes } from './attributes.ts';
import { makeCode } from './code.ts';
import type { Destination } from './code.ts';
import { tellConfirmed } from './confirmation.ts';
import { allowsFlow } from './client.ts';
import { deliveryDetails, firstPresent, signUpKinds } from './delivery.ts';
import { isPasswordless } from './first-factors.ts';
import { sendCode } from './message.ts';
import { checkPassword, withPassword } from './password.ts';
import { passwordPolicy } from './pool.ts';
import { reserveSending, sendableKinds } from './sending.ts';
import { checkNewPassword } from './threat/compromised.ts';
import { recordEvent } from './threat/event.ts';
import type { Visit } from './threat/visit.ts';
import { insertUser, newUser } from './user.ts';
import { aliasAttributes, checkUsername } from './username.ts';
import type { Address } from './username.ts';

type Given = Omit<SignUpRequest, 'ClientId' | 'SecretHash'>;

export interface SignedUp {
  readonly user: User;
  /** Where the code went, if one was sent. */
  readonly details?: CodeDeliveryDetailsType;
}

/**
 * Makes a user who signs up by themselves, UNCONFIRMED until they send back the code that goes to the address which the
 * pool verifies, or an administrator or the pre sign-up function confirms them.
 *
 * The password may be left out where the client takes USER_AUTH and the pool lets the user in by a code to an address
 * that is given (API reference: SignUp, Password).
 *
 * Throws UsernameExistsException for a taken name whether or not the client hides its users (security EN-6); of many
 * sign-ups with one name one succeeds (AT-9). Aliases are not claimed before they are verified.
 */
export async function signUp(
  ctx: Context,
  pool: Pool,
  client: Client,
  given: Given,
  visit?: Visit,
): Promise<SignedUp> {
  if (pool.settings.AdminCreateUserConfig?.AllowAdminCreateUserOnly) throw errors.signUpNotPermitted();
  const kind = checkUsername(pool, given.Username);
  const { Password } = given;
  if (Password !== undefined) checkPassword(passwordPolicy(pool), Password, 'sign-up');
  else if (!allowsFlow(client, 'USER_AUTH')) throw errors.passwordMissing();
  const attributes = signUpAttributes(pool, client, kind, given);
  if (Password === undefined && !isPasswordless(pool, attributes)) throw errors.passwordMissing();
  const compromised =
    Password !== undefined && (await checkNewPassword(ctx, pool, visit, 'SIGN_UP', Password));
  const username = kind === undefined ? given.Username : undefined;
  const fresh = newUser(ctx, pool, { username, status: 'UNCONFIRMED', attributes });
  const answer = await askPreSignUp(ctx, pool, client, fresh, given);
  const user =
    Password === undefined ? fresh : await ctx.work.run(() => withPassword(ctx, pool, fresh, Password));
  const signedUp = await storeSignedUp(ctx, pool, client, user, answer, given);
  const about = { type: 'SignUp', response: 'Pass', compromised } as const;
  await recordEvent(ctx, pool, visit, { user, id: user.id }, about);
  const endpointId = endpointIdOf(ctx, client, given.AnalyticsMetadata);
  if (endpointId !== undefined)
    tellAnalytics(ctx, { pool, client }, endpointId, { type: '_userauth.sign_up', user: signedUp.user });
  return signedUp;
}

function signUpAttributes(
  pool: Pool,
  client: Client,
  kind: Address | undefined,
  { Username, UserAttributes = [] }: Given,
): Attributes {
  checkWritable(
    pool,
    client,
    UserAttributes.map(({ Name }) => Name),
  );
  const given = attributesOf(pool, UserAttributes);
  // Developer guide, "Customizing sign-in attributes": only a confirmed user may set it. The words are unconfirmed.
  if (given['preferred_username'] && aliasAttributes(pool).includes('preferred_username'))
    throw errors.preferredUsernameAtSignUp();
  const attributes = present(kind === undefined ? given : { [kind]: Username, ...present(given) });
  checkRequired(pool, attributes);
  const flags = (['email', 'phone_number'] as const).filter((address) => attributes[address] !== undefined);
  return { ...attributes, ...Object.fromEntries(flags.map((address) => [`${address}_verified`, 'false'])) };
}

/** What the pre sign-up function decided. */
interface PreSignUpAnswer {
  readonly confirm: boolean;
  readonly verify: readonly Address[];
}

async function askPreSignUp(
  ctx: Context,
  pool: Pool,
  client: Client,
  user: User,
  given: Given,
): Promise<PreSignUpAnswer> {
  if (!ctx.triggers.has(pool, 'PreSignUp')) return { confirm: false, verify: [] };
  const answer = await ctx.triggers.invoke({
    pool,
    trigger: 'PreSignUp',
    source: 'PreSignUp_SignUp',
    clientId: client.id,
    userAgent: ctx.source.userAgent,
    user,
    request: {
      userAttributes: sentAttributes(pool, given),
      validationData: given.ValidationData === undefined ? null : namedValues(given.ValidationData),
      clientMetadata: given.ClientMetadata ?? null,
    },
    response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
  });
  const verify: Address[] = [
    ...(booleanOf(answer, 'autoVerifyEmail') ? (['email'] as const) : []),
    ...(booleanOf(answer, 'autoVerifyPhone') ? (['phone_number'] as const) : []),
  ];
  const absent = verify.find((kind) => user.attributes[kind] === undefined);
  if (absent !== undefined) throw errors.cannotAutoVerify(absent);
  return { confirm: booleanOf(answer, 'autoConfirmUser'), verify };
}

/** What the request says of a user who is not stored yet; an address to sign in with is an attribute too (inferred). */
export function sentAttributes(
  pool: Pool,
  { Username, UserAttributes }: Pick<Given, 'Username' | 'UserAttributes'>,
): Readonly<Record<string, string>> {
  const kind = checkUsername(pool, Username);
  return { ...(kind && { [kind]: Username }), ...namedValues(UserAttributes) };
}

/** Lists of names and values as trigger events show them. */
export function namedValues(
  list: readonly { readonly Name: string; readonly Value?: string | undefined }[] = [],
): Readonly<Record<string, string>> {
  return Object.fromEntries(list.map(({ Name, Value }) => [Name, Value ?? '']));
}

async function storeSignedUp(
  ctx: Context,
  pool: Pool,
  client: Client,
  user: User,
  { confirm, verify }: PreSignUpAnswer,
  { ClientMetadata: clientMetadata }: Given,
): Promise<SignedUp> {
  const to = confirm ? undefined : await destinationOf(ctx, pool, user);
  const made = to && makeCode(ctx, user, 'sign-up', to);
  const flags = Object.fromEntries(verify.map((kind) => [`${kind}_verified`, 'true']));
  const whole: User = {
    ...user,
    status: confirm ? 'CONFIRMED' : 'UNCONFIRMED',
    attributes: { ...user.attributes, ...flags },
    codes: made ? { 'sign-up': made.code } : {},
  };
  // Developer guide, "Pre sign-up Lambda trigger": an address verified by the function takes the alias over.
  const stored = await insertUser(ctx, pool, whole, { takeOver: verify.length > 0, taken: nameTaken });
  if (confirm)
    await tellConfirmed(ctx, pool, stored, 'PostConfirmation_ConfirmSignUp', client.id, clientMetadata);
  if (to === undefined || made === undefined) return { user: stored };
  const occasion = {
    pool,
    user: stored,
    clientId: client.id,
    clientMetadata,
    source: 'CustomMessage_SignUp',
  };
  await sendCode(ctx, occasion, to, 'sign-up', made.digits);
  return { user: stored, details: deliveryDetails(to) };
}

/** Where the code goes, if one is sent: what cannot be is refused before the user is made. */
async function destinationOf(
  ctx: Context,
  pool: Pool,
  { attributes }: User,
): Promise<Destination | undefined> {
  const kinds = signUpKinds(pool).filter((kind) => attributes[kind]);
  const to = firstPresent(sendableKinds(ctx, pool, kinds, 'sign-up'), attributes);
  if (to === undefined) return undefined;
  await reserveSending(ctx, pool, [to], 'sign-up');
  return to;
}

const nameTaken = ({ kind }: Name) =>
  kind === 'username' ? errors.userExists() : errors.addressExists(kind);
