import { randomInt, randomUUID } from 'node:crypto';

const digits = '0123456789';
const lower = 'abcdefghijklmnopqrstuvwxyz';
const letters = lower.toUpperCase() + lower;

/** `<region>_` and nine letters or digits (API reference: UserPoolType.Id). */
export const newPoolId = (region: string) => `${region}_${text(9, digits + letters)}`;

/** 26 digits of base 32, as those that Cognito gives. */
export const newClientId = () => text(26, digits + lower.slice(0, 22));

/** 52 characters of 36: 268 bits (API reference: ClientSecretType). */
export const newClientSecret = () => text(52, digits + lower);

/** 28 lower-case letters and digits, of which 25 are random (API reference: SessionDescriptionType). */
export const newSessionId = () => `tkn${text(25, digits + lower)}`;

/** The `sub`. */
export const newUserId = () => randomUUID();

/** A UUID of version 4 in form, made from bytes that are random enough. */
export function uuidFrom(bytes: Uint8Array): string {
  const uuid = Buffer.from(bytes.subarray(0, 16));
  uuid[6] = ((uuid[6] ?? 0) & 0x0f) | 0x40;
  uuid[8] = ((uuid[8] ?? 0) & 0x3f) | 0x80;
  return uuid.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Whether the text is a UUID as we write them. */
export const isUuid = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

/** `import-` and ten letters or digits (recorded answers). */
export const newImportJobId = () => `import-${text(10, digits + letters)}`;

function text(length: number, alphabet: string): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/**
 * The version of a record that may be deleted and made anew under the same id: who has read the one does not write over the
 * other.
 */
export const newVersion = (): number => randomInt(1, 2 ** 47);
