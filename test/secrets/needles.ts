/** What a secret looks like in a file: as it is, and as programs write bytes. */
export interface Needle {
  readonly secret: Secret;
  readonly form: string;
  readonly bytes: Buffer;
}

export interface Secret {
  /** What it is, for who reads the failure. */
  readonly kind: string;
  readonly text: string;
  /** For a secret of bytes, of which `text` is the hexadecimal form. */
  readonly bytes?: Buffer;
}

/** Where a secret was found. */
export interface Hit {
  readonly kind: string;
  readonly form: string;
  readonly place: string;
}

/** Short secrets are found by chance as parts of longer ones; these are looked for as words of their own. */
const isShort = ({ text }: Secret) => text.length < 10;

const latin1 = (text: string) => Buffer.from(text).toString('latin1');

/** As characters that are a byte each. */
function* formsOf({ text, bytes = Buffer.from(text) }: Secret): Generator<[string, string]> {
  if (bytes.length >= 10) yield ['raw', bytes.toString('latin1')];
  yield ['hex', bytes.toString('hex')];
  yield ['HEX', bytes.toString('hex').toUpperCase()];
  const escaped = encodeURIComponent(text);
  if (escaped !== text) yield ['URL-encoded', escaped];
  const json = JSON.stringify(text).slice(1, -1);
  if (json !== text) yield ['JSON', latin1(json)];
  // In a text that is written in base 64 as a whole, a secret may begin at each of three places.
  for (const offset of [0, 1, 2]) {
    const whole = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    // The characters that the secret alone decides: each is six bits.
    const inner = whole.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
    yield [`base64+${offset}`, inner];
    yield [`base64url+${offset}`, inner.replaceAll('+', '-').replaceAll('/', '_')];
  }
}

/** The parts of tokens are secrets of their own: without head and claims the signature still is one. */
function partsOf(secret: Secret): Secret[] {
  const { kind, text } = secret;
  const parts = text.split('.').filter((part) => part.length >= 24);
  return [
    secret,
    ...(parts.length > 1 ? parts.map((part) => ({ kind: `part of ${kind}`, text: part })) : []),
  ];
}

export function needlesFor(secrets: readonly Secret[]): Needle[] {
  return secrets
    .flatMap(partsOf)
    .flatMap((secret) =>
      [...new Map([...formsOf(secret)].map(([form, words]) => [words, form]))]
        .filter(([words]) => words.length >= 7)
        .map(([words, form]) => ({ secret, form, bytes: Buffer.from(words, 'latin1') })),
    );
}

/** All secrets that are in a file or text. */
export function hitsIn(
  place: string,
  content: Buffer,
  secrets: readonly Secret[],
  needles: readonly Needle[],
): Hit[] {
  const hits = needles
    .filter(({ bytes }) => content.includes(bytes))
    .map(({ secret: { kind }, form }) => ({ kind, form, place }));
  const words = new Set(content.toString('latin1').match(/(?<![\w.-])\d{6,9}(?![\w.-])/g));
  const short = secrets
    .filter((secret) => isShort(secret) && words.has(secret.text))
    .map(({ kind }) => ({ kind, form: 'raw', place }));
  return [...hits, ...short];
}
