import { createHmac, createPublicKey, createSign, generateKeyPairSync } from 'node:crypto';
import type { Attack, Attacks, Person, Scene, Tokens } from './scene.ts';
import { NotApplicable, newPassword } from './scene.ts';

type Claims = Readonly<Record<string, unknown>>;

interface Genuine {
  readonly token: string;
  readonly header: Claims;
  readonly claims: Claims;
  /** The public key that verifies it; undefined where the endpoint shows none. */
  readonly jwk: Readonly<Record<string, string>> | undefined;
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString()) as Claims;

async function genuine({ target, pool }: Scene, { AccessToken }: Tokens): Promise<Genuine> {
  const [header, claims] = AccessToken.split('.').slice(0, 2).map(decode);
  if (header === undefined || claims === undefined) throw new NotApplicable('access tokens are no JWTs');
  const response = await fetch(`${target.url}/${pool.id}/.well-known/jwks.json`, {
    signal: AbortSignal.timeout(10_000),
  });
  const { keys = [] } = (response.ok ? await response.json() : {}) as {
    keys?: Readonly<Record<string, string>>[];
  };
  return {
    token: AccessToken,
    header,
    claims,
    jwk: keys.find(({ kid }) => kid === header['kid']) ?? keys[0],
  };
}

/** The true token proves the way: where it is refused, a refusal of a forged one says nothing. */
async function victimOf(scene: Scene): Promise<{ readonly person: Person; readonly tokens: Tokens }> {
  const person = await scene.person();
  const tokens = await scene.signIn(person);
  await scene.arrange('GetUser', { AccessToken: tokens.AccessToken }, 'nobody');
  return { person, tokens };
}

/** Tries a token at every operation that tokens open, the ones that destroy last. Says where it was taken. */
async function takenAt(
  { call }: Scene,
  { password }: Person,
  AccessToken: string,
): Promise<string | undefined> {
  const tries = {
    GetUser: () => call('GetUser', { AccessToken }),
    UpdateUserAttributes: () =>
      call('UpdateUserAttributes', { AccessToken, UserAttributes: [{ Name: 'name', Value: 'Mallory' }] }),
    ChangePassword: () =>
      call('ChangePassword', { AccessToken, PreviousPassword: password, ProposedPassword: newPassword() }),
    AssociateSoftwareToken: () => call('AssociateSoftwareToken', { AccessToken }),
    GlobalSignOut: () => call('GlobalSignOut', { AccessToken }),
    DeleteUser: () => call('DeleteUser', { AccessToken }),
  };
  const taken: string[] = [];
  for (const [operation, attempt] of Object.entries(tries)) if ((await attempt()).ok) taken.push(operation);
  return taken.length === 0 ? undefined : `taken at ${taken.join(', ')}`;
}

/** Makes tokens out of a true one and plays each. */
const forging =
  (forge: (made: Genuine, tokens: Tokens) => readonly string[]): Attack =>
  async (scene) => {
    const { person, tokens } = await victimOf(scene);
    for (const token of forge(await genuine(scene, tokens), tokens)) {
      const taken = await takenAt(scene, person, token);
      if (taken !== undefined) return taken;
    }
    return undefined;
  };

const withoutAlgorithm = ({ header, claims }: Genuine) =>
  ['none', 'None', 'NONE', ''].flatMap((alg) => {
    const start = `${encode({ ...header, alg })}.${encode(claims)}`;
    return [`${start}.`, start, `${start}.AAAA`];
  });

const withoutSignature = ({ token }: Genuine) => {
  const start = token.slice(0, token.lastIndexOf('.'));
  return [`${start}.`, start, `${start}.${Buffer.alloc(256).toString('base64url')}`];
};

