import { once } from 'node:events';
import { request } from 'node:http';
import type { Agent, IncomingMessage } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Operations } from '../../src/api/cognito-idp.ts';
import { signRequest } from '../../src/iam/sign-request.ts';
import type { Credentials } from '../../src/iam/sign-request.ts';
import { password } from '../sign-in.ts';
import type { Home } from '../sign-in.ts';

/** Somebody with a connection. */
export interface Client {
  /** Rejects unless the answer is 200. */
  readonly post: (operation: keyof Operations, input: object) => Promise<void>;
  readonly end: () => void;
}

export interface Way {
  readonly agent: Agent;
  readonly credentials: Credentials;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Posts an operation once, over the connection that the agent keeps. */
export async function ask(
  server: string,
  operation: keyof Operations,
  input: object,
  { agent, credentials, headers: more }: Way,
): Promise<{ readonly status: number | undefined; readonly text: string }> {
  const url = `${server}/`;
  const body = JSON.stringify(input);
  const headers = {
    ...more,
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
  };
  const scope = { service: 'cognito-idp', region: 'us-east-1', now: Date.now() };
  const signed = signRequest({ method: 'POST', url, headers, body }, credentials, scope);
  const send = url.startsWith('https:') ? secureRequest : request;
  const sent = send(url, { method: 'POST', agent, headers: signed });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, text: (await answer.toArray()).join('') };
}

export interface Load {
  /** Waits until so many requests more have been answered; rejects with the first failure. */
  readonly more: (count: number) => Promise<void>;
  /** Ends it, and throws what went wrong meanwhile. */
  readonly stop: () => Promise<void>;
}

/** Reads and writes, each client one after the other without a pause. */
export function load(clients: readonly Client[], { poolId, clientId }: Home): Load {
  const state = { on: true, done: 0 };
  const runs = clients.map(async ({ post, end }, number) => {
    const Username = `user-${number}`;
    for (let n = 0; state.on; n += 1) {
      await post('InitiateAuth', {
        ClientId: clientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: Username, PASSWORD: password },
      });
      const UserAttributes = [{ Name: 'name', Value: `${n}` }];
      await post('AdminUpdateUserAttributes', { UserPoolId: poolId, Username, UserAttributes });
      await post('AdminGetUser', { UserPoolId: poolId, Username });
      state.done += 3;
    }
    end();
  });
  const ended = Promise.all(runs);
  ended.catch(() => (state.on = false));
  return {
    async more(count) {
      const enough = state.done + count;
      while (state.on && state.done < enough) await new Promise((resolve) => setTimeout(resolve, 20));
      if (!state.on) await ended;
    },
    async stop() {
      state.on = false;
      await ended;
    },
  };
}
