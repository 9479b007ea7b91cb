import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { N } from '../../src/crypto/modp.ts';
import { clientProof, clientStart, timestampOf } from '../../src/crypto/srp.ts';
import type { ClientStart } from '../../src/crypto/srp.ts';
import type { Attack, Attacks, Person, Scene } from './scene.ts';
import { NotApplicable } from './scene.ts';

interface Challenge {
  readonly start: ClientStart;
  readonly parameters: Readonly<Record<string, string>>;
  readonly session: string | undefined;
}

type Responses = Readonly<Record<string, string>>;

async function begin(scene: Scene, person: Person, start = clientStart()): Promise<Challenge | undefined> {
  const { output } = await scene.call('InitiateAuth', {
    ClientId: person.pool.client,
    AuthFlow: 'USER_SRP_AUTH',
    AuthParameters: { USERNAME: person.username, SRP_A: start.A },
  });
  const { ChallengeName, ChallengeParameters = {}, Session: session } = output;
  return ChallengeName === 'PASSWORD_VERIFIER'
    ? { start, parameters: ChallengeParameters, session }
    : undefined;
}

/** What a client answers who holds this password. */
const proof = (
  { pool, username, password }: Person,
  { start, parameters }: Challenge,
  now = Date.now(),
): Responses => ({
  USERNAME: parameters['USER_ID_FOR_SRP'] ?? username,
  ...clientProof(start, { poolName: pool.id, password, parameters, now }),
});

async function gives(
  scene: Scene,
  { session }: Challenge,
  responses: Responses,
  client = scene.pool.client,
): Promise<boolean> {
  const { output } = await scene.call('RespondToAuthChallenge', {
    ClientId: client,
    ChallengeName: 'PASSWORD_VERIFIER',
    ...(session === undefined ? {} : { Session: session }),
    ChallengeResponses: responses,
  });
  return output.AuthenticationResult?.AccessToken !== undefined;
}

/** Somebody who can sign in by SRP here, with a challenge of theirs that is open. */
async function challenged(scene: Scene): Promise<{ readonly person: Person; readonly challenge: Challenge }> {
  const person = await scene.person();
  const honest = await begin(scene, person);
  if (honest === undefined || !(await gives(scene, honest, proof(person, honest)))) {
    throw new NotApplicable('nobody can sign in by SRP here');
  }
  const challenge = await begin(scene, person);
  if (challenge === undefined) throw new NotApplicable('SRP works only once here');
  return { person, challenge };
}

/** Answers an honest challenge with something else than its proof. */
const answering =
  (
    change: (honest: Responses, made: { person: Person; challenge: Challenge }) => Responses,
    told: string,
  ): Attack =>
  async (scene) => {
    const made = await challenged(scene);
    const responses = change(proof(made.person, made.challenge), made);
    return (await gives(scene, made.challenge, responses)) ? told : undefined;
  };

const wrongPassword = answering(
  (_, { person, challenge }) => proof({ ...person, password: 'Wrong-1234567' }, challenge),
  'tokens for a wrong password',
);

const withSignature = (signature: string) =>
  answering((honest) => ({ ...honest, PASSWORD_CLAIM_SIGNATURE: signature }), 'tokens for that signature');

const withoutSignature = answering(
  ({ USERNAME = '', PASSWORD_CLAIM_SECRET_BLOCK = '', TIMESTAMP = '' }) => ({
    USERNAME,
    PASSWORD_CLAIM_SECRET_BLOCK,
    TIMESTAMP,
  }),
  'tokens for no signature',
);

