/** Control characters, and what some mail systems take for the end of a line: NEL, LINE and PARAGRAPH SEPARATOR. */
const breaking = /[\p{Cc}\u2028\u2029]/u;

/**
 * Whether a mail address can be one recipient and nothing else: one mailbox of at most 254 characters, without spaces,
 * quotes, brackets, separators and control characters (security OUT-3; RFC 5321 §4.1.2 allows more, which no one uses).
 */
export function isSendable(address: string): boolean {
  return (
    address.length <= 254 &&
    !breaking.test(address) &&
    /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"]+$/.test(address)
  );
}

/** The text on one line: a header cannot be ended by it (security OUT-3). */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}
