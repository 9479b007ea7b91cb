import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../errors.ts';
import type { ServiceName } from './facts.ts';
import { factsOf } from './facts.ts';
import { compileReader } from './validate.ts';

function read(service: ServiceName, operation: string, input: unknown): object {
  const facts = factsOf(service);
  return compileReader(facts, facts.operations[operation]?.input ?? '')(input);
}

const word = String.raw`[\p{L}\p{M}\p{S}\p{N}\p{P}]+`;
const pool = { UserPoolId: 'us-east-1_abc' };

interface Refusal {
  readonly name: string;
  readonly service?: ServiceName;
  readonly operation: string;
  readonly input: unknown;
  readonly code?: string;
  readonly message: string;
}

const refusals: Refusal[] = [
  {
    name: 'a missing member',
    operation: 'InitiateAuth',
    input: { AuthFlow: 'USER_PASSWORD_AUTH' },
    message:
      "1 validation error detected: Value null at 'clientId' failed to satisfy constraint: Member must not be null",
  },
  {
    name: 'a client id that breaks its pattern, which is repeated although the facts call it sensitive',
    operation: 'InitiateAuth',
    input: { AuthFlow: 'USER_PASSWORD_AUTH', ClientId: 'ap-northeast-1_xxx' },
    message:
      "1 validation error detected: Value 'ap-northeast-1_xxx' at 'clientId' failed to satisfy constraint: " +
      String.raw`Member must satisfy regular expression pattern: [\w+]+`,
  },
  {
    name: 'an empty user name and a password too long: four violations, password first, length before pattern',
    operation: 'SignUp',
    input: { ClientId: 'client1', Username: '', Password: ' '.repeat(257) },
    message:
      "4 validation errors detected: Value at 'password' failed to satisfy constraint: " +
      "Member must have length less than or equal to 256; Value at 'password' failed to satisfy constraint: " +
      String.raw`Member must satisfy regular expression pattern: ^[\S]+.*[\S]+$; ` +
      "Value at 'username' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
      `Value at 'username' failed to satisfy constraint: Member must satisfy regular expression pattern: ${word}`,
  },
  {
    name: 'an attribute without a name',
    operation: 'SignUp',
    input: {
      ClientId: 'client1',
      Username: 'ada',
      Password: 'secret1',
      UserAttributes: [{ Name: 'email' }, {}],
    },
    message:
      "1 validation error detected: Value null at 'userAttributes.2.member.name' failed to satisfy constraint: " +
      'Member must not be null',
  },
  {
    name: 'an attribute value too long, which is not repeated',
    operation: 'SignUp',
    input: { ClientId: 'c', Username: 'ada', UserAttributes: [{ Name: 'name', Value: 'x'.repeat(2049) }] },
    message:
      "1 validation error detected: Value at 'userAttributes.1.member.value' failed to satisfy constraint: " +
      'Member must have length less than or equal to 2048',
  },
  {
    name: 'an unknown enumeration value in a list, with the set as the service prints it',
    operation: 'CreateUserPoolClient',
    input: { ...pool, ClientName: 'web', AllowedOAuthFlows: ['code', 'token'] },
    message:
      "1 validation error detected: Value '[code, token]' at 'allowedOAuthFlows' failed to satisfy constraint: " +
      'Member must satisfy constraint: [Member must satisfy enum value set: [implicit, client_credentials, code]]',
  },
  {
    name: 'an enumeration value in the wrong case',
    operation: 'AdminCreateUser',
    input: { ...pool, Username: 'ada', MessageAction: 'resend' },
    message:
      "1 validation error detected: Value 'resend' at 'messageAction' failed to satisfy constraint: " +
      'Member must satisfy enum value set: [RESEND, SUPPRESS]',
  },
  {
    name: 'numbers under and over their bounds',
    operation: 'CreateUserPoolClient',
    input: { ...pool, ClientName: 'web', AuthSessionValidity: 2, RefreshTokenValidity: 315_360_001 },
    message:
      "2 validation errors detected: Value '2' at 'authSessionValidity' failed to satisfy constraint: " +
      "Member must have value greater than or equal to 3; Value '315360001' at 'refreshTokenValidity' failed to " +
      'satisfy constraint: Member must have value less than or equal to 315360000',
  },
  {
    name: 'messages of an invitation, under the names that the service has for them',
    operation: 'CreateUserPool',
    input: {
      PoolName: 'pool',
      AdminCreateUserConfig: { InviteMessageTemplate: { SMSMessage: 'a', EmailMessage: 'b' } },
    },
    message:
      "2 validation errors detected: Value 'b' at 'adminCreateUserConfig.inviteMessage.emailMessage' failed to satisfy " +
      "constraint: Member must have length greater than or equal to 6; Value 'a' at " +
      "'adminCreateUserConfig.inviteMessage.smsMessage' failed to satisfy constraint: " +
      'Member must have length greater than or equal to 6',
  },
  {
    name: 'a page size that must be given',
    operation: 'ListResourceServers',
    input: pool,
    message:
      "1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: " +
      'Member must have value greater than or equal to 1',
  },
  {
    name: 'a page size that must be given, in the model too',
    operation: 'ListUserPools',
    input: {},
    message:
      "1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: " +
      'Member must have value greater than or equal to 1',
  },
  {
    name: 'too few items',
    operation: 'AddCustomAttributes',
    input: { ...pool, CustomAttributes: [] },
    message:
      "1 validation error detected: Value '[]' at 'customAttributes' failed to satisfy constraint: " +
      'Member must have length greater than or equal to 1',
  },
  {
    name: 'a map value that must not be repeated, in the type of identity pools',
    service: 'cognito-identity',
    operation: 'GetId',
    input: { IdentityPoolId: 'us-east-1:ab-1', Logins: { provider: '' } },
    code: 'ValidationException',
    message:
      "1 validation error detected: Value at 'logins' failed to satisfy constraint: Map value must satisfy constraint: " +
      '[Member must have length less than or equal to 50000, Member must have length greater than or equal to 1]',
  },
  {
    name: 'a map key',
    service: 'cognito-identity',
    operation: 'SetIdentityPoolRoles',
    input: { IdentityPoolId: 'us-east-1:ab-1', Roles: { guest: `arn:aws:iam::123456789012:role/guest` } },
    code: 'ValidationException',
    message:
      "1 validation error detected: Value '{guest=arn:aws:iam::123456789012:role/guest}' at 'roles' failed to satisfy " +
      'constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128, ' +
      'Member must have length greater than or equal to 1, ' +
      'Member must satisfy regular expression pattern: (un)?authenticated]',
  },
  {
    name: 'a member of a structure in a map',
    service: 'cognito-identity',
    operation: 'SetIdentityPoolRoles',
    input: { IdentityPoolId: 'us-east-1:ab-1', Roles: {}, RoleMappings: { idp: {} } },
    code: 'ValidationException',
    message:
      "1 validation error detected: Value null at 'roleMappings.idp.member.type' failed to satisfy constraint: " +
      'Member must not be null',
  },
  {
    name: 'a wrong kind before anything else',
    operation: 'SignUp',
    input: { ClientId: 'client1', Username: 7, Password: '' },
    code: 'SerializationException',
    message: 'Expected string or null',
  },
  {
    name: 'a text in place of a list',
    operation: 'SetLogDeliveryConfiguration',
    input: { ...pool, LogConfigurations: 'none' },
    code: 'SerializationException',
    message: 'Unexpected field type',
  },
  {
    name: 'numbers in a list of structures',
    operation: 'SetLogDeliveryConfiguration',
    input: { ...pool, LogConfigurations: [1, 2] },
    code: 'SerializationException',
    message: 'Unexpected value type in payload',
  },
  {
    name: 'the modes of MFA in the order of the service',
    operation: 'SetUserPoolMfaConfig',
    input: { ...pool, MfaConfiguration: 'SOMETIMES' },
    message:
      "1 validation error detected: Value 'SOMETIMES' at 'mfaConfiguration' failed to satisfy constraint: " +
      'Member must satisfy enum value set: [OPTIONAL, OFF, ON]',
  },
  {
    name: 'the sources of logs in the order of the service',
    operation: 'SetLogDeliveryConfiguration',
    input: { ...pool, LogConfigurations: [{ LogLevel: 'INFO', EventSource: 'mails' }] },
    message:
      "1 validation error detected: Value 'mails' at 'logConfigurations.1.member.eventSource' failed to satisfy " +
      'constraint: Member must satisfy enum value set: [userAuthEvents, userNotification]',
  },
  {
    name: 'a lone surrogate',
    operation: 'AdminGetUser',
    input: { ...pool, Username: 'a\ud800' },
    code: 'SerializationException',
    message: 'Strings must be well-formed Unicode without the null character',
  },
];
for (const { name, service = 'cognito-idp', operation, input, message, ...rest } of refusals) {
  test(`validation tells ${name}`, () => {
    const { code = 'InvalidParameterException' } = rest;
    assert.throws(
      () => read(service, operation, input),
      (error) => {
        assert.ok(error instanceof ApiError);
        assert.deepEqual({ code: error.code, message: error.message }, { code, message });
        return true;
      },
    );
  });
}

