import type {
  AccountTakeoverEventActionType,
  NotifyConfigurationType,
  NotifyEmailType,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import type { MailOptions } from '../../messages/messages.ts';
import type { AuthEvent } from '../../store/auth-events.ts';
import type { Pool } from '../../store/pools.ts';
import type { User } from '../../store/users.ts';
import { hasSender, tellSenderOfNotice } from '../custom-sender.ts';
import { escaped } from '../html.ts';
import { countMail, identityOf, mailOptions } from '../sending.ts';
import type { RiskConfiguration } from '../risk-configuration.ts';
import { feedbackToken } from './feedback.ts';

/** That a user is to be told of a sign-in, and what was done about it. */
export interface Notice {
  readonly action: AccountTakeoverEventActionType;
  readonly configuration: RiskConfiguration;
}

const hour = 60 * 60 * 1000;
/** Who has the password must not fill the user's mailbox. */
const mostInAnHour = 5;

/**
 * Tells a user of a risky sign-in, at an address of theirs that is verified, by the pool's templates (API reference:
 * NotifyConfigurationType) or by its own sender. Nobody waits for the mail (security EN-7). It is one of the mails of the
 * day, unless the configuration names an SES identity; where those are used up none is sent, and the sign-in goes on.
 */
export async function sendNotice(
  ctx: Context,
  pool: Pool,
  user: User,
  event: AuthEvent,
  { action, configuration }: Notice,
): Promise<void> {
  const { email: to = '', email_verified: isVerified } = user.attributes;
  if (to === '' || isVerified !== 'true') return;
  const subject = `notice:${user.id}`;
  if (!(await ctx.store.attempts.count(pool.id, subject, mostInAnHour, hour, ctx.now()))) return;
  const told = toldOf(ctx, pool, event);
  if (hasSender(ctx, { pool }, 'EMAIL')) {
    tellSenderOfNotice(ctx, pool, user, attributesOf(user, action, told));
    return;
  }
  const notify = configuration.AccountTakeoverRiskConfiguration?.NotifyConfiguration;
  if (notify?.SourceArn === undefined && !(await countMail(ctx, pool))) return;
  const own = notify?.[templateOf(action)];
  const { Subject, body } = written(own ?? usual[templateOf(action)], told);
  const mail = mailOf(pool, notify);
  const message = { poolId: pool.id, userId: user.id, medium: 'EMAIL', to, subject: Subject, body } as const;
  ctx.messages.send({ ...message, at: ctx.now(), mail });
}

/** As the pool sends its mails, but for what the configuration says. A configuration set is of its region alone. */
function mailOf(pool: Pool, notify: Partial<NotifyConfigurationType> = {}): MailOptions {
  const own = mailOptions(pool);
  const { address, place } = identityOf(notify.SourceArn);
  const region = place ?? own.region;
  return {
    ...own,
    from: notify.From ?? address ?? own.from,
    replyTo: notify.ReplyTo ?? own.replyTo,
    configurationSet: region === own.region ? own.configurationSet : undefined,
    identityArn: notify.SourceArn ?? own.identityArn,
    region,
  };
}

function templateOf(action: AccountTakeoverEventActionType): keyof typeof usual {
  if (action === 'BLOCK') return 'BlockEmail';
  return action === 'NO_ACTION' ? 'NoActionEmail' : 'MfaEmail';
}

/** By the names of the placeholders; what is not known is undefined. */
type Told = ReturnType<typeof toldOf>;

function toldOf(ctx: Context, pool: Pool, event: AuthEvent) {
  const token = feedbackToken(ctx, pool, event);
  // The address of the page comes from the configuration (security SEC-7).
  const link = (value: string) =>
    `${ctx.settings.url()}/${pool.id}/event-feedback?value=${value}&token=${token}`;
  return {
    'ip-address': event.ip,
    city: event.location?.city,
    country: event.location?.country,
    'login-time': timeText(event.at),
    'device-name': event.deviceName,
    'one-click-link-valid': link('valid'),
    'one-click-link-invalid': link('invalid'),
    'event-id': event.id,
    'feedback-token': token,
  };
}

/** `Friday, March 19, 2021 02:25 PM UTC` (recorded events). */
function timeText(at: number): string {
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-US', { ...options, timeZone: 'UTC' }).format(at);
  const day = part({ weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' });
  return `${day} ${part({ hour: '2-digit', minute: '2-digit', hour12: true })} UTC`;
}

/** The values are escaped: a device's name is what somebody wrote into a request. */
function written({ Subject, HtmlBody, TextBody = '' }: NotifyEmailType, told: Told) {
  const values = new Map<string, string | undefined>(Object.entries(told));
  const filled = (text: string) =>
    text.replace(/\{([a-z-]{1,32})\}/g, (part, name: string) =>
      values.has(name) ? escaped(values.get(name) ?? 'unknown') : part,
    );
  const body = filled(HtmlBody ?? escaped(TextBody).replaceAll(/\r?\n/g, '<br>\n'));
  return { Subject, body };
}

/** Developer guide, "Custom email sender Lambda trigger": what stands in place of the user's attributes. */
function attributesOf(user: User, action: AccountTakeoverEventActionType, told: Told) {
  return {
    EVENT_ID: told['event-id'],
    USER_NAME: user.username,
    IP_ADDRESS: told['ip-address'] ?? null,
    ACCOUNT_TAKE_OVER_ACTION: action,
    ONE_CLICK_LINK_VALID: told['one-click-link-valid'],
    ONE_CLICK_LINK_INVALID: told['one-click-link-invalid'],
    LOGIN_TIME: told['login-time'],
    FEEDBACK_TOKEN: told['feedback-token'],
    CITY: told.city ?? null,
    COUNTRY: told.country ?? null,
    DEVICE_NAME: told['device-name'] ?? null,
  };
}

const details =
  '<p>Time: {login-time}<br>\nDevice: {device-name}<br>\nLocation: {ip-address}, {city}, {country}</p>\n';
const links =
  '<p>Was it you? <a href="{one-click-link-valid}">Yes, it was me</a> or ' +
  '<a href="{one-click-link-invalid}">no, it was not</a>.</p>\n';
const advice = '<p>If it was not you, change your password now.</p>\n';

/** Where the pool has none of its own. The subjects are Cognito's; the words of the bodies are ours. */
const usual = {
  BlockEmail: {
    Subject: 'Blocked sign-in attempt',
    HtmlBody: `<p>We blocked a sign-in to your account that looked unusual.</p>\n${details}${advice}${links}`,
  },
  NoActionEmail: {
    Subject: 'New sign-in attempt',
    HtmlBody: `<p>We saw a sign-in to your account that looked unusual.</p>\n${details}${advice}${links}`,
  },
  MfaEmail: {
    Subject: 'New sign-in attempt',
    HtmlBody: `<p>We asked for a second factor at a sign-in to your account that looked unusual.</p>\n${details}${advice}`,
  },
} as const satisfies Record<string, NotifyEmailType>;