/** A ≡ 0 mod N makes the shared secret 0, whatever the password is (RFC 5054 §2.5.4). */
const zeroKey =
  (A: bigint): Attack =>
  async (scene) => {
    const { person } = await challenged(scene);
    const challenge = await begin(scene, person, { a: new Uint8Array(1), A: A.toString(16) });
    if (challenge === undefined) return undefined;
    const {
      SALT: _,
      SRP_B = '0',
      SECRET_BLOCK = '',
      USER_ID_FOR_SRP = person.username,
    } = challenge.parameters;
    const block = Buffer.from(SECRET_BLOCK, 'base64');
    const TIMESTAMP = timestampOf(Date.now());
    const u = createHash('sha256')
      .update(padded(A))
      .update(padded(BigInt(`0x${SRP_B}`)))
      .digest();
    const key = Buffer.from(
      hkdfSync('sha256', padded(0n), padded(BigInt(`0x${u.toString('hex')}`)), 'Caldera Derived Key', 16),
    );
    const name = person.pool.id.slice(person.pool.id.indexOf('_') + 1);
    const signature = createHmac('sha256', key)
      .update(name + USER_ID_FOR_SRP)
      .update(block)
      .update(TIMESTAMP);
    const taken = await gives(scene, challenge, {
      USERNAME: USER_ID_FOR_SRP,
      PASSWORD_CLAIM_SIGNATURE: signature.digest('base64'),
      PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
      TIMESTAMP,
    });
    return taken ? 'tokens without a password' : 'a challenge was given for it, though no tokens';
  };

function padded(number: bigint): Buffer {
  const hex = number.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  return Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, 'hex');
}

const replayed: Attack = async (scene) => {
  const { person, challenge } = await challenged(scene);
  const responses = proof(person, challenge);
  if (!(await gives(scene, challenge, responses))) throw new NotApplicable('an honest proof is refused');
  return (await gives(scene, challenge, responses)) ? 'tokens for a proof that was used' : undefined;
};

const ofAnotherUser: Attack = async (scene) => {
  const { person, challenge } = await challenged(scene);
  const victim = await scene.person();
  const responses = { ...proof(person, challenge), USERNAME: victim.username };
  const { output } = await scene.call('RespondToAuthChallenge', {
    ClientId: scene.pool.client,
    ChallengeName: 'PASSWORD_VERIFIER',
    ...(challenge.session === undefined ? {} : { Session: challenge.session }),
    ChallengeResponses: responses,
  });
  const AccessToken = output.AuthenticationResult?.AccessToken;
  if (AccessToken === undefined) return undefined;
  const { UserAttributes = [] } = await scene.arrange('GetUser', { AccessToken }, 'nobody');
  const email = UserAttributes.find(({ Name }) => Name === 'email')?.Value;
  return email === victim.email ? 'tokens of the other user' : undefined;
};

const atAnotherClient: Attack = async (scene) => {
  const { person, challenge } = await challenged(scene);
  const taken = await gives(scene, challenge, proof(person, challenge), scene.pool.otherClient);
  return taken ? 'tokens at another client' : undefined;
};

const alteredBlock: Attack = async (scene) => {
  const { person, challenge } = await challenged(scene);
  const block = Buffer.from(challenge.parameters['SECRET_BLOCK'] ?? '', 'base64');
  for (const at of [0, Math.floor(block.length / 2), block.length - 1]) {
    const other = Buffer.from(block);
    other[at] = (other[at] ?? 0) ^ 1;
    const parameters = { ...challenge.parameters, SECRET_BLOCK: other.toString('base64') };
    const altered = { ...challenge, parameters };
    if (await gives(scene, altered, proof(person, altered))) return `byte ${at} of the block may be any`;
  }
  return undefined;
};

const late: Attack = async (scene) => {
  const { person, challenge } = await challenged(scene);
  const hour = 3_600_000;
  for (const now of [Date.now() - hour, Date.now() + hour]) {
    if (await gives(scene, challenge, proof(person, challenge, now)))
      return 'a time stamp of another hour was taken';
  }
  return undefined;
};

export const srp: Attacks = {
  'an SRP proof of a wrong password': wrongPassword,
  'an empty SRP signature': withSignature(''),
  'a random SRP signature': withSignature(randomBytes(32).toString('base64')),
  'a short SRP signature': withSignature('AA=='),
  'no SRP signature': withoutSignature,
  'SRP_A of 0': zeroKey(0n),
  'SRP_A of N': zeroKey(N),
  'SRP_A of 2N': zeroKey(2n * N),
  'an SRP proof sent twice': replayed,
  'an SRP proof under the name of another user': ofAnotherUser,
  'an SRP proof at another client': atAnotherClient,
  'an altered SECRET_BLOCK': alteredBlock,
  'an SRP proof with the time of another hour': late,
};
