/**
 * Bytes of base64url text as RFC 7515 §2 writes it. Undefined for every other spelling: padding, white space, `+` and
 * `/`, set trailing bits, an impossible length. So one value has one text (security IN-11, JW-2).
 */
export function fromBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}
