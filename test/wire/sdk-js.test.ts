import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AdminCreateUserCommand,
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  GetUserCommand,
  InitiateAuthCommand,
  NotAuthorizedException,
  RespondToAuthChallengeCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { clientProof, clientStart } from '../../src/crypto/srp.ts';
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
