import type { Context } from '../context.ts';
import type { Pool } from '../store/pools.ts';
import type { CodePurpose, User } from '../store/users.ts';
import { codeLife } from './code.ts';
import type { Destination } from './code.ts';
import { confirmationUrl } from './confirmation-link.ts';
import { hasSender, tellSender } from './custom-sender.ts';
import { mediumOf } from './delivery.ts';
import { escaped } from './html.ts';
import * as templates from './message-template.ts';
import type { Template } from './message-template.ts';
import { confirmsByLink, mailOptions, smsOptions } from './sending.ts';

/** For whom a message is made, and in which operation. */
export interface Occasion {
  readonly pool: Pool;
  readonly user: User;
  readonly clientId?: string | undefined;
  /** Of the custom message trigger, as `CustomMessage_SignUp`. */
  readonly source: string;
  readonly clientMetadata?: Readonly<Record<string, string>> | undefined;
}

/**
 * Sends a code to one address of the user by the pool's template, or by that of its custom message function; to confirm a
 * sign-up by mail a link, where the pool says so. Durable: it will be sent whatever becomes of this server. The answer does
 * not wait for the delivery (security EN-7).
 */
export async function sendCode(
  ctx: Context,
  occasion: Occasion,
  to: Destination,
  purpose: CodePurpose,
  digits: string,
): Promise<void> {
  const { pool } = occasion;
  const medium = mediumOf(to.attribute);
  const byLink = purpose === 'sign-up' && medium === 'EMAIL' && confirmsByLink(pool);
  const own = byLink ? templates.linkTemplate(pool) : templates.codeTemplate(pool, medium);
  const template = await templates.customTemplate(ctx, occasion, medium, own, { byLink });
  const url = byLink ? confirmationUrl(ctx, pool, occasion, digits) : undefined;
  const until = ctx.now() + codeLife(purpose);
  await keep(ctx, occasion, to, template, { secret: digits, url, until });
}

/**
 * Sends a code to sign in with from memory: a sign-in waits for no disk, and who gets no code asks for another at once. It
 * is of use until the session ends.
 */
export async function sendSignInCode(
  ctx: Context,
  occasion: Occasion,
  to: Destination,
  digits: string,
  until: number,
): Promise<void> {
  const medium = mediumOf(to.attribute);
  const own = templates.signInTemplate(occasion.pool, medium);
  const template = await templates.customTemplate(ctx, occasion, medium, own);
  const message = messageOf(ctx, occasion, to, template, { secret: digits, until });
  if (message !== undefined) ctx.messages.send(message);
}

/**
 * Sends a temporary password, durably. A template without its placeholder is not delivered, and nobody is told (API
 * reference: MessageTemplateType).
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
  const own = templates.invitationTemplate(occasion.pool, medium);
  const parts = { usernameParameter: '{username}' };
  const template = await templates.customTemplate(ctx, occasion, medium, own, parts);
  if (!template.body.includes('{####}') && !hasSender(ctx, occasion, medium)) return;
  const until = occasion.user.password?.temporaryUntil;
  await keep(ctx, occasion, to, template, { secret: password, username, until });
}

interface Content {
  /** The code or temporary password. */
  readonly secret: string;
  readonly username?: string | undefined;
  /** Where the link in it leads. */
  readonly url?: string | undefined;
  readonly until: number | undefined;
}

async function keep(
  ctx: Context,
  occasion: Occasion,
  to: Destination,
  template: Template,
  content: Content,
): Promise<void> {
  const message = messageOf(ctx, occasion, to, template, content);
  if (message !== undefined) await ctx.messages.keep(message);
}

/**
 * The message; undefined when the pool's own sender has got the secret, alone and escaped for mails whatever the medium.
 */
function messageOf(
  ctx: Context,
  occasion: Occasion,
  to: Destination,
  template: Template,
  { secret, username, url, until }: Content,
) {
  const { pool, user, source } = occasion;
  const medium = mediumOf(to.attribute);
  if (hasSender(ctx, occasion, medium)) {
    tellSender(ctx, occasion, to, escaped(secret));
    return undefined;
  }
  // Mails are HTML: a temporary password with `<` or `&` must arrive as it is.
  const shown = (value: string) => (medium === 'EMAIL' ? escaped(value) : value);
  const body = templates.filled(template.body, {
    code: shown(secret),
    username: username === undefined ? undefined : shown(username),
    link: url === undefined ? undefined : (text) => `<a href="${escaped(url)}">${text}</a>`,
  });
  return {
    poolId: pool.id,
    userId: user.id,
    medium,
    to: to.address,
    ...(medium === 'EMAIL'
      ? { subject: template.subject, mail: mailOptions(pool) }
      : { sms: smsOptions(pool) }),
    body,
    code: secret,
    at: ctx.now(),
    until,
    source,
  };
}
