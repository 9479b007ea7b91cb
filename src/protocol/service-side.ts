/**
 * Where the service checks or says something else than its published facts. Each line has been seen in an answer of the
 * real service or stands in its documentation; sources in the reference (user-pools, sections 1 and 9).
 */
interface Deviation {
  /** The pattern that is checked and printed in place of the published one. */
  readonly pattern?: string;
  /** The pattern that is printed, where it is not the one that is checked. */
  readonly printed?: string;
  /** The published pattern is not checked: the operation refuses in words of its own. */
  readonly unpatterned?: boolean;
  /** Bounds that the facts leave out. */
  readonly min?: number;
  readonly max?: number;
  /** Marked sensitive in the facts, and echoed all the same. */
  readonly echoed?: boolean;
}

const shapes: Readonly<Record<string, Deviation>> = {
  'cognito-idp/PasswordType': { pattern: String.raw`^[\S]+.*[\S]+$` },
  'cognito-idp/ClientIdType': { echoed: true },
  'cognito-idp/PrecedenceType': { min: 0 },
  // As every other subject of a mail.
  'cognito-idp/EmailMfaSubjectType': { min: 1, max: 140 },
  // It leaves no room for custom domains.
  'cognito-idp/DomainType': { unpatterned: true },
};

/** Where names may pin ids, as those of clients do at other emulators (domain/pinned-ids.ts): in development. */
const pinning: Readonly<Record<string, Deviation>> = {
  'cognito-idp/ClientNameType': {
    pattern: String.raw`(?:_custom_id_:)?[\w\s+=,.@-]+`,
    printed: String.raw`[\w\s+=,.@-]+`,
  },
};

export const deviationOf = (service: string, shape: string, pins = false): Deviation =>
  (pins ? pinning[`${service}/${shape}`] : undefined) ?? shapes[`${service}/${shape}`] ?? {};

/** Members that messages name otherwise than the API does. */
const names: Readonly<Record<string, string>> = {
  'cognito-idp/AdminCreateUserConfigType/InviteMessageTemplate': 'inviteMessage',
};

/**
 * The name of a member in the path of a violation: lower camel case, a leading acronym as one word
 * (`SMSMessage` is `smsMessage`).
 */
export function pathName(service: string, shape: string, member: string): string {
  const own = names[`${service}/${shape}/${member}`];
  if (own !== undefined) return own;
  return member.replace(/^(?:[A-Z]+(?=[A-Z][a-z])|[A-Z]+$|[A-Z]+(?=s$)|[A-Z])/, (head) => head.toLowerCase());
}

/** Numbers that the service takes as 0 when they are absent, required or not, so that their lower bound refuses the request. */
const zeros: ReadonlySet<string> = new Set([
  'cognito-idp/ListResourceServersRequest/MaxResults',
  'cognito-idp/ListUserImportJobsRequest/MaxResults',
  'cognito-idp/ListUserPoolsRequest/MaxResults',
]);

export const absentMeansZero = (service: string, shape: string, member: string): boolean =>
  zeros.has(`${service}/${shape}/${member}`);

/** Sets whose printed order is known and is not that of the facts. */
const orders: readonly (readonly string[])[] = [
  ['implicit', 'client_credentials', 'code'],
  ['MFA_IF_CONFIGURED', 'BLOCK', 'NO_ACTION', 'MFA_REQUIRED'],
  ['Boolean', 'Number', 'String', 'DateTime'],
  ['Facebook', 'SAML', 'SignInWithApple', 'LoginWithAmazon', 'OIDC', 'Google'],
  ['userAuthEvents', 'userNotification'],
  ['OPTIONAL', 'OFF', 'ON'],
];

/** An enumeration in the order in which the service prints it. */
export function printedOrder(values: readonly string[]): readonly string[] {
  return (
    orders.find((order) => order.length === values.length && order.every((it) => values.includes(it))) ??
    values
  );
}
