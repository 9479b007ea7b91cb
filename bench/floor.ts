/**
 * The floor: what the cryptography alone costs on this machine, in CPU milliseconds. A password sign-in cannot be had
 * for less than one 3072-bit exponentiation and two RSA-2048 signatures (design, point 6).
 */
import {
  createPublicKey,
  createSign,
  generateKeyPairSync,
  getDiffieHellman,
  publicEncrypt,
  randomBytes,
  constants,
} from 'node:crypto';

export interface Floor {
  readonly exponentiation: number;
  readonly signature: number;
  readonly password: number;
  readonly srp: number;
  readonly refresh: number;
}

export function measureFloor(rounds = 300): Floor {
  const prime = getDiffieHellman('modp15').getPrime();
  const base = Buffer.concat([Buffer.alloc(1), randomBytes(383)]);
  const modulus = prime.toString('base64url');
  const exponentiation = best(() => {
    const exponent = randomBytes(32);
    exponent[31] = (exponent[31] ?? 0) | 1;
    const key = { kty: 'RSA', n: modulus, e: exponent.toString('base64url') };
    publicEncrypt({ key: createPublicKey({ key, format: 'jwk' }), padding: constants.RSA_NO_PADDING }, base);
  }, rounds);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const payload = randomBytes(700).toString('base64url');
  const signature = best(() => createSign('RSA-SHA256').update(payload).sign(privateKey), rounds);
  return {
    exponentiation,
    signature,
    password: exponentiation + 2 * signature,
    // The server's half of SRP: g^b, v^u and (A·v^u)^b.
    srp: 3 * exponentiation + 2 * signature,
    refresh: 2 * signature,
  };
}

/** The best of five rounds, so that other work on the machine disturbs it little. */
function best(work: () => void, rounds: number): number {
  let least = Infinity;
  for (let round = 0; round < 5; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < rounds; i++) work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000 / rounds);
  }
  return least;
}

if (import.meta.main) console.log(measureFloor());