/** The classic confusion: the public key as the secret of an HMAC, in every form that servers hold it. */
const withPublicKeyAsSecret = ({ header, claims, jwk }: Genuine) => {
  if (jwk?.['n'] === undefined) throw new NotApplicable('the endpoint shows no RSA key');
  const pem = pemOf(jwk);
  const secrets = [pem, pem.trim(), jwk['n'], Buffer.from(jwk['n'], 'base64url'), JSON.stringify(jwk), ''];
  return secrets.map((secret) => {
    const start = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`;
    return `${start}.${createHmac('sha256', secret).update(start).digest('base64url')}`;
  });
};

const pemOf = (jwk: Readonly<Record<string, string>>) => {
  const der = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  return der.toString();
};

const withOwnKey = ({ header, claims }: Genuine) => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = publicKey.export({ format: 'jwk' });
  const headers = [
    header,
    { ...header, jwk },
    { ...header, kid: undefined, jwk },
    { ...header, jku: 'http://127.0.0.1:9/' },
  ];
  return headers.map((each) => {
    const start = `${encode(each)}.${encode(claims)}`;
    return `${start}.${createSign('sha256').update(start).sign(privateKey, 'base64url')}`;
  });
};

const withOtherClaims = ({ token, claims }: Genuine) => {
  const [header, , signature] = token.split('.');
  const other = [
    { ...claims, exp: Number(claims['exp']) + 86_400 },
    { ...claims, scope: 'aws.cognito.signin.user.admin openid' },
    { ...claims, 'cognito:groups': ['admin'] },
  ];
  return other.map((each) => `${header}.${encode(each)}.${signature}`);
};

const damaged = ({ token }: Genuine) => {
  const flip = (at: number) => `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
  const ends = [1, 2, 4, 16, 100].map((count) => token.slice(0, -count));
  const signatureAt = token.lastIndexOf('.') + 1;
  return [...ends, flip(signatureAt + 10), flip(signatureAt - 10), `${token}A`, `${token}.${token}`];
};

/** Other texts for the same bytes: lists of revoked tokens are dodged with them (RFC 4648 §3.5). */
const respelled = ({ token }: Genuine) => {
  const signature = token.slice(token.lastIndexOf('.') + 1);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(signature.at(-1) ?? 'A');
  return [`${token}==`, `${token} `, `${token}\n`, `${token.slice(0, -1)}${alphabet[last ^ 1]}`];
};

/** An access token that speaks of another user, under its old signature. */
const ofVictim: Attack = async (scene) => {
  const { tokens } = await victimOf(scene);
  const victim = await victimOf(scene);
  const [mine, theirs] = [await genuine(scene, tokens), await genuine(scene, victim.tokens)];
  const [header, , signature] = mine.token.split('.');
  const claims = { ...mine.claims, sub: theirs.claims['sub'], username: theirs.claims['username'] };
  return takenAt(scene, victim.person, `${header}.${encode(claims)}.${signature}`);
};

const idToken: Attack = forging((_, { IdToken }) => [IdToken]);

const refreshToken: Attack = forging((_, { RefreshToken }) => {
  if (RefreshToken === undefined) throw new NotApplicable('a sign-in gives no refresh token');
  return [RefreshToken];
});

/** A token as an emulator might make it, without ever having asked for one. */
const fromNothing: Attack = async (scene) => {
  const person = await scene.person();
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    sub: person.username,
    username: person.username,
    token_use: 'access',
    scope: 'aws.cognito.signin.user.admin',
    client_id: person.pool.client,
    iss: `${scene.target.url}/${person.pool.id}`,
    iat: now,
    exp: now + 3600,
  };
  const tokens = [
    `${encode({ alg: 'none' })}.${encode(claims)}.`,
    `${encode({ alg: 'HS256', kid: 'CognitoLocal' })}.${encode(claims)}.${'A'.repeat(43)}`,
    person.username,
  ];
  for (const token of tokens) {
    const taken = await takenAt(scene, person, token);
    if (taken !== undefined) return taken;
  }
  return undefined;
};

export const forgedTokens: Attacks = {
  'an access token with alg none': forging(withoutAlgorithm),
  'an access token without its signature': forging(withoutSignature),
  'an access token under HS256 with the public key': forging(withPublicKeyAsSecret),
  'an access token under a key of the attacker': forging(withOwnKey),
  'an access token with other claims': forging(withOtherClaims),
  'an access token that names another user': ofVictim,
  'a damaged or truncated access token': forging(damaged),
  'another spelling of an access token': forging(respelled),
  'an access token made from nothing': fromNothing,
  'an ID token as access token': idToken,
  'a refresh token as access token': refreshToken,
};
