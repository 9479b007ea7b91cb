import { randomBytes, randomUUID } from 'node:crypto';
import type { ChallengeNameType } from '../../src/api/cognito-idp.ts';
import type { Attack, Attacks, Scene } from './scene.ts';
import { NotApplicable, newPassword } from './scene.ts';

/** Sessions that nobody gave out, in the forms that servers give them. */
const invented = (): readonly string[] => [
  randomUUID(),
  `AYABe${randomBytes(900).toString('base64url')}`,
  randomBytes(48).toString('base64'),
  Buffer.from('{"alg":"none"}').toString('base64url') + '.e30.AAAA',
];

/** Answers a challenge that was never set, once with each session and once with none. Says which was believed. */
async function believed(
  { call, pool }: Scene,
  name: ChallengeNameType,
  responses: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  for (const session of [...invented(), undefined]) {
    const answer = await call('RespondToAuthChallenge', {
      ClientId: pool.client,
      ChallengeName: name,
      ...(session === undefined ? {} : { Session: session }),
      ChallengeResponses: responses,
    });
    if (answer.output.AuthenticationResult?.AccessToken !== undefined) {
      return `tokens for ${session === undefined ? 'no session' : `the session ${session.slice(0, 16)}…`}`;
    }
  }
  return undefined;
}

/** Sets a password for somebody who was only invited, without the invitation. */
const newPasswordOfInvited: Attack = async (scene) => {
  const { username } = await scene.person({ invited: true });
  return believed(scene, 'NEW_PASSWORD_REQUIRED', { USERNAME: username, NEW_PASSWORD: newPassword() });
};

/** Sets a new password for somebody who has one. */
const newPasswordOfConfirmed: Attack = async (scene) => {
  const { username } = await scene.person();
  return believed(scene, 'NEW_PASSWORD_REQUIRED', { USERNAME: username, NEW_PASSWORD: newPassword() });
};

const passwordVerifier: Attack = async (scene) => {
  const { username } = await scene.person();
  return believed(scene, 'PASSWORD_VERIFIER', {
    USERNAME: username,
    PASSWORD_CLAIM_SIGNATURE: randomBytes(32).toString('base64'),
    PASSWORD_CLAIM_SECRET_BLOCK: randomBytes(96).toString('base64'),
    TIMESTAMP: 'Tue Mar 3 07:05:09 UTC 2026',
  });
};

/** Answers for a device that was never asked for. */
const device =
  (name: 'DEVICE_SRP_AUTH' | 'DEVICE_PASSWORD_VERIFIER'): Attack =>
  async (scene) => {
    const { username } = await scene.person();
    return believed(scene, name, {
      USERNAME: username,
      DEVICE_KEY: `us-east-1_${randomUUID()}`,
      SRP_A: randomBytes(384).toString('hex'),
      PASSWORD_CLAIM_SIGNATURE: randomBytes(32).toString('base64'),
      PASSWORD_CLAIM_SECRET_BLOCK: randomBytes(96).toString('base64'),
      TIMESTAMP: 'Tue Mar 3 07:05:09 UTC 2026',
    });
  };

/** Answers a factor that was never asked for, with a code that was never sent. */
const factor =
  (name: ChallengeNameType, response: string): Attack =>
  async (scene) => {
    const { username } = await scene.person();
    return believed(scene, name, { USERNAME: username, [response]: '123456' });
  };

const select: Attack = async (scene) => {
  const { username } = await scene.person();
  return believed(scene, 'SELECT_CHALLENGE', {
    USERNAME: username,
    ANSWER: 'PASSWORD',
    PASSWORD: newPassword(),
  });
};

/** The operation of administrators must not believe an invented session either. */
const byAdministrator: Attack = async ({ call, pool, person }) => {
  const { username } = await person({ invited: true });
  for (const Session of invented()) {
    const answer = await call(
      'AdminRespondToAuthChallenge',
      {
        UserPoolId: pool.id,
        ClientId: pool.client,
        ChallengeName: 'NEW_PASSWORD_REQUIRED',
        Session,
        ChallengeResponses: { USERNAME: username, NEW_PASSWORD: newPassword() },
      },
      'administrator',
    );
    if (answer.output.AuthenticationResult?.AccessToken !== undefined)
      return `tokens for ${Session.slice(0, 16)}…`;
  }
  return undefined;
};

const softwareToken: Attack = async ({ call }) => {
  for (const Session of invented()) {
    const { output } = await call('AssociateSoftwareToken', { Session });
    if (output.SecretCode !== undefined) return 'a secret for an authenticator app';
    const { ok } = await call('VerifySoftwareToken', { Session, UserCode: '123456' });
    if (ok) return 'an authenticator app was registered';
  }
  return undefined;
};