test('lengths are counted in code points', () => {
  const user = (Username: string) => () => read('cognito-idp', 'AdminGetUser', { ...pool, Username });
  assert.doesNotThrow(user('😀'.repeat(128)));
  assert.throws(user('😀'.repeat(129)), /length less than or equal to 128/);
});

test('a password may hold blanks inside, not at its ends', () => {
  const signUp = (Password: string) => () =>
    read('cognito-idp', 'SignUp', { ClientId: 'c', Username: 'ada', Password });
  assert.doesNotThrow(signUp('correct horse'));
  for (const password of [' leading', 'trailing ', 'x', 'a\nb']) assert.throws(signUp(password), /pattern/);
});

test('IN-5 the copy holds known members and own keys only, and has no prototype', () => {
  const body = JSON.parse(
    '{"UserPoolId":"us-east-1_abc","Username":"ada","__proto__":{"admin":true},"constructor":{},"Unknown":1,' +
      '"ClientMetadata":{"__proto__":"p","constructor":"c","gone":null}}',
  ) as unknown;
  const copy = read('cognito-idp', 'AdminCreateUser', body) as { ClientMetadata: object };
  assert.equal(Object.getPrototypeOf(copy), null);
  assert.deepEqual(Object.keys(copy).sort(), ['ClientMetadata', 'UserPoolId', 'Username']);
  assert.equal(Object.getPrototypeOf(copy.ClientMetadata), null);
  assert.deepEqual(Object.entries(copy.ClientMetadata), [
    ['__proto__', 'p'],
    ['constructor', 'c'],
  ]);
  assert.equal(Reflect.get({}, 'admin'), undefined);
});

