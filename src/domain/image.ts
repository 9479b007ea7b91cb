export type ImageType = 'ICO' | 'JPEG' | 'PNG' | 'SVG' | 'WEBP';

/**
 * What kind of image the bytes are, by how they begin, whatever they are said to be; undefined for all else. An SVG with
 * anything that runs, fetches or declares is none (security WEB-4).
 */
export function imageTypeOf(bytes: Uint8Array): ImageType | undefined {
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'PNG';
  if (start.startsWith('\xff\xd8\xff')) return 'JPEG';
  if (start.startsWith('\x00\x00\x01\x00')) return 'ICO';
  if (/^RIFF[\s\S]{4}WEBP/.test(start)) return 'WEBP';
  return isPlainSvg(Buffer.from(bytes).toString('utf8')) ? 'SVG' : undefined;
}

/** What begins as an SVG, perhaps after a declaration and comments, and holds nothing that is more than a drawing. */
function isPlainSvg(text: string): boolean {
  let rest = text
    .replace(/^\uFEFF/, '')
    .replaceAll(/\s+/g, ' ')
    .trimStart();
  if (otherEncoding.test(rest)) return false;
  for (const [start, end] of prologue) {
    while (rest.startsWith(start)) {
      const at = rest.indexOf(end);
      if (at === -1) return false;
      rest = rest.slice(at + end.length).trimStart();
    }
  }
  return /^<(?:svg:)?svg[ />]/.test(rest) && !unsafe.some((form) => form.test(rest));
}

/**
 * Where the same bytes may say something else to a browser than they do here: ISO-2022-JP drops escapes within a name, so
 * that what is no script element becomes one.
 */
const otherEncoding = /^<\?xml [^>]*?encoding ?= ?["'](?!(?:utf-8|us-ascii|iso-8859-1|windows-1252)["'])/i;

const prologue = [
  ['<?xml ', '?>'],
  ['<!--', '-->'],
] as const;

/** What runs, fetches, declares, or hides one of these as a character reference. */
const unsafe = [
  /<[!?]/,
  /<(?:[\w-]{1,40}:)?(?:script|foreignObject|iframe|embed|object|handler|listener|set|animate\w{0,20}|style|link|a|use|image)[ />]/i,
  /[ /"']on[\w-]{1,40} ?=/i,
  /(?:href|src|base) ?=/i,
  /&#/,
  /url ?\( ?["']? ?[^#"' ]/i,
];

/** As the web calls it. */
export const mediaTypes: Readonly<Record<ImageType, string>> = {
  ICO: 'image/x-icon',
  JPEG: 'image/jpeg',
  PNG: 'image/png',
  SVG: 'image/svg+xml',
  WEBP: 'image/webp',
};