/** A true session for a new password, and whom it is for. */
async function trueSession(scene: Scene) {
  const person = await scene.person({ invited: true });
  const { Session, ChallengeName } = await scene.arrange(
    'InitiateAuth',
    {
      ClientId: scene.pool.client,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: person.username, PASSWORD: person.password },
    },
    'nobody',
  );
  if (Session === undefined || ChallengeName !== 'NEW_PASSWORD_REQUIRED') {
    throw new NotApplicable('a temporary password asks for no new one');
  }
  return { person, session: Session };
}

interface Try {
  readonly session: string;
  readonly username: string;
  readonly client?: string;
  readonly name?: ChallengeNameType;
}

async function answered({ call, pool }: Scene, { session, username, client, name }: Try): Promise<boolean> {
  const { output } = await call('RespondToAuthChallenge', {
    ClientId: client ?? pool.client,
    ChallengeName: name ?? 'NEW_PASSWORD_REQUIRED',
    Session: session,
    ChallengeResponses: {
      USERNAME: username,
      NEW_PASSWORD: newPassword(),
      SMS_MFA_CODE: '123456',
      SOFTWARE_TOKEN_MFA_CODE: '123456',
    },
  });
  return output.AuthenticationResult?.AccessToken !== undefined;
}

/** Begins as one user and ends as another. */
const ofAnotherUser: Attack = async (scene) => {
  const { session, person } = await trueSession(scene);
  const victim = await scene.person({ invited: true });
  if (!(await answered(scene, { session, username: victim.username }))) return undefined;
  const asVictim = await scene.call('InitiateAuth', {
    ClientId: scene.pool.client,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: victim.username, PASSWORD: victim.password },
  });
  // The name may have been left unread: then the session served whom it was made for.
  if (asVictim.output.ChallengeName === 'NEW_PASSWORD_REQUIRED') return undefined;
  return `the session of ${person.username} set the password of ${victim.username}`;
};

const twice: Attack = async (scene) => {
  const { session, person } = await trueSession(scene);
  const { username } = person;
  if (!(await answered(scene, { session, username }))) throw new NotApplicable('a true session is refused');
  return (await answered(scene, { session, username })) ? 'a spent session set another password' : undefined;
};

const elsewhere =
  (place: (scene: Scene) => Partial<Try>, told: string): Attack =>
  async (scene) => {
    const { session, person } = await trueSession(scene);
    const attempt = { session, username: person.username, ...place(scene) };
    return (await answered(scene, attempt)) ? told : undefined;
  };

const altered: Attack = async (scene) => {
  const { session, person } = await trueSession(scene);
  const { username } = person;
  const flipped = (at: number) =>
    session.slice(0, at) + (session[at] === 'A' ? 'B' : 'A') + session.slice(at + 1);
  const spellings = [
    flipped(0),
    flipped(Math.floor(session.length / 2)),
    flipped(session.length - 1),
    session.slice(0, -1),
    session.slice(0, -8),
    `${session}A`,
    `${session}${session}`,
  ];
  for (const spelling of spellings) {
    if (await answered(scene, { session: spelling, username })) return `${spelling.slice(0, 16)}… was taken`;
  }
  return undefined;
};

export const inventedSessions: Attacks = {
  'an invented session sets the password of somebody invited': newPasswordOfInvited,
  'an invented session sets the password of somebody confirmed': newPasswordOfConfirmed,
  'an invented session answers PASSWORD_VERIFIER': passwordVerifier,
  'an invented session answers SMS_MFA': factor('SMS_MFA', 'SMS_MFA_CODE'),
  'an invented session answers SOFTWARE_TOKEN_MFA': factor('SOFTWARE_TOKEN_MFA', 'SOFTWARE_TOKEN_MFA_CODE'),
  'an invented session answers EMAIL_OTP': factor('EMAIL_OTP', 'EMAIL_OTP_CODE'),
  'an invented session answers CUSTOM_CHALLENGE': factor('CUSTOM_CHALLENGE', 'ANSWER'),
  'an invented session answers MFA_SETUP': factor('MFA_SETUP', 'SOFTWARE_TOKEN_MFA_CODE'),
  'an invented session answers DEVICE_SRP_AUTH': device('DEVICE_SRP_AUTH'),
  'an invented session answers DEVICE_PASSWORD_VERIFIER': device('DEVICE_PASSWORD_VERIFIER'),
  'an invented session answers SELECT_CHALLENGE': select,
  'an invented session answers AdminRespondToAuthChallenge': byAdministrator,
  'an invented session registers an authenticator app': softwareToken,
  'the session of one user serves another': ofAnotherUser,
  'a session serves twice': twice,
  'a session serves another client': elsewhere(
    ({ pool }) => ({ client: pool.otherClient }),
    'tokens at another client',
  ),
  'a session serves another pool': elsewhere(
    ({ otherPool }) => ({ client: otherPool.client }),
    'tokens at another pool',
  ),
  'a session skips to another challenge': elsewhere(
    () => ({ name: 'SMS_MFA' }),
    'tokens without the new password',
  ),
  'an altered session serves': altered,
};
