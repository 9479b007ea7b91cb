import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Pool } from '../store/pools.ts';
import { textOf } from '../triggers/response.ts';
import type { Occasion } from './message.ts';
import { eventAttributes } from './user.ts';

type Medium = 'EMAIL' | 'SMS';

/** Subject and body with their placeholders. */
export interface Template {
  readonly subject: string;
  readonly body: string;
}

/** Developer guide, "Configuring email and SMS messages"; the older settings are twins of the template's. */
export function codeTemplate({ settings }: Pool, medium: Medium): Template {
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

/** A mail with a link (API reference: VerificationMessageTemplateType). The words without a template are the console's. */
export function linkTemplate({ settings }: Pool): Template {
  const template = settings.VerificationMessageTemplate;
  return {
    subject: template?.EmailSubjectByLink ?? 'Your verification link',
    body:
      template?.EmailMessageByLink ??
      'Please click the link below to verify your email address. {##Verify Email##}',
  };
}

/**
 * A code to sign in with, as first or second factor (API reference: SmsMfaConfigType, EmailMfaConfigType). The words of a
 * pool without a template are unconfirmed.
 */
export function signInTemplate({ settings, mfa }: Pool, medium: Medium): Template {
  const own = medium === 'EMAIL' ? mfa?.email?.Message : settings.SmsAuthenticationMessage;
  return {
    subject: mfa?.email?.Subject ?? 'Your authentication code',
    body: own ?? 'Your authentication code is {####}. ',
  };
}

export function invitationTemplate({ settings }: Pool, medium: Medium): Template {
  const template = settings.AdminCreateUserConfig?.InviteMessageTemplate;
  const body = medium === 'EMAIL' ? template?.EmailMessage : template?.SMSMessage;
  return {
    subject: template?.EmailSubject ?? 'Your temporary password',
    body: body ?? 'Your username is {username} and temporary password is {####}. ',
  };
}

/** What a message of the custom message function may hold beside the code. */
interface Parts {
  readonly usernameParameter?: string;
  /** A link may stand for the code. */
  readonly byLink?: boolean;
}

/** The message as the pool's custom message function words it; what it leaves out stays the pool's own. */
export async function customTemplate(
  ctx: Context,
  { pool, user, clientId, source, clientMetadata }: Occasion,
  medium: Medium,
  own: Template,
  { usernameParameter, byLink = false }: Parts = {},
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
      usernameParameter: usernameParameter ?? null,
      clientMetadata: clientMetadata ?? null,
    },
    response: { smsMessage: null, emailMessage: null, emailSubject: null },
  });
  const [name, member, most] = bodies[medium];
  const body = textOf(answer, name);
  if (body === '') throw errors.messageEmpty();
  if (body !== undefined && Array.from(body).length > most) throw errors.messageTooLong(member, most);
  if (body !== undefined && !isComplete(body, usernameParameter, byLink))
    throw errors.messageLacksPlaceholder(member);
  const subject = (medium === 'EMAIL' ? textOf(answer, 'emailSubject') : undefined) ?? own.subject;
  if (Array.from(subject).length > 140) throw errors.messageTooLong('emailSubject', 140);
  return { subject, body: body ?? own.body };
}

function isComplete(body: string, usernameParameter: string | undefined, byLink: boolean): boolean {
  const tells = body.includes('{####}') || (byLink && linkIn(body, 0) !== undefined);
  return tells && (usernameParameter === undefined || body.includes(usernameParameter));
}

/** The member of the answer, what refusals call it, and how long it may be (developer guide, "Custom message"). */
const bodies = {
  EMAIL: ['emailMessage', 'emailBody', 20_000],
  SMS: ['smsMessage', 'smsMessage', 140],
} as const;

/** What stands for the placeholders of a template, as it is to be put in. */
export interface Values {
  readonly code: string;
  readonly username?: string | undefined;
  /** The link around a text. */
  readonly link?: ((text: string) => string) | undefined;
}

/** Puts values in place of placeholders, in one pass: a placeholder inside a value stays what it is. */
export function filled(body: string, { code, username, link }: Values): string {
  const parts: string[] = [];
  let at = 0;
  for (;;) {
    const found = link && linkIn(body, at);
    parts.push(withWords(body.slice(at, found?.start), code, username));
    if (found === undefined) return parts.join('');
    parts.push(link?.(found.text) ?? '');
    at = found.end;
  }
}

function withWords(text: string, code: string, username: string | undefined): string {
  return text.replace(/\{####\}|\{username\}/g, (part) => (part === '{####}' ? code : (username ?? part)));
}

/** `{##text##}`, the first from there on; `{####}` is none. Linear, whatever the text holds (security IN-9). */
function linkIn(body: string, from: number) {
  for (let start = body.indexOf('{##', from); start !== -1; start = body.indexOf('{##', start + 3)) {
    const end = body.indexOf('##}', start + 3);
    if (end === -1) return undefined;
    if (end > start + 3) return { start, end: end + 3, text: body.slice(start + 3, end) };
  }
  return undefined;
}
