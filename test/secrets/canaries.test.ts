import assert from 'node:assert/strict';
import { createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Operations } from '../../src/api/cognito-idp.ts';
import { clientProof, clientStart, makeVerifier } from '../../src/crypto/srp.ts';
import { signRequest } from '../../src/iam/sign-request.ts';
import type { Credentials } from '../../src/iam/sign-request.ts';
import { cognitoIdp } from '../../src/operations/cognito-idp/index.ts';
import { factsOf, shapeOf } from '../../src/protocol/facts.ts';
import { cognate, folderOf, server } from '../cli/cognate.ts';
import { ownDevice, verifierConfig } from '../devices.ts';
import { valid } from '../hostile/cases.ts';
import { mailServer } from '../mail-server.ts';
import type { MailServer } from '../mail-server.ts';
import { appCode, seedOf } from '../mfa.ts';
import { hitsIn, needlesFor } from './needles.ts';
import type { Secret } from './needles.ts';

type Name = keyof Operations;
type Output<Operation extends Name> = Partial<Operations[Operation]['output']>;

/** A production server, everything secret that went to it or came from it, and what it told of refusals. */
class Scene {
  readonly url: string;
  readonly secrets = new Map<string, Secret>();
  readonly refusals: string[] = [];
  readonly called = new Set<string>();
  readonly #credentials: Credentials;

  constructor(url: string, credentials: Credentials) {
    this.url = url;
    this.#credentials = credentials;
  }

  /** A password that nobody else has. */
  password(kind: string): string {
    return this.note(kind, `Cn!${randomBytes(12).toString('base64')}+/9`);
  }

  note(kind: string, text: string): string {
    this.secrets.set(text, { kind, text });
    return text;
  }

  noteBytes(kind: string, bytes: Buffer): void {
    const text = bytes.toString('hex');
    this.secrets.set(text, { kind, text, bytes });
  }

  /** Sends a request, and notes what is secret in the answer. A refusal is an answer too. */
  async call<Operation extends Name>(
    operation: Operation,
    input: Operations[Operation]['input'],
  ): Promise<Output<Operation>> {
    this.called.add(operation);
    const body = JSON.stringify(input);
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
    };
    const sent = { method: 'POST', url: `${this.url}/`, headers, body };
    const scope = { service: 'cognito-idp', region: 'us-east-1', now: Date.now() };
    const answer = await fetch(sent.url, { ...sent, headers: signRequest(sent, this.#credentials, scope) });
    const text = await answer.text();
    if (answer.ok) this.#noteAll(JSON.parse(text === '' ? '{}' : text));
    else this.refusals.push(`${JSON.stringify([...answer.headers])} ${text}`);
    return (answer.ok && text !== '' ? JSON.parse(text) : {}) as Output<Operation>;
  }

  #noteAll(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      if (typeof inner !== 'string') this.#noteAll(inner);
      else if (/^(?:.*Token|Session|SECRET_BLOCK|ClientSecret(?:Value)?)$/.test(name) && inner.length > 20)
        this.note(name, inner);
    }
  }
}

const flows = ['USER_PASSWORD', 'USER_SRP', 'ADMIN_USER_PASSWORD', 'USER'] as const;
const email = 'ada@example.com';

/** The number in the next mail. */
async function codeFor(scene: Scene, mail: MailServer): Promise<string> {
  const [, code = ''] = /\b(\d{6})\b/.exec((await mail.next(email)).split('\r\n\r\n').slice(1).join()) ?? [];
  assert.notEqual(code, '');
  return scene.note('code', code);
}

