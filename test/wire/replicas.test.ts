import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import {
  CognitoIdentityProvider,
  OperationNotEnabledException,
  ResourceNotFoundException,
} from '@aws-sdk/client-cognito-identity-provider';
import type { CreateUserPoolClientRequest, CreateUserPoolRequest } from '../../src/api/cognito-idp.ts';
import { functionHome } from '../functions.ts';
import type { Functions } from '../functions.ts';
import { mfaConfig, ownMail } from '../mfa.ts';
import { inviteUser, makeUser, password, temporary } from '../sign-in.ts';

const KeyConfiguration = {
  KeyType: 'CUSTOMER_MANAGED_KEY',
  KmsKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/mrk-0123456789abcdef',
} as const;
const [primary, secondary, elsewhere] = ['us-east-1', 'eu-west-1', 'ap-south-1'] as const;

const client: Partial<CreateUserPoolClientRequest> = {
  ExplicitAuthFlows: [
    'ALLOW_USER_PASSWORD_AUTH',
    'ALLOW_REFRESH_TOKEN_AUTH',
    'ALLOW_ADMIN_USER_PASSWORD_AUTH',
    'ALLOW_USER_AUTH',
  ],
};

/** Codes to addresses are a way to sign in. */
const withCodes: Partial<CreateUserPoolRequest> = {
  AutoVerifiedAttributes: ['email'],
  Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
};

/** A pool with the user ada and a replica, and SDK clients that reach the server as they reach AWS, by region. */
async function scene(
  t: TestContext,
  functions: Functions = {},
  settings: Partial<CreateUserPoolRequest> = {},
) {
  const server = await functionHome(t, functions, { pool: { KeyConfiguration, ...settings }, client });
  const { call, home, url } = server;
  await makeUser(call, home);
  const lookup: NonNullable<ConstructorParameters<typeof Agent>[0]>['lookup'] = (_host, _options, done) =>
    done(null, [{ address: '127.0.0.1', family: 4 }]);
  const httpAgent = new Agent({ lookup });
  t.after(() => httpAgent.destroy());
  const idp = (region: string) => {
    const made = new CognitoIdentityProvider({
      region,
      endpoint: `http://cognito-idp.${region}.amazonaws.com:${new URL(url).port}`,
      requestHandler: { httpAgent },
      credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
      maxAttempts: 1,
    });
    t.after(() => made.destroy());
    return made;
  };
  const there = idp(secondary);
  const here = idp(primary);
  const UserPoolId = home.poolId;
  const pool = { UserPoolId };
  await here.createUserPoolReplica({ ...pool, RegionName: secondary, UserPoolTags: { at: 'eu' } });
  const set = (Status: 'ACTIVE' | 'INACTIVE', from = here) =>
    from.updateUserPoolReplica({ ...pool, RegionName: secondary, Status });
  const signIn = (from: CognitoIdentityProvider, PASSWORD = password, USERNAME = 'ada') =>
    from.initiateAuth({
      ClientId: home.clientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME, PASSWORD },
    });
  return { ...server, pool, here, there, idp, set, signIn };
}

