/** By what messages of one medium go. */
export type Way =
  /** A service of AWS: AWS itself, or an emulator at `endpoint`. */
  | { readonly kind: 'ses' | 'sns' | 'eums'; readonly endpoint?: string }
  | { readonly kind: 'webhook'; readonly url: string };

/** Reads what mails go by. Throws a plain Error that says what it must be. */
export const mailWayOf = (text: string): Way => wayOf(text, ['ses'], 'ses, ses:URL or the URL of a webhook');

/** Reads what text messages go by. Throws a plain Error that says what it must be. */
export const smsWayOf = (text: string): Way =>
  wayOf(text, ['sns', 'eums'], 'sns, eums, either with :URL, or the URL of a webhook');

/** What is refused is not repeated: URLs may hold secrets. */
function wayOf(text: string, kinds: readonly ('ses' | 'sns' | 'eums')[], form: string): Way {
  const kind = kinds.find((it) => text === it || text.startsWith(`${it}:`));
  if (kind !== undefined && text === kind) return { kind };
  const address = kind === undefined ? text : text.slice(kind.length + 1);
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) throw new Error(`must be ${form}`);
  if (url.username !== '' || url.hash !== '') throw new Error('must hold no user and no fragment');
  if (kind === undefined) return { kind: 'webhook', url: url.href };
  if (url.pathname !== '/' || url.search !== '') throw new Error('must name a server without a path');
  return { kind, endpoint: url.origin };
}