/** Every step that a user and an administrator take, with passwords, codes and tokens of their own. */
async function live(scene: Scene, mail: MailServer, round: number): Promise<void> {
  const { UserPool } = await scene.call('CreateUserPool', {
    PoolName: 'canaries',
    AutoVerifiedAttributes: ['email'],
    Policies: { PasswordPolicy: { MinimumLength: 8, PasswordHistorySize: 3 } },
  });
  const UserPoolId = UserPool?.Id ?? '';
  const { UserPoolClient } = await scene.call('CreateUserPoolClient', {
    UserPoolId,
    ClientName: 'app',
    GenerateSecret: true,
    ExplicitAuthFlows: [...flows.map((flow) => `ALLOW_${flow}_AUTH` as const), 'ALLOW_REFRESH_TOKEN_AUTH'],
  });
  const { ClientId = '', ClientSecret = '' } = UserPoolClient ?? {};
  const more = await scene.call('AddUserPoolClientSecret', { UserPoolId, ClientId });
  await scene.call('DescribeUserPoolClient', { UserPoolId, ClientId });
  await scene.call('ListUserPoolClientSecrets', { UserPoolId, ClientId });
  await providers(scene, UserPoolId);
  await imported(scene, UserPoolId);
  const hashOf = (name: string) =>
    scene.note(
      'SECRET_HASH',
      createHmac('sha256', ClientSecret)
        .update(name + ClientId)
        .digest('base64'),
    );
  const Username = `ada${round}`;
  const SecretHash = hashOf(Username);
  const app = { ClientId, Username, SecretHash };
  const admin = { UserPoolId, Username };

  let password = scene.password('password of SignUp');
  const UserAttributes = [{ Name: 'email', Value: email }];
  await scene.call('SignUp', { ...app, Password: password, UserAttributes });
  await codeFor(scene, mail);
  await scene.call('ResendConfirmationCode', app);
  await scene.call('ConfirmSignUp', { ...app, ConfirmationCode: await codeFor(scene, mail) });

  const byPassword = async (plain: string) => {
    const AuthParameters = { USERNAME: Username, PASSWORD: plain, SECRET_HASH: SecretHash };
    return scene.call('InitiateAuth', { ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters });
  };
  const tokens = async () => {
    const { AuthenticationResult } = await byPassword(password);
    const { AccessToken = '', RefreshToken = '' } = AuthenticationResult ?? {};
    assert.notEqual(AccessToken, '', 'somebody is signed in');
    return { AccessToken, RefreshToken };
  };
  await byPassword(scene.password('wrong password'));
  const { AccessToken, RefreshToken } = await tokens();
  await bySrp(scene, { UserPoolId, ClientId, Username, password, SecretHash });
  await scene.call('AdminInitiateAuth', {
    UserPoolId,
    ClientId,
    AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: Username, PASSWORD: password, SECRET_HASH: SecretHash },
  });
  const choice = await scene.call('InitiateAuth', {
    ClientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME: Username, SECRET_HASH: SecretHash },
  });
  const chosen = { USERNAME: Username, SECRET_HASH: SecretHash, ANSWER: 'PASSWORD', PASSWORD: password };
  const picked = await scene.call('RespondToAuthChallenge', {
    ClientId,
    ChallengeName: 'SELECT_CHALLENGE',
    Session: choice.Session,
    ChallengeResponses: chosen,
  });
  assert.ok(picked.AuthenticationResult);

  await authenticator(scene, UserPoolId, AccessToken);
  const next = scene.password('password of ChangePassword');
  await scene.call('ChangePassword', { AccessToken, PreviousPassword: password, ProposedPassword: next });
  password = next;
  await scene.call('UpdateUserAttributes', { AccessToken, UserAttributes: [{ Name: 'name', Value: 'Ada' }] });
  await scene.call('GetUserAttributeVerificationCode', { AccessToken, AttributeName: 'email' });
  await scene.call('VerifyUserAttribute', {
    AccessToken,
    AttributeName: 'email',
    Code: await codeFor(scene, mail),
  });
  await scene.call('InitiateAuth', {
    ClientId,
    AuthFlow: 'REFRESH_TOKEN_AUTH',
    AuthParameters: { REFRESH_TOKEN: RefreshToken, SECRET_HASH: SecretHash },
  });
  await scene.call('GetTokensFromRefreshToken', { ClientId, ClientSecret, RefreshToken });

  await scene.call('ForgotPassword', app);
  const reset = scene.password('password of ConfirmForgotPassword');
  await scene.call('ConfirmForgotPassword', {
    ...app,
    ConfirmationCode: await codeFor(scene, mail),
    Password: reset,
  });
  password = reset;
  await scene.call('AdminResetUserPassword', admin);
  await codeFor(scene, mail);

  const invited = { UserPoolId, Username: `invited${round}` };
  const temporary = scene.password('temporary password');
  await scene.call('AdminCreateUser', { ...invited, TemporaryPassword: temporary, UserAttributes });
  await mail.next(email);
  const hash = hashOf(invited.Username);
  const asked = await scene.call('InitiateAuth', {
    ClientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: invited.Username, PASSWORD: temporary, SECRET_HASH: hash },
  });
  const own = scene.password('password of NEW_PASSWORD_REQUIRED');
  const done = await scene.call('RespondToAuthChallenge', {
    ClientId,
    ChallengeName: 'NEW_PASSWORD_REQUIRED',
    Session: asked.Session,
    ChallengeResponses: { USERNAME: invited.Username, NEW_PASSWORD: own, SECRET_HASH: hash },
  });
  assert.ok(done.AuthenticationResult);
  password = scene.password('password of AdminSetUserPassword');
  await scene.call('AdminSetUserPassword', { ...admin, Password: password, Permanent: true });
  const last = await tokens();
  await scene.call('RevokeToken', { ClientId, ClientSecret, Token: RefreshToken });
  await scene.call('GlobalSignOut', { AccessToken: last.AccessToken });
  const ClientSecretId = more.ClientSecretDescriptor?.ClientSecretId ?? '';
  await scene.call('DeleteUserPoolClientSecret', { UserPoolId, ClientId, ClientSecretId });
}

