import { randomBytes, randomInt } from 'node:crypto';
import type { Context } from '../context.ts';
import { invalidParameter } from '../errors.ts';
import { checkPolicy } from './policy.ts';

type Parts = Pick<Context, 'store' | 'vault' | 'now'>;
type AccessKeys = Pick<Context, 'store'>;

/** An access key as it is kept. */
export type AccessKey = Awaited<ReturnType<Context['store']['accessKeys']['list']>>[number];

/** What may be shown of an access key. */
export type ShownAccessKey = Omit<AccessKey, 'sealedSecret'>;

export interface NewAccessKey {
  readonly account: string;
  readonly userName: string;
  /** An IAM policy document. */
  readonly policy: string;
  readonly description?: string | undefined;
}

/**
 * Makes an access key. The secret is told this once and kept sealed; `note` is told the id before the key is there.
 *
 * Refused: an account that is not twelve digits or a name that IAM would not take (InvalidParameterException), a policy
 * that checkPolicy refuses (MalformedPolicyDocumentException).
 */
export async function createAccessKey(
  parts: Parts,
  asked: NewAccessKey,
  note?: (id: string) => void,
): Promise<{ readonly id: string; readonly secret: string }> {
  const { account, userName, policy, description } = asked;
  if (!/^\d{12}$/.test(account)) throw invalidParameter('An account is twelve digits.');
  if (!/^[\w+=,.@-]{1,64}$/.test(userName)) {
    throw invalidParameter(
      'A user name is 1 to 64 characters of letters, digits and the signs + = , . @ _ and -.',
    );
  }
  checkPolicy(policy);
  const id = newAccessKeyId(account);
  note?.(id);
  const secret = randomBytes(30).toString('base64');
  const sealedSecret = parts.vault.seal('access-key', [id], secret);
  const key = {
    id,
    account,
    userName,
    sealedSecret,
    policy,
    active: true,
    createdAt: parts.now(),
    description,
  };
  return (await parts.store.accessKeys.insert(key)) ? { id, secret } : createAccessKey(parts, asked, note);
}

/** All keys, the oldest first. */
export async function listAccessKeys({ store }: AccessKeys): Promise<readonly ShownAccessKey[]> {
  const keys = await store.accessKeys.list();
  return keys.map(({ id, account, userName, policy, active, createdAt, description }) => ({
    id,
    account,
    userName,
    policy,
    active,
    createdAt,
    description,
  }));
}

/** Makes a key work again, or no longer: on every server within a second. False if there is no such key. */
export async function setAccessKeyActive(
  { store }: AccessKeys,
  id: string,
  active: boolean,
): Promise<boolean> {
  const key = await store.accessKeys.find(id);
  return key !== undefined && store.accessKeys.replace({ ...key, active });
}

/** Removes a key; on every server it is useless within a second. False if there is no such key. */
export const deleteAccessKey = ({ store }: AccessKeys, id: string): Promise<boolean> =>
  store.accessKeys.delete(id);

/** The ARN of the user for whom a key stands. */
export const userArn = (account: string, userName: string): string =>
  `arn:aws:iam::${account}:user/${userName}`;

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const accountOffset = 2n ** 39n;

/**
 * `AKIA` and 16 characters of base 32, of which nine tell the account: eight are half its number, the ninth is of the
 * first half of the alphabet when the number is even. Source: reference A3.
 */
function newAccessKeyId(account: string): string {
  const number = BigInt(account);
  const half = accountOffset + number / 2n;
  const digits = Array.from({ length: 8 }, (_, at) => base32[Number((half >> BigInt(35 - 5 * at)) & 31n)]);
  const parity = base32[randomInt(16) + (number % 2n === 0n ? 0 : 16)];
  const rest = Array.from({ length: 7 }, () => base32[randomInt(32)]);
  return `AKIA${digits.join('')}${parity}${rest.join('')}`;
}

const idForm = /^A[KS]IA[A-Z2-7]{16}$/;

/** Whether a text can be the id of an access key: what is none needs no look at the store. */
export const isAccessKeyId = (text: string): boolean => idForm.test(text);

/** The account that an access key id tells, as GetAccessKeyInfo gives it. Undefined for ids that tell none. */
export function accountOfAccessKey(id: string): string | undefined {
  if (!isAccessKeyId(id)) return undefined;
  let half = -accountOffset;
  for (let at = 0; at < 8; at += 1) {
    half += BigInt(base32.indexOf(id[4 + at] ?? '')) << BigInt(35 - 5 * at);
  }
  const number = half * 2n + (base32.indexOf(id[12] ?? '') < 16 ? 0n : 1n);
  return number < 0n || number >= 10n ** 12n ? undefined : String(number).padStart(12, '0');
}
