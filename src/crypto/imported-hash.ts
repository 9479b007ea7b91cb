import { argon2, pbkdf2, scrypt, timingSafeEqual } from 'node:crypto';
import { bcryptMatches } from './bcrypt.ts';

/** As CreateUserImportJob calls them. */
export type HashAlgorithm = 'ARGON2ID' | 'BCRYPT' | 'PBKDF2_SHA256' | 'SCRYPT';

/** Whether a password is the one that was hashed. */
export type Matches = (password: string) => Promise<boolean>;

/** A hash of these bytes that can be told from a guess: no shorter, and no longer than any system makes them. */
const shortest = 16;
const longest = 128;

/**
 * Reads a password hash of another system (developer guide, "Importing users with password hashes"). Undefined for what
 * has not the form of the algorithm, or would cost more to check than is allowed: bcrypt cost 12; scrypt N 65,536, r 8,
 * p 1; Argon2id 19,456 KiB, 2 passes, 1 lane; PBKDF2 600,000 iterations.
 */
export function readHash(algorithm: HashAlgorithm, text: string): Matches | undefined {
  // No form is longer; nothing longer is looked at.
  return text.length > 1024 ? undefined : readers[algorithm](text);
}

/**
 * A hash that costs what this one does, and is nobody's: of noughts for salt and result. `text` is one that `readHash`
 * takes.
 */
export function imitationOf(algorithm: HashAlgorithm, text: string): string {
  // Parts are between dollars, parameters first; bcrypt has salt and result in one.
  const parts = text.split('$');
  const kept = parts.length - (algorithm === 'BCRYPT' ? 1 : 2);
  return parts.map((part, index) => (index < kept ? part : part.replaceAll(/[^=]/g, '0'))).join('$');
}

const readers: Readonly<Record<HashAlgorithm, (text: string) => Matches | undefined>> = {
  BCRYPT: readBcrypt,
  SCRYPT: readScrypt,
  ARGON2ID: readArgon2id,
  PBKDF2_SHA256: readPbkdf2,
};

function readBcrypt(text: string): Matches | undefined {
  const [, kind, cost = ''] = /^\$2([abxy])\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(text) ?? [];
  if (kind === undefined || Number(cost) < 4 || Number(cost) > 12) return undefined;
  // 2x is what an old crypt_blowfish made: right for ASCII, wrong for all else, which serves nobody here.
  const known = kind === 'x' ? text.replace('$2x$', '$2y$') : text;
  const isServed = (password: string) => kind !== 'x' || /^\p{ASCII}*$/u.test(password);
  return async (password) => (await bcryptMatches(password, known)) && isServed(password);
}

function readScrypt(text: string): Matches | undefined {
  const form = /^(\d{1,6})\$(\d{1,3})\$(\d{1,3})\$((?:[0-9a-f]{2}){1,128})\$((?:[0-9a-f]{2})+)$/i;
  const [, cost = '', block = '', lanes = '', saltHex = '', hashHex = ''] = form.exec(text) ?? [];
  const [N, r, p] = [Number(cost), Number(block), Number(lanes)];
  const expected = Buffer.from(hashHex, 'hex');
  const isPower = N > 1 && (N & (N - 1)) === 0;
  if (!isPower || N > 65_536 || r < 1 || r > 8 || p !== 1 || !isHash(expected)) return undefined;
  const salt = Buffer.from(saltHex, 'hex');
  return derivedBy(expected, (password, length, done) =>
    scrypt(password, salt, length, { N, r, p, maxmem: 129 * N * r }, done),
  );
}

function readArgon2id(text: string): Matches | undefined {
  const form =
    /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,172})\$([A-Za-z0-9+/]+)$/;
  const [, m = '', t = '', p = '', saltText = '', hashText = ''] = form.exec(text) ?? [];
  const [memory, passes, parallelism] = [Number(m), Number(t), Number(p)];
  const [nonce, expected] = [Buffer.from(saltText, 'base64'), Buffer.from(hashText, 'base64')];
  if (memory < 8 || memory > 19_456 || passes < 1 || passes > 2 || parallelism !== 1) return undefined;
  if (nonce.length < 8 || !isHash(expected)) return undefined;
  return derivedBy(expected, (message, tagLength, done) =>
    argon2('argon2id', { message, nonce, parallelism, tagLength, memory, passes }, done),
  );
}

function readPbkdf2(text: string): Matches | undefined {
  // Base 64, also as passlib writes it: a dot for the plus. Padding may be there.
  const form = /^\$pbkdf2-sha256\$(\d{1,6})\$([A-Za-z0-9+./]{1,172}={0,2})\$([A-Za-z0-9+./]+={0,2})$/;
  const [, count = '', saltText = '', hashText = ''] = form.exec(text) ?? [];
  const bytes = (base64: string) => Buffer.from(base64.replaceAll('.', '+'), 'base64');
  const [iterations, salt, expected] = [Number(count), bytes(saltText), bytes(hashText)];
  if (iterations < 1 || iterations > 600_000 || !isHash(expected)) return undefined;
  return derivedBy(expected, (password, length, done) =>
    pbkdf2(password, salt, iterations, length, 'sha256', done),
  );
}

const isHash = ({ length }: Buffer) => length >= shortest && length <= longest;

type Derive = (password: string, length: number, done: (error: Error | null, key: Buffer) => void) => void;

/** Off the main thread, as Node does all of these. */
function derivedBy(expected: Buffer, derive: Derive): Matches {
  return (password) =>
    new Promise((resolve, reject) => {
      derive(password, expected.length, (error, key) => {
        if (error !== null) reject(error);
        else resolve(timingSafeEqual(key, expected));
      });
    });
}