test('a secondary region serves sign-in and reading while it is active, and what changes users never', async (t) => {
  const { here, there, idp, pool, home, set, signIn, call } = await scene(t);
  const user = { ...pool, Username: 'ada' };
  const { clientId: ClientId } = home;

  // While it is inactive: its own configuration alone.
  await assert.rejects(signIn(there), ResourceNotFoundException);
  await assert.rejects(there.adminGetUser(user), ResourceNotFoundException);
  await assert.rejects(there.adminCreateUser({ ...pool, Username: 'bob' }), ResourceNotFoundException);
  assert.equal((await there.describeUserPool(pool)).UserPool?.Arn?.split(':')[3], secondary);
  const listed = async (from: CognitoIdentityProvider) =>
    (await from.listUserPools({ MaxResults: 10 })).UserPools?.map(({ Id, ReplicaRegions }) => [
      Id,
      ReplicaRegions,
    ]);
  assert.deepEqual(await listed(here), [[home.poolId, [secondary]]]);
  assert.deepEqual(await listed(there), [[home.poolId, [primary]]]);
  assert.deepEqual(await listed(idp(elsewhere)), []);
  await set('ACTIVE', there);

  const { AuthenticationResult: tokens = {} } = await signIn(there);
  const { AccessToken, RefreshToken } = tokens;
  assert.equal((await there.getUser({ AccessToken })).Username, 'ada');
  assert.equal((await here.getUser({ AccessToken })).Username, 'ada');
  assert.ok((await there.getTokensFromRefreshToken({ ClientId, RefreshToken })).AuthenticationResult);
  assert.ok((await there.adminGetUser(user)).UserCreateDate);
  const asAdmin = await there.adminInitiateAuth({
    ...pool,
    ClientId,
    AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: 'ada', PASSWORD: password },
  });
  assert.ok(asAdmin.AuthenticationResult);

  const Attributes = [{ Name: 'name', Value: 'Ada' }];
  const refused: Record<string, () => Promise<unknown>> = {
    AdminCreateUser: () => there.adminCreateUser({ ...pool, Username: 'bob' }),
    AdminDeleteUser: () => there.adminDeleteUser(user),
    AdminSetUserPassword: () => there.adminSetUserPassword({ ...user, Password: 'Another-horse-1' }),
    AdminUpdateUserAttributes: () => there.adminUpdateUserAttributes({ ...user, UserAttributes: Attributes }),
    ChangePassword: () => there.changePassword({ AccessToken, ProposedPassword: 'Another-horse-1' }),
    CreateGroup: () => there.createGroup({ ...pool, GroupName: 'g' }),
    CreateUserPoolClient: () => there.createUserPoolClient({ ...pool, ClientName: 'c' }),
    DeleteUser: () => there.deleteUser({ AccessToken }),
    DeleteUserPool: () => there.deleteUserPool(pool),
    DeleteUserPoolReplica: () => there.deleteUserPoolReplica({ ...pool, RegionName: secondary }),
    ForgotPassword: () => there.forgotPassword({ ClientId, Username: 'ada' }),
    SetUserPoolMfaConfig: () => there.setUserPoolMfaConfig({ ...pool, MfaConfiguration: 'OFF' }),
    SignUp: () => there.signUp({ ClientId, Username: 'bob', Password: password }),
    UpdateUserAttributes: () => there.updateUserAttributes({ AccessToken, UserAttributes: Attributes }),
    AssociateSoftwareToken: () => there.associateSoftwareToken({ AccessToken }),
  };
  for (const [operation, attempt] of Object.entries(refused)) {
    await assert.rejects(attempt, (error: unknown) => {
      assert.ok(error instanceof OperationNotEnabledException, `${operation}: ${String(error)}`);
      assert.equal(error.message, `${operation} is not enabled in a secondary region of the user pool.`);
      return true;
    });
  }
  await inviteUser(call, home.poolId, 'bob');
  await assert.rejects(signIn(there, temporary, 'bob'), OperationNotEnabledException);
  const { ChallengeName, Session } = await signIn(here, temporary, 'bob');
  assert.equal(ChallengeName, 'NEW_PASSWORD_REQUIRED');
  const ChallengeResponses = { USERNAME: 'bob', NEW_PASSWORD: password };
  const chosen = { ClientId, ChallengeName, Session, ChallengeResponses };
  await assert.rejects(there.respondToAuthChallenge(chosen), OperationNotEnabledException);
  assert.ok((await here.respondToAuthChallenge(chosen)).AuthenticationResult);

  // In a third region it is not.
  const third = idp(elsewhere);
  await assert.rejects(signIn(third), ResourceNotFoundException);
  await assert.rejects(third.describeUserPool(pool), ResourceNotFoundException);
  await assert.rejects(third.getUser({ AccessToken }), { name: 'NotAuthorizedException' });

  await there.globalSignOut({ AccessToken });
  await assert.rejects(here.getUser({ AccessToken }), { message: 'Access Token has been revoked' });

  await set('INACTIVE');
  await assert.rejects(signIn(there), ResourceNotFoundException);
  await here.deleteUserPoolReplica({ ...pool, RegionName: secondary });
  await assert.rejects(there.describeUserPool(pool), ResourceNotFoundException);
  assert.deepEqual(await listed(there), []);
});

