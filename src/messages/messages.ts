export type Medium = 'EMAIL' | 'SMS';

/** A mail or text message to one person. */
export interface Message {
  readonly poolId: string;
  /** The user for whom it is: it is not sent once they are deleted. */
  readonly userId?: string | undefined;
  readonly medium: Medium;
  readonly to: string;
  /** Mails only. */
  readonly subject?: string | undefined;
  /** HTML for mails, text for SMS. */
  readonly body: string;
  /** The code or temporary password in it, for the development inbox and webhooks; never logged. */
  readonly code?: string | undefined;
  readonly at: number;
  /** From then on nobody has a use for it: its code has run out. A day after `at` if not given. */
  readonly until?: number | undefined;
  /** What it is for, in the words of the custom message trigger: `CustomMessage_SignUp`. */
  readonly source?: string | undefined;
  /** How the pool wants its mails sent. */
  readonly mail?: MailOptions | undefined;
  /** How the pool wants its text messages sent. */
  readonly sms?: SmsOptions | undefined;
}

/** Of EmailConfiguration, what senders act on. */
export interface MailOptions {
  /** `a@b.c` or `Name <a@b.c>`; the server's own sender if not given. */
  readonly from?: string | undefined;
  readonly replyTo?: string | undefined;
  readonly configurationSet?: string | undefined;
  /** The identity of SES in whose name it goes. */
  readonly identityArn?: string | undefined;
  /** Of SES. */
  readonly region: string;
}

/** Of SmsConfiguration, what senders act on. */
export interface SmsOptions {
  /** The role that SNS is called in, where the server is set so. */
  readonly role: Role;
  readonly region: string;
  /** For AWS End User Messaging. */
  readonly eums?: EumsOptions | undefined;
}

export interface Role {
  readonly arn: string;
  readonly externalId?: string | undefined;
}

export interface EumsOptions {
  readonly role: Role;
  readonly region?: string | undefined;
  readonly originationIdentity?: string | undefined;
  readonly configurationSet?: string | undefined;
  /** Ids that India asks of who sends. */
  readonly inEntityId?: string | undefined;
  readonly inTemplateId?: string | undefined;
}

/** Where messages go. Nothing that takes one waits for its delivery (security EN-7). */
export interface Messages {
  /** Whether there is a way for this medium at all. */
  sends(medium: Medium): boolean;
  /** Sends from memory: a message that is of use for minutes, in a sign-in that waits for no disk (design, point 2). */
  send(message: Message): void;
  /** Resolves when the message is kept: it will be sent though this server ends now. */
  keep(message: Message): Promise<void>;
  /** Costs what `keep` costs, for somebody who does not exist (security EN-3). */
  keepNothing(poolId: string): Promise<void>;
}

/** A message that will not arrive, told by its place and reason, never by its content or address. */
export interface Loss {
  readonly poolId: string;
  readonly medium: Medium;
  readonly reason: string;
}
