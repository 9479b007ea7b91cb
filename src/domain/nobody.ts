import type { Context } from '../context.ts';
import type { Pool } from '../store/pools.ts';
import type { Destination } from './code.ts';
import { isUuid, uuidFrom } from './ids.ts';
import { aliasAttributes, hasForm, nameKey, usernameAttributes } from './username.ts';
import type { Address } from './username.ts';

// Who does not exist is treated as a user whose password no one knows (security EN-1 to EN-5). A user is the same one by
// an address and by the UUID that challenges give for it; so is nobody.

const addresses = ['email', 'phone_number'] as const;

/**
 * The `sub` of somebody unknown: always the same for the folded name. A name that is a UUID is one already. In that of an
 * address stands, sealed, what is shown of it: see `addressOfNobody`.
 */
export function idOfNobody(ctx: Context, pool: Pool, name: string): string {
  const key = nameKey(pool, name);
  if (isUuid(key)) return key;
  const made = ctx.vault.mac('unknown-user', 'id', pool.id, key);
  const shown = hasUuid(pool, name) ? shownOf(key) : undefined;
  return shown === undefined ? uuidFrom(made) : sealedId(ctx, pool, made.subarray(0, begin), shown);
}

/** What stands where a challenge names the user, for somebody unknown. */
export function nameOfNobody(ctx: Context, pool: Pool, name: string, id?: string): string {
  return hasUuid(pool, name) ? (id ?? idOfNobody(ctx, pool, name)) : name;
}

/** Whether users who sign in with such a name are called by another one in the challenge. */
function hasUuid(pool: Pool, name: string): boolean {
  if (usernameAttributes(pool).length > 0) return true;
  return addresses.some((kind) => aliasAttributes(pool).includes(kind) && hasForm(kind, name));
}

/**
 * The address that nobody has by their name: the name itself, or one that looks alike where only its ends are shown, if
 * the name is the UUID of an address.
 */
export function addressOfNobody(ctx: Context, pool: Pool, name: string): Destination | undefined {
  const key = nameKey(pool, name);
  const attribute = addresses.find((kind) => hasForm(kind, key));
  if (attribute !== undefined) return { attribute, address: key };
  return isUuid(key) ? sealedAddress(ctx, pool, key) : undefined;
}

/** Of the sixteen bytes of a UUID, those that stand for the name alone, and where its address begins. */
const begin = 6;
const end = 10;

/**
 * The address under a mask, after four bytes that only the server finds. Without them anybody could change one of its
 * letters, and would see in the answer whether the UUID was nobody's.
 */
function sealedId(ctx: Context, pool: Pool, head: Buffer, shown: Buffer): string {
  const tag = ctx.vault.mac('unknown-user', 'tag', pool.id, head.toString('hex'), shown.toString('hex'));
  return uuidFrom(Buffer.concat([head, tag.subarray(0, end - begin), masked(ctx, pool, head, shown)]));
}

function sealedAddress(ctx: Context, pool: Pool, id: string): Destination | undefined {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  const head = bytes.subarray(0, begin);
  const shown = masked(ctx, pool, head, bytes.subarray(end));
  return sealedId(ctx, pool, head, shown) === id ? likeShown(shown) : undefined;
}

function masked(ctx: Context, pool: Pool, head: Buffer, bytes: Buffer): Buffer {
  const mask = ctx.vault.mac('unknown-user', 'mask', pool.id, head.toString('hex'));
  return Buffer.from(bytes.map((byte, index) => byte ^ (mask[index] ?? 0)));
}

/** The first two of the six bytes. */
const marks: Readonly<Record<Address, number>> = { email: 0x0e11, phone_number: 0x7e11 };

/**
 * What answers show of an address, in six bytes: of a mail address the first letters of both its parts, of a telephone
 * number how many digits it has and the last four. Undefined for other names, and for letters of two code units.
 */
function shownOf(key: string): Buffer | undefined {
  if (hasForm('phone_number', key))
    return shown('phone_number', key.length - 1, Number(key.slice(1).slice(-4)));
  if (!hasForm('email', key)) return undefined;
  const [local = 0, domain = 0] = [key, key.slice(key.lastIndexOf('@') + 1)].map((part) =>
    part.codePointAt(0),
  );
  return Math.max(local, domain) > 0xffff ? undefined : shown('email', local, domain);
}

function shown(kind: Address, first: number, second: number): Buffer {
  const bytes = Buffer.alloc(6);
  [marks[kind], first, second].forEach((number, index) => bytes.writeUInt16BE(number, 2 * index));
  return bytes;
}

function likeShown(bytes: Buffer): Destination | undefined {
  const [mark, first = 0, second = 0] = [0, 2, 4].map((index) => bytes.readUInt16BE(index));
  const attribute = addresses.find((kind) => marks[kind] === mark);
  const [local, domain] = [String.fromCharCode(first), String.fromCharCode(second)];
  const number = String(second).padStart(first % 16, '0');
  return attribute && { attribute, address: attribute === 'email' ? `${local}@${domain}` : `+${number}` };
}
