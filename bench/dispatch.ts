/**
 * What the door costs: CPU microseconds per InitiateAuth through listener, router and dispatch, without an operation
 * behind it, against bare node:http that parses and answers the same bytes. Run by hand: `node bench/dispatch.ts`.
 */
import { fork } from 'node:child_process';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context } from '../src/context.ts';
import { listen } from '../src/http/listener.ts';
import { createRouter } from '../src/http/router.ts';
import { createLog } from '../src/log.ts';
import { createDispatcher } from '../src/protocol/dispatch.ts';

const rounds = 3;
const perRound = 20_000;
const connections = 16;

const body = JSON.stringify({
  AuthFlow: 'USER_PASSWORD_AUTH',
  ClientId: '1example23456789abcdefghij',
  AuthParameters: { USERNAME: 'ada@example.com', PASSWORD: 'Correct-horse-9', SECRET_HASH: 'a'.repeat(44) },
  ClientMetadata: { app: 'bench', trace: 'b'.repeat(100) },
});
const result = {
  AuthenticationResult: {
    AccessToken: 'a'.repeat(900),
    ExpiresIn: 3600,
    IdToken: 'i'.repeat(1000),
    RefreshToken: 'r'.repeat(600),
    TokenType: 'Bearer',
  },
  ChallengeParameters: {},
};

/** The other process: posts as fast as it is answered. */
async function load(port: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
    'content-length': Buffer.byteLength(body),
  };
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const sent = request({ port, host: '127.0.0.1', method: 'POST', headers, agent }, (answer) => {
        answer.resume().once('end', resolve);
      });
      sent.once('error', reject).end(body);
    });
  const lane = async () => {
    for (let done = 0; done < perRound / connections; done += 1) await one();
  };
  await Promise.all(Array.from({ length: connections }, lane));
  agent.destroy();
}

async function cost(port: number): Promise<number> {
  const before = process.cpuUsage();
  await new Promise((resolve, reject) => {
    fork(import.meta.filename, [String(port)])
      .once('exit', resolve)
      .once('error', reject);
  });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / perRound;
}

async function bare(): Promise<number> {
  const server = createServer((message, response) => {
    const pieces: Buffer[] = [];
    message.on('data', (piece: Buffer) => pieces.push(piece));
    message.on('end', () => {
      JSON.parse(Buffer.concat(pieces).toString());
      const text = JSON.stringify(result);
      response.writeHead(200, { 'Content-Length': Buffer.byteLength(text) }).end(text);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  await cost((server.address() as AddressInfo).port);
  const spent = await cost((server.address() as AddressInfo).port);
  server.close();
  return spent;
}

async function door(): Promise<number> {
  const log = createLog(() => {});
  const dispatch = createDispatcher({
    services: { 'cognito-idp': { InitiateAuth: () => result } },
    authorize: () => ({}),
    contextFor: () => ({}) as Context,
    log: (outcome) => log.write('info', { ...outcome }),
  });
  const listener = await listen({ port: 0, handle: createRouter({ dispatch, routes: [], log: () => {} }) });
  await cost(listener.port);
  const spent = await cost(listener.port);
  await listener.close();
  return spent;
}

const port = process.argv[2];
if (port !== undefined) {
  await load(Number(port));
} else {
  for (let round = 0; round < rounds; round += 1) {
    const [floor, all] = [await bare(), await door()];
    console.log(
      `bare ${floor.toFixed(1)} µs   door ${all.toFixed(1)} µs   added ${(all - floor).toFixed(1)} µs`,
    );
  }
}