test('a sign-up is not confirmed by signing in at a secondary region', async (t) => {
  const { here, there, pool, home, set, call, inbox } = await scene(t, {}, withCodes);
  await set('ACTIVE');
  const { clientId: ClientId } = home;
  const UserAttributes = [{ Name: 'email', Value: 'new@example.com' }];
  await call('SignUp', { ClientId, Username: 'new', Password: password, UserAttributes });
  const byCode = async (from: CognitoIdentityProvider) => {
    const { Session } = await from.initiateAuth({
      ClientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME: 'new', PREFERRED_CHALLENGE: 'EMAIL_OTP' },
    });
    const EMAIL_OTP_CODE = inbox.list('new@example.com').at(-1)?.code ?? '';
    const ChallengeResponses = { USERNAME: 'new', EMAIL_OTP_CODE };
    return from.respondToAuthChallenge({ ClientId, ChallengeName: 'EMAIL_OTP', Session, ChallengeResponses });
  };
  const sent = t.mock.method(inbox, 'send');
  await assert.rejects(byCode(there), { name: 'UserNotConfirmedException' });
  assert.equal((await here.adminGetUser({ ...pool, Username: 'new' })).UserStatus, 'UNCONFIRMED');
  assert.ok((await byCode(here)).AuthenticationResult);
  // Each goes by SES of the region that sends it.
  const regions = sent.mock.calls.map(({ arguments: [message] }) => message.mail?.region);
  assert.deepEqual(regions, [secondary, primary]);
});

test('an address that becomes a factor is taken in the region of the pool alone', async (t) => {
  const { here, there, pool, home, set, call, inbox } = await scene(
    t,
    {},
    {
      ...ownMail,
      AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'admin_only', Priority: 1 }] },
    },
  );
  await set('ACTIVE');
  await call('SetUserPoolMfaConfig', { ...pool, ...mfaConfig('ON', ['EMAIL_OTP']) });
  const begun = await here.initiateAuth({
    ClientId: home.clientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: 'ada', PASSWORD: password },
  });
  const respond = (from: CognitoIdentityProvider, name: 'MFA_SETUP' | 'EMAIL_OTP', Session = '', more = {}) =>
    from.respondToAuthChallenge({
      ClientId: home.clientId,
      ChallengeName: name,
      Session,
      ChallengeResponses: { USERNAME: 'ada', ...more },
    });
  const { Session } = await respond(here, 'MFA_SETUP', begun.Session, { EMAIL: 'ada@example.com' });
  const EMAIL_OTP_CODE = inbox.list('ada@example.com').at(-1)?.code ?? '';
  await assert.rejects(
    respond(there, 'EMAIL_OTP', Session, { EMAIL_OTP_CODE }),
    OperationNotEnabledException,
  );
  assert.ok((await respond(here, 'EMAIL_OTP', Session, { EMAIL_OTP_CODE })).AuthenticationResult);
});