test('timestamps come as seconds or as text, blobs as base64, fractions of whole numbers are cut', () => {
  const patch = (DeviceLastModifiedDate: unknown, SyncCount: unknown = 1) => {
    const input = {
      IdentityPoolId: 'us-east-1:ab-1',
      IdentityId: 'us-east-1:cd-2',
      DatasetName: 'd',
      SyncSessionToken: 't',
      RecordPatches: [{ Op: 'replace', Key: 'k', SyncCount, DeviceLastModifiedDate }],
    };
    const { RecordPatches } = read('cognito-sync', 'UpdateRecords', input) as {
      RecordPatches: { DeviceLastModifiedDate: Date; SyncCount: number }[];
    };
    return RecordPatches[0];
  };
  assert.equal(patch(1548099495.428)?.DeviceLastModifiedDate.toISOString(), '2019-01-21T19:38:15.428Z');
  assert.equal(patch('2019-01-21T19:38:15Z')?.DeviceLastModifiedDate.getTime(), 1_548_099_495_000);
  assert.equal(patch(0, 7.9)?.SyncCount, 7);
  for (const wrong of ['soon', true, 1e300]) assert.throws(() => patch(wrong), /Expected timestamp or null/);
  assert.throws(() => patch(0, 1e300), /Expected number or null/);
  const image = (ImageFile: string) => () =>
    read('cognito-idp', 'SetUICustomization', { ...pool, ImageFile });
  assert.throws(image('a'), /Expected base64 or null/);
  assert.throws(image('!!!!'), /Expected base64 or null/);
  assert.doesNotThrow(image('aGk='));
});

test('booleans come as such or as the words that the service takes for them', () => {
  const taken = (Permanent: unknown) => {
    const input = { ...pool, Username: 'ada', Password: 'Passw0rd!', Permanent };
    return (read('cognito-idp', 'AdminSetUserPassword', input) as { Permanent?: boolean }).Permanent;
  };
  assert.deepEqual([true, false, 'true', 'yes', 'false'].map(taken), [true, false, true, true, false]);
  for (const wrong of ['', 'no', 1, 0, {}, []]) assert.throws(() => taken(wrong), /Expected boolean or null/);
  assert.equal(taken(null), undefined);
});

test('a document is taken whole, as an object without prototype; what is no object is refused', () => {
  const given = JSON.parse('{"id":"a","deep":[{"__proto__":{"admin":true}}],"none":null}') as object;
  const { Credential } = read('cognito-idp', 'CompleteWebAuthnRegistration', {
    AccessToken: 'a.b.c',
    Credential: given,
  }) as { Credential: { deep: readonly object[] } };
  assert.equal(JSON.stringify(Credential), JSON.stringify(given));
  assert.equal('admin' in (Credential.deep[0] ?? {}), false);
  for (const wrong of ['{}', 1, [], true]) {
    const input = { AccessToken: 'a.b.c', Credential: wrong };
    assert.throws(() => read('cognito-idp', 'CompleteWebAuthnRegistration', input), {
      code: 'SerializationException',
    });
  }
});

test('in production no name of a client pins an id', () => {
  const input = { UserPoolId: 'us-east-1_abc', ClientName: '_custom_id_:mine' };
  const facts = factsOf('cognito-idp');
  for (const shape of ['CreateUserPoolClientRequest', 'UpdateUserPoolClientRequest']) {
    const given = { ...input, ClientId: 'mine' };
    assert.throws(() => compileReader(facts, shape)(given), {
      code: 'InvalidParameterException',
      message:
        "1 validation error detected: Value '_custom_id_:mine' at 'clientName' failed to satisfy constraint: " +
        String.raw`Member must satisfy regular expression pattern: [\w\s+=,.@-]+`,
    });
    compileReader(facts, shape, true)(given);
  }
});
