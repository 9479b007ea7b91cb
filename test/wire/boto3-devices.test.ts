import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testServer } from '../test-server.ts';
import { hasTool, pythonWithBoto3 } from '../tools.ts';
import { awsEnvironment, run } from './program.ts';

/** Devices from a server's side: signed in by an administrator, confirmed with a verifier that Python has computed. */
const program = `
import base64, hashlib, os, boto3
from botocore.exceptions import ClientError

N = int("""
FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD
EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED
EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F
83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B
E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510
15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7
ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C
BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF
""".replace("\\n", ""), 16)

def padded(number):
    return number.to_bytes(number.bit_length() // 8 + 1, "big")

idp = boto3.client("cognito-idp", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
pool = idp.create_user_pool(
    PoolName="home", DeviceConfiguration={"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True},
)["UserPool"]["Id"]
client = idp.create_user_pool_client(
    UserPoolId=pool, ClientName="app", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
)["UserPoolClient"]["ClientId"]
idp.admin_create_user(UserPoolId=pool, Username="ada", MessageAction="SUPPRESS")
idp.admin_set_user_password(UserPoolId=pool, Username="ada", Password="Correct-horse-1", Permanent=True)

def authenticate(flow, **parameters):
    return idp.admin_initiate_auth(UserPoolId=pool, ClientId=client, AuthFlow=flow, AuthParameters=parameters)["AuthenticationResult"]

def refused(call, **given):
    try:
        call(**given)
    except ClientError as error:
        print(error.response["Error"]["Code"], error.response["Error"]["Message"])

tokens = authenticate("ADMIN_USER_PASSWORD_AUTH", USERNAME="ada", PASSWORD="Correct-horse-1")
key, group = tokens["NewDeviceMetadata"]["DeviceKey"], tokens["NewDeviceMetadata"]["DeviceGroupKey"]
salt = int.from_bytes(os.urandom(16), "big")
inner = hashlib.sha256(f"{group}{key}:secret".encode()).digest()
x = int.from_bytes(hashlib.sha256(padded(salt) + inner).digest(), "big")
config = {
    "PasswordVerifier": base64.b64encode(padded(pow(2, x, N))).decode(),
    "Salt": base64.b64encode(padded(salt)).decode(),
}
access = tokens["AccessToken"]
confirmed = idp.confirm_device(AccessToken=access, DeviceKey=key, DeviceName="server", DeviceSecretVerifierConfig=config)
print(confirmed["UserConfirmationNecessary"])
refused(idp.confirm_device, AccessToken=access, DeviceKey=key, DeviceSecretVerifierConfig=config)
idp.update_device_status(AccessToken=access, DeviceKey=key, DeviceRememberedStatus="remembered")
device = idp.admin_get_device(UserPoolId=pool, Username="ada", DeviceKey=key)["Device"]
attributes = {it["Name"]: it["Value"] for it in device["DeviceAttributes"]}
print(attributes["device_name"], attributes["dev:device_remembered_status"], device["DeviceCreateDate"].year > 2000)
print([it["DeviceKey"] == key for it in idp.list_devices(AccessToken=access)["Devices"]])

refused(authenticate, flow="REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"])
print("AccessToken" in authenticate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"], DEVICE_KEY=key))
again = authenticate("ADMIN_USER_PASSWORD_AUTH", USERNAME="ada", PASSWORD="Correct-horse-1", DEVICE_KEY=key)
print("NewDeviceMetadata" in again)
idp.admin_forget_device(UserPoolId=pool, Username="ada", DeviceKey=key)
refused(idp.admin_get_device, UserPoolId=pool, Username="ada", DeviceKey=key)
refused(authenticate, flow="REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"], DEVICE_KEY=key)
`;

test('boto3 confirms, shows and forgets a device, and refreshes with it', async (t) => {
  const python = pythonWithBoto3();
  if (!hasTool(t, 'python3 with boto3', python !== undefined) || python === undefined) return;
  const { url } = await testServer(t);
  const { stdout, stderr, status } = await run(python, ['-'], { input: program, env: awsEnvironment(url) });
  assert.equal(status, 0, stderr);
  assert.deepEqual(stdout.trim().split('\n'), [
    'True',
    'DeviceKeyExistsException Device already exists.',
    'server remembered True',
    '[True]',
    'NotAuthorizedException Invalid Refresh Token.',
    'True',
    'False',
    'ResourceNotFoundException Device does not exist.',
    'NotAuthorizedException Invalid Refresh Token.',
  ]);
});
