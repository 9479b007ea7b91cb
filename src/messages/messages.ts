/** A mail or text message to one person. */
export interface Message {
  readonly poolId: string;
  readonly medium: 'EMAIL' | 'SMS';
  readonly to: string;
  /** Mails only. */
  readonly subject?: string | undefined;
  /** HTML for mails, text for SMS. */
  readonly body: string;
  /** The code or temporary password in it, for the development inbox; never logged. */
  readonly code?: string | undefined;
  readonly at: number;
}

/** Where messages go. Accepting one never waits for its delivery (security EN-7). */
export interface Messages {
  send(message: Message): void;
}

/** A message that will not arrive, told by its place and reason, never by its content or address. */
export interface Loss {
  readonly poolId: string;
  readonly medium: Message['medium'];
  readonly reason: string;
}