/** The seed of an authenticator app. */
async function authenticator(scene: Scene, UserPoolId: string, AccessToken: string): Promise<void> {
  await scene.call('SetUserPoolMfaConfig', {
    UserPoolId,
    MfaConfiguration: 'OPTIONAL',
    SoftwareTokenMfaConfiguration: { Enabled: true },
  });
  const { SecretCode = '' } = await scene.call('AssociateSoftwareToken', { AccessToken });
  scene.note('seed', SecretCode);
  scene.noteBytes('seed', seedOf(SecretCode));
  const UserCode = scene.note('code of the app', appCode(SecretCode, Date.now()));
  const { Status } = await scene.call('VerifySoftwareToken', { AccessToken, UserCode });
  assert.equal(Status, 'SUCCESS');
}

/** How each private key begins in PKCS #8 that is one of RSA (RFC 5208 §5, RFC 8017 §A.1); public ones do not. */
const privateKeyHead = Buffer.from('020100300d06092a864886f70d010101050004', 'hex');

/** A device, and the verifier of the secret that it proves itself with. */
async function device(scene: Scene, round: number): Promise<void> {
  const { UserPool } = await scene.call('CreateUserPool', { PoolName: 'devices', DeviceConfiguration: {} });
  const UserPoolId = UserPool?.Id ?? '';
  const { UserPoolClient } = await scene.call('CreateUserPoolClient', {
    UserPoolId,
    ClientName: 'app',
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
  });
  const [ClientId = '', Username] = [UserPoolClient?.ClientId, `eve${round}`];
  const password = scene.password('password of who has a device');
  await scene.call('AdminCreateUser', { UserPoolId, Username, MessageAction: 'SUPPRESS' });
  await scene.call('AdminSetUserPassword', { UserPoolId, Username, Password: password, Permanent: true });
  const { AuthenticationResult } = await scene.call('InitiateAuth', {
    ClientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: Username, PASSWORD: password },
  });
  const own = ownDevice(AuthenticationResult);
  const DeviceSecretVerifierConfig = verifierConfig(own);
  const verifier = Buffer.from(DeviceSecretVerifierConfig.PasswordVerifier, 'base64');
  scene.noteBytes('verifier of a device', verifier.subarray(1));
  const { AccessToken = '', RefreshToken = '' } = AuthenticationResult ?? {};
  const confirmed = { AccessToken, DeviceKey: own.key, DeviceSecretVerifierConfig };
  assert.equal((await scene.call('ConfirmDevice', confirmed)).UserConfirmationNecessary, false);
  const refreshed = await scene.call('GetTokensFromRefreshToken', {
    ClientId,
    RefreshToken,
    DeviceKey: own.key,
  });
  assert.ok(refreshed.AuthenticationResult);
}

/** Secrets of providers, whose answers show them again. */
async function providers(scene: Scene, UserPoolId: string): Promise<void> {
  const details = () => ({
    client_id: 'our-client',
    client_secret: scene.note('provider secret', `Secret${randomBytes(15).toString('hex')}`),
    authorize_scopes: 'openid email',
  });
  const named = { UserPoolId, ProviderName: 'Google' };
  const ProviderDetails = details();
  const made = await scene.call('CreateIdentityProvider', {
    ...named,
    ProviderType: 'Google',
    ProviderDetails,
  });
  assert.equal(made.IdentityProvider?.ProviderName, 'Google');
  await scene.call('UpdateIdentityProvider', { ...named, ProviderDetails: details() });
  await scene.call('DescribeIdentityProvider', named);
}

