import type { Context } from '../context.ts';
import { beforeText } from '../crypto/sealing.ts';
import type { Client, Pool } from '../store/pools.ts';
import type { Origin } from './origin.ts';
import { boundTo } from './session.ts';

/** What a refresh token carries, sealed; nothing of it is kept by the server (security RF-1). */
export interface RefreshToken extends Origin {
  readonly userId: string;
  readonly username: string;
  /** The name by which the user signed in: SECRET_HASH may be over it. */
  readonly name: string;
  readonly scopes: readonly string[];
  /** The device with which the user signed in: without it the token serves nobody. */
  readonly deviceKey?: string | undefined;
  /** How often the family had been rotated when this one was given. */
  readonly generation: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** When the last token of the family has ended: an access token of the last moment lives a day at most. */
export function lastEnd({ expiresAt }: RefreshToken): number {
  return expiresAt + 25 * 60 * 60 * 1000;
}

interface Place {
  readonly pool: Pool;
  readonly client: Client;
}

/** `{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}`: what the header of Cognito's own refresh tokens says. */
const header = 'eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ';

/** Where the sealed value is cut to look like the five parts of a JWE: key, IV, text, and the tag of 16 bytes. */
const [keyEnd, textStart, tagLength] = [20, 36, 22];

/** The refresh token as text. It opens for this pool and client only, even against ones of the same ids made later. */
export function sealRefreshToken(ctx: Context, place: Place, token: RefreshToken): string {
  const json = JSON.stringify(token);
  // To a multiple of three bytes before the tag, so that it begins where a letter does.
  const length = Buffer.byteLength(json) + beforeText;
  const padded = json + ' '.repeat((3 - (length % 3)) % 3);
  const sealed = ctx.vault.seal('refresh-token', boundTo(place), padded);
  return [
    header,
    sealed.slice(0, keyEnd),
    sealed.slice(keyEnd, textStart),
    sealed.slice(textStart, -tagLength),
    sealed.slice(-tagLength),
  ].join('.');
}

/** Undefined for everything that is not, to the letter, a refresh token of this pool and client. */
export function openRefreshToken(ctx: Context, place: Place, text: string): RefreshToken | undefined {
  const [head, key = '', iv = '', sealed = '', tag = '', ...more] = text.split('.');
  if (head !== header || more.length > 0) return undefined;
  const isCut = key.length === keyEnd && iv.length === textStart - keyEnd && tag.length === tagLength;
  if (!isCut || sealed.length % 4 !== 0) return undefined;
  const plain = ctx.vault.open('refresh-token', boundTo(place), key + iv + sealed + tag);
  return plain === undefined ? undefined : (JSON.parse(plain.toString()) as RefreshToken);
}
