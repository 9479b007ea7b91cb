import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Pool } from '../store/pools.ts';
import type { User } from '../store/users.ts';
import { textOf } from '../triggers/response.ts';
import type { Destination } from './code.ts';
import { hasSender, tellSender } from './custom-sender.ts';
import { mediumOf } from './delivery.ts';
import { eventAttributes } from './user.ts';

/** For whom a message is made, and in which operation. */
export interface Occasion {
  readonly pool: Pool;
  readonly user: User;
  readonly clientId?: string | undefined;
  /** Of the custom message trigger, as `CustomMessage_SignUp`. */
  readonly source: string;
  readonly clientMetadata?: Readonly<Record<string, string>> | undefined;
}

/** Subject and body with their placeholders. */
interface Template {
  readonly subject: string;
  readonly body: string;
}

/**
 * Sends a code to one address of the user by the pool's template, or by that of its custom message function. The
 * answer does not wait for the delivery (security EN-7).
 *
 * Pools that confirm by link (`CONFIRM_WITH_LINK`) get the form with the code too until their pages can take the link.
 */
export async function sendCode(
  ctx: Context,
  occasion: Occasion,
  to: Destination,
  digits: string,
): Promise<void> {
  const medium = mediumOf(to.attribute);
  const template = await customTemplate(ctx, occasion, medium, codeTemplate(occasion.pool, medium));
  send(ctx, occasion, to, template, { '{####}': digits }, digits);
}

/**
 * Sends a code to sign in with, as first or second factor, by the pool's template for it (API reference:
 * SmsMfaConfigType, EmailMfaConfigType). The words of a pool without one are unconfirmed.
 */
export async function sendSignInCode(
  ctx: Context,
  occasion: Occasion,
  to: Destination,
  digits: string,
): Promise<void> {
  const { settings, mfa } = occasion.pool;
  const medium = mediumOf(to.attribute);
  const own = medium === 'EMAIL' ? mfa?.email?.Message : settings.SmsAuthenticationMessage;
  const template = await customTemplate(ctx, occasion, medium, {
    subject: mfa?.email?.Subject ?? 'Your authentication code',
    body: own ?? 'Your authentication code is {####}. ',
  });
  send(ctx, occasion, to, template, { '{####}': digits }, digits);
}

/** Developer guide, "Configuring email and SMS messages"; the older settings are twins of the template's. */
function codeTemplate({ settings }: Pool, medium: 'EMAIL' | 'SMS'): Template {
  const template = settings.VerificationMessageTemplate;
  const body =
    medium === 'EMAIL'
      ? (template?.EmailMessage ?? settings.EmailVerificationMessage)
      : (template?.SmsMessage ?? settings.SmsVerificationMessage);
  return {
    subject: template?.EmailSubject ?? settings.EmailVerificationSubject ?? 'Your verification code',
    body: body ?? 'Your verification code is {####}. ',
  };
}

/**
 * Sends a temporary password. A template without its placeholder is not delivered, and nobody is told (API reference:
 * MessageTemplateType).
 */
export async function sendInvitation(
  ctx: Context,
  occasion: Occasion,
  to: Destination,
  /** As the user signs in with it. */
  username: string,
  password: string,
): Promise<void> {
  const medium = mediumOf(to.attribute);
  const own = invitationTemplate(occasion.pool, medium);
  const template = await customTemplate(ctx, occasion, medium, own, '{username}');
  if (!template.body.includes('{####}') && !hasSender(ctx, occasion, medium)) return;
  send(ctx, occasion, to, template, { '{####}': password, '{username}': username }, password);
}

function invitationTemplate({ settings }: Pool, medium: 'EMAIL' | 'SMS'): Template {
  const template = settings.AdminCreateUserConfig?.InviteMessageTemplate;
  const body = medium === 'EMAIL' ? template?.EmailMessage : template?.SMSMessage;
  return {
    subject: template?.EmailSubject ?? 'Your temporary password',
    body: body ?? 'Your username is {username} and temporary password is {####}. ',
  };
}

/** The message as the pool's custom message function words it; what it leaves out stays the pool's own. */
async function customTemplate(
  ctx: Context,
  { pool, user, clientId, source, clientMetadata }: Occasion,
  medium: 'EMAIL' | 'SMS',
  own: Template,
  usernameParameter: string | null = null,
): Promise<Template> {
  if (!ctx.triggers.has(pool, 'CustomMessage')) return own;
  const answer = await ctx.triggers.invoke({
    pool,
    trigger: 'CustomMessage',
    source,
    clientId,
    userAgent: ctx.source.userAgent,
    user,
    request: {
      userAttributes: eventAttributes(pool, user),
      codeParameter: '{####}',
      linkParameter: '{##Click Here##}',
      usernameParameter,
      clientMetadata: clientMetadata ?? null,
    },
    response: { smsMessage: null, emailMessage: null, emailSubject: null },
  });
  const [name, member, most] = bodies[medium];
  const body = textOf(answer, name);
  if (body === '') throw errors.messageEmpty();
  if (body !== undefined && Array.from(body).length > most) throw errors.messageTooLong(member, most);
  if (
    body !== undefined &&
    ![`{####}`, usernameParameter].every((part) => part === null || body.includes(part))
  )
    throw errors.messageLacksPlaceholder(member);
  const subject = textOf(answer, 'emailSubject') ?? own.subject;
  if (Array.from(subject).length > 140) throw errors.messageTooLong('emailSubject', 140);
  return { subject, body: body ?? own.body };
}

/** The member of the answer, what refusals call it, and how long it may be (developer guide, "Custom message"). */
const bodies = {
  EMAIL: ['emailMessage', 'emailBody', 20_000],
  SMS: ['smsMessage', 'smsMessage', 140],
} as const;

/** By the pool's own sender, if it has one: that gets the secret alone, escaped for mails whatever the medium. */
function send(
  ctx: Context,
  occasion: Occasion,
  to: Destination,
  template: Template,
  values: Readonly<Record<string, string>>,
  secret: string,
): void {
  const medium = mediumOf(to.attribute);
  if (hasSender(ctx, occasion, medium)) {
    tellSender(ctx, occasion, medium, escaped(secret));
    return;
  }
  // Mails are HTML: a temporary password with `<` or `&` must arrive as it is.
  const shown = (value: string) => (medium === 'EMAIL' ? escaped(value) : value);
  // In one pass, so that a placeholder inside a value stays what it is.
  const body = template.body.replace(/\{####\}|\{username\}/g, (part) => {
    const value = values[part];
    return value === undefined ? part : shown(value);
  });
  const subject = medium === 'EMAIL' ? { subject: template.subject } : {};
  ctx.messages.send({
    poolId: occasion.pool.id,
    medium,
    to: to.address,
    ...subject,
    body,
    code: secret,
    at: ctx.now(),
  });
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
