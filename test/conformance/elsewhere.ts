import { request } from 'node:http';
import { RegionName, replicableKey } from './cases/settings.ts';
import type { Scene } from './scene.ts';
import { addClient, makeHome } from '../sign-in.ts';
import { CallError } from '../test-server.ts';
import type { Call } from '../test-server.ts';

/** A pool that is in another region too, and what calls the server there. */
export interface Elsewhere {
  readonly call: Call;
  /** What inputs name of it. */
  readonly members: Readonly<Record<string, string>>;
}

/** A pool that is active in a second region, with somebody who is signed in. */
export async function makeElsewhere(scene: Scene): Promise<Elsewhere> {
  const { call, url } = scene;
  const home = await makeHome(call, replicableKey);
  const UserPoolId = home.poolId;
  const { AccessToken } = await scene.signedIn([], home);
  await call('CreateUserPoolReplica', { UserPoolId, RegionName });
  await call('UpdateUserPoolReplica', { UserPoolId, RegionName, Status: 'ACTIVE' });
  const { clientId: ClientId } = await addClient(call, UserPoolId);
  const ResourceArn = `arn:aws:cognito-idp:${RegionName}:000000000000:userpool/${UserPoolId}`;
  return { call: callIn(url, RegionName), members: { UserPoolId, ClientId, AccessToken, ResourceArn } };
}

/** Calls by the host name of a region, which `fetch` does not let a caller set, and with a credential for it. */
function callIn(url: string, region: string): Call {
  const credential = `Credential=AKIATESTTESTTESTTEST/20260101/${region}/cognito-idp/aws4_request`;
  return (operation, input) =>
    new Promise((resolve, reject) => {
      const headers = {
        host: `cognito-idp.${region}.amazonaws.com`,
        authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=any`,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
      };
      const sent = request(url, { method: 'POST', headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => {
          const answer = JSON.parse(text || '{}') as Record<string, string>;
          const { statusCode = 0 } = response;
          if (statusCode === 200) resolve(answer);
          else reject(new CallError(answer['__type'] ?? '', answer['message'] ?? '', statusCode));
        });
      });
      sent.on('error', reject).end(JSON.stringify(input));
    });
}
