import type { Medium, Message, Messages } from './messages.ts';

/** A message as the development control gives it out (the contract). */
export interface InboxMessage {
  readonly to: string;
  readonly medium: Medium;
  readonly subject?: string;
  readonly body: string;
  readonly code?: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Where mails and text messages of a development server arrive: in memory, the newest thousand. */
export interface Inbox extends Messages {
  /** Oldest first. With `to` only those to that address or number, in any letter case. */
  list(to?: string): readonly InboxMessage[];
  clear(): void;
}

export function createInbox(capacity = 1000): Inbox {
  let messages: readonly InboxMessage[] = [];
  const send = (message: Message) => {
    messages = [...messages.slice(1 - capacity), shown(message)];
  };
  return {
    sends: () => true,
    send,
    async keep(message) {
      send(message);
    },
    keepNothing: () => Promise.resolve(),
    list: (to) =>
      to === undefined ? messages : messages.filter((m) => m.to.toLowerCase() === to.toLowerCase()),
    clear() {
      messages = [];
    },
  };
}

function shown({ to, medium, subject, body, code, at }: Message): InboxMessage {
  return {
    to,
    medium,
    ...(subject === undefined ? {} : { subject }),
    body,
    ...(code === undefined ? {} : { code }),
    at: new Date(at).toISOString(),
  };
}
