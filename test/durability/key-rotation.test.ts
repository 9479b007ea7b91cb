import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import type { TestContext } from 'node:test';
import { decodeJwt, isSignedBy } from '../../src/crypto/jwt.ts';
import type { Config } from '../../src/config.ts';
import { makeHome, makeUser, passwordSignIn } from '../sign-in.ts';
import { onSharedStores, startNodes } from '../nodes/nodes.ts';

const minute = 60_000;
const hour = 60 * minute;

type Keys = ReadonlyMap<string, JsonWebKey>;

/** What lies between verifiers and servers, and keeps a document for as long as its server allows. */
function cacheOf(now: () => number): (url: string) => Promise<Keys> {
  const kept = new Map<string, { readonly keys: Keys; readonly until: number }>();
  return async (url) => {
    const known = kept.get(url);
    if (known && known.until > now()) return known.keys;
    const answer = await fetch(url);
    const [, seconds = '0'] = /max-age=(\d+)/.exec(answer.headers.get('cache-control') ?? '') ?? [];
    const { keys: list } = (await answer.json()) as { keys: (JsonWebKey & { kid: string })[] };
    const keys = new Map(list.map((key) => [key.kid, key]));
    kept.set(url, { keys, until: now() + Number(seconds) * 1000 });
    return keys;
  };
}

/** A verifier that fetches the keys once a day and never asks in between, as the least clever one that is used does. */
function verifier(fetchKeys: () => Promise<Keys>, now: () => number): (token: string) => Promise<void> {
  let keys: Keys = new Map();
  let fetchedAt = -Infinity;
  return async (token) => {
    if (now() - fetchedAt >= 24 * hour) {
      keys = await fetchKeys();
      fetchedAt = now();
    }
    const jwt = decodeJwt(token);
    assert.ok(jwt);
    const key = keys.get(String(jwt.header['kid']));
    assert.ok(key, 'the key was there when the keys were fetched');
    assert.ok(isSignedBy(jwt, createPublicKey({ key, format: 'jwk' })));
  };
}

async function rotateUnderLoad(t: TestContext, settings: Partial<Config>): Promise<void> {
  const { nodes, call, clock } = await startNodes(t, 2, { keyLead: 24, ...settings });
  const home = await makeHome(call, {}, { AccessTokenValidity: 24, IdTokenValidity: 24 });
  await makeUser(call, home);
  // Each begins its day at another hour, at one server or the other.
  const cached = cacheOf(clock.now);
  const urlOf = (number: number) =>
    `${nodes[number % nodes.length]?.url}/${home.poolId}/.well-known/jwks.json`;
  const newVerifier = (number: number) => verifier(() => cached(urlOf(number)), clock.now);
  const verifiers = Array.from({ length: 8 }, (_, number) => newVerifier(number));
  let alive: { readonly token: string; readonly until: number }[] = [];
  const used = new Set<string>();
  for (let at = 0; at < 72; at += 3) {
    const rotates = at % 30 === 12;
    // Somebody has fetched the keys just before they change; what is kept of that may be fetched after.
    if (rotates) await cached(urlOf(0));
    const rotation = rotates ? nodes[at % 2]?.ctx.keys.rotate({ id: home.poolId }) : undefined;
    const signIns = await Promise.all([passwordSignIn(call, home), passwordSignIn(call, home)]);
    await rotation;
    const until = clock.now() + 24 * hour;
    for (const { AuthenticationResult } of signIns) {
      const { AccessToken = '', IdToken = '' } = AuthenticationResult ?? {};
      alive.push({ token: AccessToken, until }, { token: IdToken, until });
      used.add(String(decodeJwt(IdToken)?.header['kid']));
    }
    alive = alive.filter((token) => token.until > clock.now());
    const check = async () => {
      for (const verify of verifiers.slice(0, 1 + at / 3)) for (const { token } of alive) await verify(token);
    };
    await check();
    clock.advance(4 * minute);
    if (rotates) verifiers.unshift(newVerifier(0));
    await check();
    // The other server sees the new key within a second, which no clock of ours can make shorter.
    if (rotates) await new Promise((resolve) => setTimeout(resolve, 1100));
    clock.advance(3 * hour - 4 * minute);
  }
  assert.ok(used.size >= 3, `${used.size} keys have signed`);
}

onSharedStores(
  'DU-12 keys change under load, and no token fails at a verifier that asks once a day',
  rotateUnderLoad,
);
