import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { MailOptions, SmsOptions } from '../messages/messages.ts';
import type { Pool } from '../store/pools.ts';
import { hasSender } from './custom-sender.ts';
import { mediumOf } from './delivery.ts';
import type { Destination } from './code.ts';
import { domainUrl } from './pool-domain.ts';
import type { Address } from './username.ts';

/**
 * For which kind of operation something is sent: they differ in the errors that they may answer with (API reference).
 * `code` asks for one, and `sign-up` for one that may be a link; `change` makes or changes a user.
 */
export type SendingFor = 'sign-up' | 'code' | 'change' | 'reset' | 'sign-in';

/**
 * Those of these addresses that messages can be sent to, as far as it is known at once. It does not depend on the user,
 * so that no answer tells who exists (security EN-1).
 *
 * Throws when there are some and none is left: InvalidParameterException where the pool has no SMS configuration, or
 * is to send a link and has no domain; InvalidSmsRoleAccessPolicyException and CodeDeliveryFailureException where the
 * server has no way to send.
 */
export function sendableKinds(
  ctx: Context,
  pool: Pool,
  kinds: readonly Address[],
  sendingFor: SendingFor,
): readonly Address[] {
  const faults = kinds.map((kind) => fault(ctx, pool, kind, sendingFor));
  const [first] = faults;
  if (first !== undefined && faults.every((it) => it !== undefined)) throw first;
  return kinds.filter((_, index) => faults[index] === undefined);
}

function fault(ctx: Context, pool: Pool, kind: Address, sendingFor: SendingFor): Error | undefined {
  const medium = mediumOf(kind);
  if (hasSender(ctx, { pool }, medium)) return undefined;
  if (medium === 'SMS' && pool.settings.SmsConfiguration === undefined) return errors.smsNotConfigured();
  const leadsNowhere = medium === 'EMAIL' && sendingFor === 'sign-up' && confirmsByLink(pool);
  if (leadsNowhere && domainUrl(ctx, pool) === undefined) return errors.linkWithoutDomain();
  if (ctx.messages.sends(medium)) return undefined;
  if (medium === 'SMS') return errors.smsNotSendable();
  return sendingFor === 'reset' || sendingFor === 'sign-in'
    ? errors.mailNotSendable()
    : errors.mailNotDelivered();
}

/**
 * Reserves what is about to be sent to each of these, before anything is written. Throws as `sendableKinds` for an
 * address that cannot be sent to, and when the mails of the day are used up.
 */
export async function reserveSending(
  ctx: Context,
  pool: Pool,
  destinations: readonly Pick<Destination, 'attribute'>[],
  sendingFor: SendingFor,
): Promise<void> {
  for (const { attribute } of destinations) {
    const found = fault(ctx, pool, attribute, sendingFor);
    if (found !== undefined) throw found;
    if (attribute === 'email' && !(await countMail(ctx, pool))) throw errors.mailLimitExceeded(sendingFor);
  }
}

const hour = 3_600_000;
const day = 24 * hour;

/**
 * Counts a mail of the pool. False, and not counted, when those of the day are used up: pools without an SES identity of
 * their own have so many together as the operator allows (developer guide, "Quotas": they are counted anew at 09:00 UTC).
 */
export async function countMail(ctx: Context, pool: Pool): Promise<boolean> {
  const { mailLimit, account } = ctx.settings;
  if (mailLimit === undefined || pool.settings.EmailConfiguration?.EmailSendingAccount === 'DEVELOPER')
    return true;
  if (hasSender(ctx, { pool }, 'EMAIL')) return true;
  const today = Math.floor((ctx.now() - 9 * hour) / day);
  const scope = `${account}/${regionOf(pool)}`;
  return ctx.store.attempts.count(scope, `mails:${today}`, mailLimit, day, ctx.now());
}

/** In which a request asks for a message: each region has senders of its own. */
const regionOf = ({ servedIn, region }: Pool): string => servedIn ?? region;

/** Whether mails of sign-up hold a link and not a code. */
export function confirmsByLink({ settings }: Pool): boolean {
  return settings.VerificationMessageTemplate?.DefaultEmailOption === 'CONFIRM_WITH_LINK';
}

/**
 * How the pool wants its mails sent (API reference: EmailConfigurationType). With Cognito's own account all that counts is
 * the address of an identity. A domain as identity needs `From`; without it mails are from no-reply (our choice).
 */
export function mailOptions(pool: Pool): MailOptions {
  const { EmailSendingAccount, SourceArn, From, ReplyToEmailAddress, ConfigurationSet } =
    pool.settings.EmailConfiguration ?? {};
  const { address, place } = identityOf(SourceArn);
  const isOwn = EmailSendingAccount === 'DEVELOPER';
  return {
    from: (isOwn ? From : undefined) ?? address,
    replyTo: isOwn ? ReplyToEmailAddress : undefined,
    configurationSet: isOwn ? ConfigurationSet : undefined,
    identityArn: SourceArn,
    region: place ?? regionOf(pool),
  };
}

/** Of an identity of SES: who mails in its name are from, and its region. */
export function identityOf(arn: string | undefined): {
  readonly address: string | undefined;
  readonly place: string | undefined;
} {
  const [, , , place, , ...resource] = arn?.split(':') ?? [];
  const identity = resource.join(':').replace(/^identity\//, '');
  const address = identity === '' || identity.includes('@') ? identity : `no-reply@${identity}`;
  return { address: address || undefined, place: place || undefined };
}

/** How the pool wants its text messages sent (API reference: SmsConfigurationType, EumsSmsConfigurationType). */
export function smsOptions(pool: Pool): SmsOptions | undefined {
  const { SnsCallerArn, ExternalId, SnsRegion, EumsSms: eums } = pool.settings.SmsConfiguration ?? {};
  if (SnsCallerArn === undefined) return undefined;
  return {
    role: { arn: SnsCallerArn, externalId: ExternalId },
    region: SnsRegion ?? regionOf(pool),
    eums: eums && {
      role: { arn: eums.CallerArn, externalId: eums.ExternalId },
      region: eums.Region,
      originationIdentity: eums.OriginationIdentity,
      configurationSet: eums.ConfigurationSetName,
      inEntityId: eums.InEntityId,
      inTemplateId: eums.InTemplateId,
    },
  };
}
