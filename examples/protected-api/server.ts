/**
 * A small HTTP API that lets in those who are signed in. `GET /` is for everybody; `GET /me` needs the ID token of a
 * user of our pool, given to our client: `Authorization: Bearer <token>`, or the bare token.
 *
 *     node examples/protected-api/server.ts
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { JwtVerifier } from 'aws-jwt-verify';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import type { JwtPayload } from 'aws-jwt-verify/jwt-model';

/** Whom we trust: the pool that signs the tokens, and the app client that they were made for. */
interface Trust {
  readonly issuer: string;
  readonly clientId: string;
}

/** From COGNITO_ISSUER and COGNITO_CLIENT_ID; without them, what `cognate dev` wrote in this folder. */
function readTrust(env: NodeJS.ProcessEnv): Trust {
  const { COGNITO_ISSUER: issuer, COGNITO_CLIENT_ID: clientId } = env;
  if (issuer !== undefined && clientId !== undefined) return { issuer, clientId };
  return JSON.parse(readFileSync('.cognate/config.json', 'utf8')) as Trust;
}

const { issuer, clientId } = readTrust(process.env);

const verifier = JwtVerifier.create(
  {
    issuer,
    audience: clientId,
    jwksUri: `${issuer}/.well-known/jwks.json`,
    // An access token of the same client is no proof of who calls.
    customJwtCheck: ({ payload }) => {
      if (payload['token_use'] !== 'id') throw new Error('Not an ID token');
    },
  },
  {
    // The library fetches keys over HTTPS only; a development server speaks HTTP.
    jwksCache: new SimpleJwksCache({
      fetcher: { fetch: async (uri) => (await fetch(uri)).arrayBuffer() },
    }),
  },
);

const server = createServer((request, response) => {
  handle(request, response).catch(() => answer(response, 500, { error: 'internal_error' }));
});

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/') return answer(response, 200, { message: 'Sign in and call /me.' });
  if (request.url !== '/me') return answer(response, 404, { error: 'not_found' });
  const user = await userOf(request.headers.authorization);
  if (user === undefined) return answer(response, 401, { error: 'unauthorized' });
  answer(response, 200, { sub: user.sub, username: user['cognito:username'], email: user['email'] });
}

/** The claims of the caller. Undefined when there is no token, or none that we trust; why is nobody's business. */
async function userOf(authorization: string | undefined): Promise<JwtPayload | undefined> {
  const token = authorization?.replace(/^Bearer /i, '');
  if (token === undefined) return undefined;
  try {
    return await verifier.verify(token);
  } catch {
    return undefined;
  }
}

function answer(response: ServerResponse, status: number, body: Readonly<Record<string, unknown>>): void {
  const challenge = status === 401 ? { 'www-authenticate': 'Bearer' } : {};
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...challenge })
    .end(JSON.stringify(body));
}

server.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => {
  console.log(`Listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