/** A user who brings the hash of a password along, and has not signed in. */
async function imported(scene: Scene, UserPoolId: string): Promise<void> {
  const salt = randomBytes(16);
  const digest = pbkdf2Sync(scene.password('imported password'), salt, 1000, 32, 'sha256');
  const [salted, hashed] = [salt, digest].map((bytes) => bytes.toString('base64').replaceAll('=', ''));
  scene.note('imported hash', hashed ?? '');
  const { UserImportJob } = await scene.call('CreateUserImportJob', {
    UserPoolId,
    JobName: 'move in',
    CloudWatchLogsRoleArn: 'arn:aws:iam::123456789012:role/logs',
    PasswordHashingAlgorithm: 'PBKDF2_SHA256',
  });
  const { PreSignedUrl = '', JobId = '' } = UserImportJob ?? {};
  const header = 'cognito:username,cognito:mfa_enabled,email,email_verified,password_hash';
  const body = `${header}\nbob,false,bob@example.com,TRUE,$pbkdf2-sha256$1000$${salted}$${hashed}`;
  assert.equal((await fetch(PreSignedUrl, { method: 'PUT', body })).status, 200);
  await scene.call('StartUserImportJob', { UserPoolId, JobId });
  while ((await scene.call('AdminGetUser', { UserPoolId, Username: 'bob' })).Username === undefined)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

interface BySrp {
  readonly UserPoolId: string;
  readonly ClientId: string;
  readonly Username: string;
  readonly password: string;
  readonly SecretHash: string;
}

async function bySrp(scene: Scene, who: BySrp): Promise<void> {
  const { ClientId, Username, SecretHash: SECRET_HASH } = who;
  const start = clientStart();
  const { ChallengeParameters: parameters = {} } = await scene.call('InitiateAuth', {
    ClientId,
    AuthFlow: 'USER_SRP_AUTH',
    AuthParameters: { USERNAME: Username, SRP_A: start.A, SECRET_HASH },
  });
  const { SALT = '', USER_ID_FOR_SRP = '' } = parameters;
  const salt = Buffer.from(SALT, 'hex');
  scene.noteBytes(
    'verifier of a password',
    makeVerifier(who.UserPoolId, USER_ID_FOR_SRP, who.password, salt),
  );
  const asked = { poolName: who.UserPoolId, password: who.password, parameters, now: Date.now() };
  const ChallengeResponses = { USERNAME: Username, SECRET_HASH, ...clientProof(start, asked) };
  const { AuthenticationResult } = await scene.call('RespondToAuthChallenge', {
    ClientId,
    ChallengeName: 'PASSWORD_VERIFIER',
    ChallengeResponses,
  });
  assert.ok(AuthenticationResult);
}

const facts = factsOf('cognito-idp');

/**
 * Inputs of every operation that is built, in which all that is secret by the facts is a canary, of the right form, too
 * long, or against its pattern. Most are refused.
 */
async function provoke(scene: Scene): Promise<void> {
  const { UserPool } = await scene.call('CreateUserPool', { PoolName: 'provoked' });
  const UserPoolId = UserPool?.Id ?? '';
  const { UserPoolClient } = await scene.call('CreateUserPoolClient', { UserPoolId, ClientName: 'app' });
  const known: Record<string, unknown> = { UserPoolId, ClientId: UserPoolClient?.ClientId };
  // Last, for the pool is theirs.
  const names = (Object.keys(cognitoIdp) as Name[]).toSorted(
    (a, b) => Number(a === 'DeleteUserPool') - Number(b === 'DeleteUserPool'),
  );
  for (const name of names) {
    for (const ending of ['', 'x'.repeat(2100), ' \u00e9']) {
      const shape = facts.operations[name]?.input ?? '';
      const input = withCanaries(scene, name, shape, ending);
      for (const [member, value] of Object.entries(known))
        if (Object.hasOwn(input, member)) input[member] = value;
      await scene.call(name, input);
    }
  }
}

const secretShapes =
  /^(?:PasswordType|SecretCodeType|SecretHashType|SessionType|TokenModelType|ClientSecretType|SoftwareTokenMFAUserCodeType)$/;
const secretParameters = [
  'PASSWORD',
  'SECRET_HASH',
  'REFRESH_TOKEN',
  'NEW_PASSWORD',
  'ANSWER',
  'SMS_MFA_CODE',
];

function withCanaries(
  scene: Scene,
  operation: string,
  shapeName: string,
  ending: string,
): Record<string, unknown> {
  const input = valid(facts, shapeName, false) as Record<string, unknown>;
  const canary = () => {
    const text = `Canary${randomBytes(15).toString('hex')}`;
    return scene.note(`member of ${operation}`, text) + ending;
  };
  for (const [member, { shape }] of Object.entries(shapeOf(facts, shapeName).members ?? {})) {
    if (secretShapes.test(shape)) input[member] = canary();
    if (shape === 'AuthParametersType' || shape === 'ChallengeResponsesType') {
      const parameters = secretParameters.map((name) => [name, canary()]);
      input[member] = { USERNAME: 'nobody', ...Object.fromEntries(parameters) };
    }
  }
  return input;
}

const textOf = async (path: string) => (await fetch(path)).text();

test('SEC-2 no secret is in the files, the log, the metrics, a refusal or a backup, in no form', async (t) => {
  const folder = folderOf(t);
  const mail = await mailServer(t);
  const flags = ['--data', folder];
  const smtp = { COGNATE_SMTP: mail.url, COGNATE_MAIL_FROM: 'no-reply@example.com', COGNATE_FAILURES: '0' };
  const running = await server(t, ['serve', '--port', '0', ...flags], { env: smtp });
  const made = await cognate(['keys', 'create', '--json', ...flags]);
  const key = JSON.parse(made.stdout) as { AccessKeyId: string; SecretAccessKey: string };
  const scene = new Scene(running.url, {
    accessKeyId: key.AccessKeyId,
    secretAccessKey: key.SecretAccessKey,
  });
  scene.note('access key secret', key.SecretAccessKey);
  scene.noteBytes('private key', privateKeyHead);
  for (let round = 0; round < 2; round += 1) {
    await live(scene, mail, round);
    await device(scene, round);
  }
  await provoke(scene);
  assert.deepEqual(
    Object.keys(cognitoIdp).filter((name) => !scene.called.has(name)),
    [],
  );

  const places = new Map<string, Buffer>();
  places.set('metrics', Buffer.from(await textOf(`${running.url}/metrics`)));
  const backup = join(folderOf(t), 'backup.db');
  assert.equal((await cognate(['backup', backup, ...flags])).code, 0);
  places.set('backup', readFileSync(backup));
  places.set('list of keys', Buffer.from((await cognate(['keys', 'list', '--json', ...flags])).stdout));
  if (existsSync(`/proc/${running.pid}/cmdline`))
    places.set('process list', readFileSync(`/proc/${running.pid}/cmdline`));
  const { stdout, stderr } = await running.stop('SIGKILL');
  places.set('log', Buffer.from(stdout + stderr));
  places.set('refusals', Buffer.from(scene.refusals.join('\n')));
  // What a crash leaves behind: the files with their write-ahead logs. The master key is a secret file by itself.
  for (const file of readdirSync(folder)) {
    if (file !== 'master.key') places.set(file, readFileSync(join(folder, file)));
  }
  assert.ok(places.has('cognate.db-wal') && places.has('volatile.db-wal'));
  assert.ok(places.get('log')?.includes('InitiateAuth') && scene.refusals.length > 50);

  const secrets = [...scene.secrets.values()];
  checkCounts(secrets);
  const needles = needlesFor(secrets);
  const hits = [...places].flatMap(([place, content]) => hitsIn(place, content, secrets, needles));
  assert.deepEqual(hits, []);
});

/** Enough of each kind: a kind that no answer bears any more would be looked for in vain. */
function checkCounts(secrets: readonly Secret[]): void {
  assert.ok(secrets.length >= 100, `${secrets.length} canaries`);
  for (const kind of [
    'AccessToken',
    'IdToken',
    'RefreshToken',
    'Session',
    'SECRET_BLOCK',
    'ClientSecret',
    'code',
    'seed',
    'verifier of a password',
    'verifier of a device',
    'imported hash',
  ])
    assert.ok(
      secrets.some((secret) => secret.kind === kind),
      kind,
    );
}

test('SEC-2 the search finds a secret in every form', () => {
  const secrets = [
    { kind: 'token', text: `${'h'.repeat(30)}.${'p'.repeat(30)}.${'s+/='.repeat(10)}` },
    { kind: 'code', text: '123456' },
  ];
  const needles = needlesFor(secrets);
  const find = (text: string) => hitsIn('here', Buffer.from(text), secrets, needles).length > 0;
  for (const { text } of secrets) {
    for (const around of ['', 'a', 'ab', 'abc']) {
      const whole = Buffer.from(`${around}${text}${around}`);
      for (const encoding of ['base64', 'base64url', 'hex'] as const)
        assert.ok(find(`x${whole.toString(encoding)}x`), `${encoding} of ${around}${text}`);
    }
    assert.ok(find(JSON.stringify({ a: text })));
    assert.ok(find(`?a=${encodeURIComponent(text)}&`));
  }
  assert.ok(find('s+/='.repeat(10)), 'a part of a token');
  for (const text of ['1234567', 'a123456', '0.123456', '']) assert.equal(find(text), false, text);
});