test('a secondary region has functions, senders and tags of its own, and no other settings', async (t) => {
  const asked: string[] = [];
  const { here, there, pool, set, signIn } = await scene(t, {
    PreAuthentication: ({ region }) => {
      asked.push(region);
      return {};
    },
  });
  await set('ACTIVE');
  // The same functions as in the primary until it is given others.
  await signIn(there);
  assert.deepEqual(asked, [secondary]);

  const before = (await here.describeUserPool(pool)).UserPool;
  const EmailConfiguration = {
    EmailSendingAccount: 'DEVELOPER',
    SourceArn: `arn:aws:ses:${secondary}:000000000000:identity/example.com`,
  } as const;
  await there.updateUserPool({ ...pool, EmailConfiguration, UserPoolTags: { at: 'eu', of: 'us' } });
  const shown = (await there.describeUserPool(pool)).UserPool;
  assert.deepEqual(shown?.EmailConfiguration, EmailConfiguration);
  assert.deepEqual(shown?.UserPoolTags, { at: 'eu', of: 'us' });
  assert.deepEqual(shown?.LambdaConfig, {});
  assert.deepEqual(shown?.Policies, before?.Policies);
  await signIn(there);
  assert.deepEqual(asked, [secondary]);
  await signIn(here);
  assert.deepEqual(asked, [secondary, primary]);

  const { LastModifiedDate: _was, ...same } = before ?? {};
  const { LastModifiedDate: _is, ...now } = (await here.describeUserPool(pool)).UserPool ?? {};
  assert.deepEqual(now, same);

  const others = [
    { DeletionProtection: 'ACTIVE' },
    { IssuerConfiguration: { Type: 'UPDATED' } },
    { KeyConfiguration: { KeyType: 'AWS_OWNED_KEY' } },
    { PoolName: 'another' },
    { AutoVerifiedAttributes: ['email'] },
  ] as const;
  for (const other of others) {
    const change = there.updateUserPool({ ...pool, ...structuredClone(other) } as { UserPoolId: string });
    await assert.rejects(change, OperationNotEnabledException, JSON.stringify(other));
  }
  // What matches may be given.
  await there.updateUserPool({ ...pool, KeyConfiguration, DeletionProtection: 'INACTIVE' });

  const ResourceArn = shown?.Arn ?? '';
  await there.tagResource({ ResourceArn, Tags: { a: 'b' } });
  assert.deepEqual((await there.listTagsForResource({ ResourceArn })).Tags, { a: 'b', at: 'eu', of: 'us' });
  const atHome = before?.Arn ?? '';
  assert.deepEqual((await here.listTagsForResource({ ResourceArn: atHome })).Tags, {});
  await assert.rejects(there.listTagsForResource({ ResourceArn: atHome }), ResourceNotFoundException);

  const logsIn = (region: string) => ({
    ...pool,
    LogConfigurations: [
      {
        LogLevel: 'ERROR' as const,
        EventSource: 'userNotification' as const,
        CloudWatchLogsConfiguration: { LogGroupArn: `arn:aws:logs:${region}:000000000000:log-group:x` },
      },
    ],
  });
  await there.setLogDeliveryConfiguration(logsIn(secondary));
  const logs = async (from: CognitoIdentityProvider) =>
    (await from.getLogDeliveryConfiguration(pool)).LogDeliveryConfiguration?.LogConfigurations?.length;
  assert.deepEqual([await logs(here), await logs(there)], [0, 1]);
  // A later replica in the region has nothing of the one before.
  const replica = { ...pool, RegionName: secondary };
  await here.updateUserPoolReplica({ ...replica, Status: 'INACTIVE' });
  await here.deleteUserPoolReplica(replica);
  await here.createUserPoolReplica(replica);
  assert.deepEqual([await logs(here), await logs(there)], [0, 0]);
});

test('nobody migrates into a secondary region', async (t) => {
  const asked: string[] = [];
  const { here, there, set, signIn } = await scene(t, {
    UserMigration: ({ region }) => {
      asked.push(region);
      return { userAttributes: { name: 'Eve' }, finalUserStatus: 'CONFIRMED', messageAction: 'SUPPRESS' };
    },
  });
  await set('ACTIVE');
  await assert.rejects(signIn(there, password, 'eve'), { name: 'UserNotFoundException' });
  assert.deepEqual(asked, []);
  assert.ok((await signIn(here, password, 'eve')).AuthenticationResult);
  assert.ok((await signIn(there, password, 'eve')).AuthenticationResult);
  assert.deepEqual(asked, [primary]);
});

test('a request that names no region is served as the primary serves it', async (t) => {
  const { call, home, set } = await scene(t);
  await set('ACTIVE');
  const { AuthenticationResult } = await call(
    'InitiateAuth',
    {
      ClientId: home.clientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ada', PASSWORD: password },
    },
    { signed: false },
  );
  const UserAttributes = [{ Name: 'name', Value: 'Ada' }];
  const AccessToken = AuthenticationResult?.AccessToken ?? '';
  assert.ok(await call('UpdateUserAttributes', { AccessToken, UserAttributes }, { signed: false }));
});

test('a custom domain fails over to a region where the pool is, and is described there', async (t) => {
  const { here, there, pool } = await scene(t);
  const custom = {
    ...pool,
    Domain: 'auth.example.com',
    CustomDomainConfig: { CertificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/1' },
  };
  const routing = (SecondaryRegion: string) => ({
    Routing: { Failover: { SecondaryRegion, PrimaryRoute53HealthCheckId: '1' } },
  });
  await assert.rejects(here.createUserPoolDomain({ ...custom, ...routing(elsewhere) }), {
    name: 'InvalidParameterException',
    message: `The user pool has no replica in the failover region ${elsewhere}.`,
  });
  await here.createUserPoolDomain(custom);
  const { Domain } = custom;
  const shown = async () => (await there.describeUserPoolDomain({ Domain })).DomainDescription?.UserPoolId;
  assert.equal(await shown(), undefined);
  await here.updateUserPoolDomain({ ...custom, ...routing(secondary) });
  assert.equal(await shown(), pool.UserPoolId);
});
