/**
 * The floor: what the cryptography alone costs on this machine, in CPU milliseconds. A password sign-in cannot be had
 * for less than one 3072-bit exponentiation and two RSA-2048 signatures (design, point 6).
 *
 * `node bench/floor.ts` prints it for this process alone.
 */
import { execFile } from 'node:child_process';
import {
  createPublicKey,
  createSign,
  generateKeyPairSync,
  getDiffieHellman,
  publicEncrypt,
  randomBytes,
  constants,
} from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';

export interface Floor {
  readonly exponentiation: number;
  readonly signature: number;
  readonly password: number;
  readonly srp: number;
  readonly refresh: number;
}

/**
 * The floor while every core is busy with it. A server under load has its clients for neighbours; two virtual cores of
 * one real one slow each other down, which an idle machine would not show.
 */
export async function floorUnderLoad(): Promise<Floor> {
  const run = promisify(execFile);
  const alone = async () => {
    const { stdout } = await run(process.execPath, [import.meta.filename]);
    return JSON.parse(stdout) as Floor;
  };
  const all = await Promise.all(Array.from({ length: availableParallelism() }, alone));
  const mean = (part: keyof Floor) => all.reduce((sum, floor) => sum + floor[part], 0) / all.length;
  return floorOf(mean('exponentiation'), mean('signature'));
}

/** The server's half of SRP is g^b, v^u and (A·v^u)^b. */
function floorOf(exponentiation: number, signature: number): Floor {
  const refresh = 2 * signature;
  return {
    exponentiation,
    signature,
    password: exponentiation + refresh,
    srp: 3 * exponentiation + refresh,
    refresh,
  };
}

export function measureFloor(rounds = 150): Floor {
  const prime = getDiffieHellman('modp15').getPrime();
  const base = Buffer.concat([Buffer.alloc(1), randomBytes(383)]);
  const modulus = prime.toString('base64url');
  const exponentiation = median(() => {
    const exponent = randomBytes(32);
    const key = { kty: 'RSA', n: modulus, e: exponent.toString('base64url') };
    publicEncrypt({ key: createPublicKey({ key, format: 'jwk' }), padding: constants.RSA_NO_PADDING }, base);
  }, rounds);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const payload = randomBytes(700).toString('base64url');
  const signature = median(() => createSign('RSA-SHA256').update(payload).sign(privateKey), rounds);
  return floorOf(exponentiation, signature);
}

/** The middle one of five rounds. */
function median(work: () => void, rounds: number): number {
  const costs = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    for (let i = 0; i < rounds; i++) work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / rounds;
  });
  return costs.sort((a, b) => a - b)[2] ?? 0;
}

if (import.meta.main) console.log(JSON.stringify(measureFloor()));
