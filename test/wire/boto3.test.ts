import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testServer } from '../test-server.ts';
import { hasTool, pythonWithBoto3 } from '../tools.ts';
import { awsEnvironment, run } from './program.ts';

/** A Python program as people write it for Cognito. It prints what it found, one line for each step. */
const program = `
import base64, hashlib, hmac, os, boto3
from botocore.exceptions import ClientError

idp = boto3.client("cognito-idp", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
pool = idp.create_user_pool(PoolName="home")["UserPool"]["Id"]
client = idp.create_user_pool_client(
    UserPoolId=pool, ClientName="app", GenerateSecret=True,
    ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
)["UserPoolClient"]

def secret_hash(name):
    message = (name + client["ClientId"]).encode()
    digest = hmac.new(client["ClientSecret"].encode(), message, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()

def sign_in(password, **more):
    return idp.initiate_auth(
        ClientId=client["ClientId"], AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ada", "PASSWORD": password, **more},
    )

idp.admin_create_user(UserPoolId=pool, Username="ada", TemporaryPassword="Temporary-pass-1", MessageAction="SUPPRESS")
try:
    sign_in("Temporary-pass-1")
except ClientError as error:
    print(error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])

step = sign_in("Temporary-pass-1", SECRET_HASH=secret_hash("ada"))
print(step["ChallengeName"])
done = idp.respond_to_auth_challenge(
    ClientId=client["ClientId"], ChallengeName=step["ChallengeName"], Session=step["Session"],
    ChallengeResponses={"USERNAME": "ada", "NEW_PASSWORD": "Correct-horse-1", "SECRET_HASH": secret_hash("ada")},
)
tokens = done["AuthenticationResult"]
print(idp.get_user(AccessToken=tokens["AccessToken"])["Username"])

try:
    sign_in("Wrong-horse-1", SECRET_HASH=secret_hash("ada"))
except idp.exceptions.NotAuthorizedException as error:
    print(error.response["Error"]["Message"])

again = idp.initiate_auth(
    ClientId=client["ClientId"], AuthFlow="REFRESH_TOKEN_AUTH",
    AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"], "SECRET_HASH": secret_hash("ada")},
)["AuthenticationResult"]
print("RefreshToken" in again, again["ExpiresIn"], again["TokenType"])

idp.global_sign_out(AccessToken=again["AccessToken"])
try:
    idp.get_user(AccessToken=again["AccessToken"])
except idp.exceptions.NotAuthorizedException as error:
    print(error.response["Error"]["Message"])
`;

test('boto3 signs in with a client secret, refreshes and signs out', async (t) => {
  const python = pythonWithBoto3();
  if (!hasTool(t, 'python3 with boto3', python !== undefined) || python === undefined) return;
  const { url } = await testServer(t);
  const { stdout, stderr, status } = await run(python, ['-'], { input: program, env: awsEnvironment(url) });
  assert.equal(status, 0, stderr);
  assert.deepEqual(stdout.trim().split('\n'), [
    'NotAuthorizedException 400',
    'NEW_PASSWORD_REQUIRED',
    'ada',
    'Incorrect username or password.',
    'False 3600 Bearer',
    'Access Token has been revoked',
  ]);
});
