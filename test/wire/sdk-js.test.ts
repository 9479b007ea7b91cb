import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AdminCreateUserCommand,
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  CreateManagedLoginBrandingCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  GetUserCommand,
  GetUserPoolMfaConfigCommand,
  InitiateAuthCommand,
  NotAuthorizedException,
  RespondToAuthChallengeCommand,
  SetLogDeliveryConfigurationCommand,
  SetUserPoolMfaConfigCommand,
  SignUpCommand,
  UpdateManagedLoginBrandingCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import * as sdk from '@aws-sdk/client-cognito-identity-provider';
import { clientProof, clientStart } from '../../src/crypto/srp.ts';
import { factsOf } from '../../src/protocol/facts.ts';
import { password } from '../sign-in.ts';
import { testServer } from '../test-server.ts';

test('the AWS SDK for JavaScript signs up, signs in by password and by SRP, and refreshes', async (t) => {
  const { url, inbox } = await testServer(t);
  const idp = new CognitoIdentityProviderClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
  });
  t.after(() => idp.destroy());

  const { UserPool } = await idp.send(
    new CreateUserPoolCommand({ PoolName: 'home', AutoVerifiedAttributes: ['email'] }),
  );
  assert.ok(UserPool?.CreationDate instanceof Date);
  const { UserPoolClient } = await idp.send(
    new CreateUserPoolClientCommand({
      UserPoolId: UserPool.Id,
      ClientName: 'app',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    }),
  );
  const ClientId = UserPoolClient?.ClientId ?? '';
  const { UserSub, CodeDeliveryDetails } = await idp.send(
    new SignUpCommand({
      ClientId,
      Username: 'ada',
      Password: password,
      UserAttributes: [{ Name: 'email', Value: 'ada@example.com' }],
    }),
  );
  assert.equal(CodeDeliveryDetails?.Destination, 'a***@e***');
  const [mail] = inbox.list('ada@example.com');
  await idp.send(new ConfirmSignUpCommand({ ClientId, Username: 'ada', ConfirmationCode: mail?.code }));

  const signIn = (PASSWORD: string) =>
    idp.send(
      new InitiateAuthCommand({
        ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'ada', PASSWORD },
      }),
    );
  await assert.rejects(signIn('Wrong-horse-1'), (error) => {
    assert.ok(error instanceof NotAuthorizedException);
    assert.equal(error.message, 'Incorrect username or password.');
    assert.equal(error.$metadata.httpStatusCode, 400);
    return true;
  });
  const { AuthenticationResult: tokens } = await signIn(password);
  const { UserAttributes } = await idp.send(new GetUserCommand({ AccessToken: tokens?.AccessToken }));
  assert.equal(UserAttributes?.find(({ Name }) => Name === 'sub')?.Value, UserSub);

  const half = clientStart();
  const { ChallengeName, ChallengeParameters = {} } = await idp.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'USER_SRP_AUTH',
      AuthParameters: { USERNAME: 'ada', SRP_A: half.A },
    }),
  );
  const proof = clientProof(half, {
    poolName: UserPool.Id ?? '',
    password,
    parameters: ChallengeParameters,
  });
  const bySrp = await idp.send(
    new RespondToAuthChallengeCommand({
      ClientId,
      ChallengeName,
      ChallengeResponses: { USERNAME: ChallengeParameters['USERNAME'] ?? '', ...proof },
    }),
  );
  assert.ok(bySrp.AuthenticationResult?.IdToken);

  const again = await idp.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: tokens?.RefreshToken ?? '' },
    }),
  );
  assert.equal(again.AuthenticationResult?.RefreshToken, undefined);
  assert.ok(again.AuthenticationResult?.AccessToken);

  const taken = idp.send(
    new AdminCreateUserCommand({ UserPoolId: UserPool.Id, Username: 'ada', MessageAction: 'SUPPRESS' }),
  );
  await assert.rejects(taken, { name: 'UsernameExistsException', message: 'User account already exists' });
});

test('the AWS SDK for JavaScript is told in the words of the service what its settings lack', async (t) => {
  const { url } = await testServer(t);
  const idp = new CognitoIdentityProviderClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
  });
  t.after(() => idp.destroy());
  const { UserPool } = await idp.send(new CreateUserPoolCommand({ PoolName: 'home' }));
  const UserPoolId = UserPool?.Id;
  const { UserPoolClient } = await idp.send(
    new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'app' }),
  );
  const refused = (message: string) => ({ name: 'InvalidParameterException', message });

  const bare = { EventSource: 'userNotification', LogLevel: 'ERROR' } as const;
  await assert.rejects(
    idp.send(new SetLogDeliveryConfigurationCommand({ UserPoolId, LogConfigurations: [bare] })),
    refused(
      'Request validation Failed. Following event sources in request have no destination: [userNotification].',
    ),
  );

  const made = await idp.send(
    new CreateManagedLoginBrandingCommand({
      UserPoolId,
      ClientId: UserPoolClient?.ClientId,
      UseCognitoProvidedValues: true,
    }),
  );
  const { ManagedLoginBrandingId } = made.ManagedLoginBranding ?? {};
  await assert.rejects(
    idp.send(new UpdateManagedLoginBrandingCommand({ UserPoolId, ManagedLoginBrandingId, Assets: [] })),
    refused('useCognitoProvidedValues or settings should be specified (but not both)'),
  );

  const SoftwareTokenMfaConfiguration = { Enabled: true };
  await assert.rejects(
    idp.send(new SetUserPoolMfaConfigCommand({ UserPoolId, SoftwareTokenMfaConfiguration })),
    refused("Invalid MFA configuration given, can't turn off MFA and configure an MFA together"),
  );
  const { MfaConfiguration } = await idp.send(new GetUserPoolMfaConfigCommand({ UserPoolId }));
  assert.equal(MfaConfiguration, 'OFF');
});

test('the AWS SDK for JavaScript signs every operation that has to be signed', async (t) => {
  const { url } = await testServer(t);
  const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' };
  const idp = new CognitoIdentityProviderClient({ endpoint: url, region: 'us-east-1', credentials });
  t.after(() => idp.destroy());
  const commands = sdk as unknown as Readonly<Record<string, new (input: object) => GetUserCommand>>;
  const unsigned: string[] = [];
  for (const name of Object.keys(factsOf('cognito-idp').operations)) {
    const Command = commands[`${name}Command`];
    assert.ok(Command, name);
    const refusal: unknown = await idp.send(new Command({})).catch((error: unknown) => error);
    if (refusal instanceof Error && refusal.name === 'MissingAuthenticationTokenException')
      unsigned.push(name);
  }
  assert.deepEqual(unsigned, []);
});
