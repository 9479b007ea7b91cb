import { createPublicKey } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { decodeJwt, isSignedBy } from '../crypto/jwt.ts';
import type { Claims, Jwt } from '../crypto/jwt.ts';
import { CommandError } from './command-error.ts';

export interface VerifyFlags {
  readonly issuer?: string;
  readonly jwks?: string;
  readonly clientId?: string;
  readonly use?: string;
}

/** Prints header and claims. Nothing is checked: the output says what the token says. */
export async function decode(text: string | undefined): Promise<void> {
  const { header, payload } = tokenOf(text ?? (await standardInput()));
  print({ header, payload });
}

/**
 * Prints the claims of a token that is valid: signed with RS256 by a key of its issuer, not expired, for the client and
 * use that were asked for. Throws CommandError (exit code 1) with the reason for any other.
 */
export async function verify(text: string | undefined, flags: VerifyFlags, now = Date.now()): Promise<void> {
  if (!['id', 'access', undefined].includes(flags.use)) throw new CommandError('--use must be id or access.');
  const token = tokenOf(text ?? (await standardInput()));
  const issuer = flags.issuer?.replace(/\/+$/, '') ?? textOf(token.payload['iss']);
  const keys = await keysAt(flags.jwks ?? `${issuer}/.well-known/jwks.json`);
  const fault =
    signatureFault(token, keys) ??
    claimFault(token.payload, issuer, now / 1000) ??
    purposeFault(token.payload, flags);
  if (fault !== undefined) throw new CommandError(`The token is not valid: ${fault}.`);
  print(token.payload);
}

function tokenOf(text: string): Jwt {
  const token = decodeJwt(text.trim().replace(/^Bearer /i, ''));
  if (!token) throw new CommandError('This is not a JSON web token.');
  return token;
}

type Key = JsonWebKey & { readonly kid?: string };

function signatureFault(token: Jwt, keys: readonly Key[]): string | undefined {
  const { alg, kid } = token.header;
  if (alg !== 'RS256') return `its algorithm is ${String(alg)} and not RS256`;
  const key = keys.find((candidate) => candidate.kid === kid && candidate.kty === 'RSA');
  if (!key) return 'its issuer has no key with the kid of its header';
  return isSignedBy(token, createPublicKey({ key, format: 'jwk' }))
    ? undefined
    : 'its signature does not fit';
}

function claimFault(claims: Claims, issuer: string, now: number): string | undefined {
  const { iss, exp, nbf } = claims;
  if (iss !== issuer) return `its issuer is ${String(iss)} and not ${issuer}`;
  if (typeof exp !== 'number') return 'it has no expiration time';
  if (exp <= now) return `it expired at ${new Date(exp * 1000).toISOString()}`;
  if (typeof nbf === 'number' && nbf > now)
    return `it is not valid before ${new Date(nbf * 1000).toISOString()}`;
  return undefined;
}

/** ID tokens name their client in `aud`, access tokens in `client_id`. */
function purposeFault(claims: Claims, { use, clientId }: VerifyFlags): string | undefined {
  const own = claims['token_use'];
  if (use !== undefined && own !== use) return `it is an ${String(own)} token and not an ${use} token`;
  const client = claims['aud'] ?? claims['client_id'];
  if (clientId !== undefined && client !== clientId) return `it is for the client ${String(client)}`;
  return undefined;
}

const patience = 5000;
const mostBytes = 1024 * 1024;

async function keysAt(url: string): Promise<readonly Key[]> {
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) {
    throw new CommandError(
      'The token does not say where the keys of its issuer are: name the issuer with --issuer.',
    );
  }
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(patience) });
    const text = await answer.text();
    const { keys } = (text.length > mostBytes ? {} : JSON.parse(text)) as { keys?: unknown };
    if (answer.ok && Array.isArray(keys)) return keys as Key[];
  } catch (error) {
    throw new CommandError(`The keys at ${url} cannot be read.`, 1, { cause: error });
  }
  throw new CommandError(`There are no keys at ${url}.`);
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

async function standardInput(): Promise<string> {
  if (process.stdin.isTTY)
    throw new CommandError('There is no token: give it as an argument or on standard input.');
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}
