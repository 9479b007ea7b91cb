import { randomUUID } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClock } from './clock.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Caller, Context, Settings } from './context.ts';
import type { SigningKeys } from './domain/keys.ts';
import type { Messages } from './messages/messages.ts';
import { createInbox } from './messages/inbox.ts';
import type { Store } from './store/store.ts';
import { noTriggers } from './triggers/none.ts';
import type { Triggers } from './triggers/triggers.ts';
import type { Vault } from './crypto/vault.ts';

/** What may be put in place of the real parts: the clock and what is outside of the server. */
export interface Parts {
  readonly clock?: Clock;
  readonly messages?: Messages;
  readonly triggers?: Triggers;
}

export interface Server {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  readonly settings: Settings;
  /** A context as a request of this caller would get it: for the command line, which calls operations without a wire. */
  context(caller?: Caller): Context;
  /** Stops accepting, lets what is under way finish (10 seconds at most; security DU-10), and closes the store. */
  close(): Promise<void>;
}

/** Builds everything once and listens. */
export async function createServer(config: Config, parts: Parts = {}): Promise<Server> {
  const clock = parts.clock ?? createClock();
  const messages = parts.messages ?? createInbox();
  const triggers = parts.triggers ?? noTriggers;
  const store = undefined as unknown as Store;
  const vault = undefined as unknown as Vault;
  const keys = undefined as unknown as SigningKeys;

  const http = createHttpServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}');
  });
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject).listen(config.port, config.host, () => resolve());
  });
  const { port } = http.address() as AddressInfo;
  const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
  const settings = settingsOf(config, url);
  return {
    url,
    settings,
    context: (caller) => ({
      store,
      vault,
      keys,
      triggers,
      messages,
      settings,
      caller,
      region: config.region,
      requestId: randomUUID(),
      source: { ip: '127.0.0.1', userAgent: 'cognate' },
      now: clock.now,
    }),
    async close() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

/** The issuer and all links come from the configuration, never from a request (security SEC-7). */
function settingsOf(config: Config, url: string): Settings {
  const publicUrl = config.publicUrl ?? url;
  return {
    account: config.account,
    mode: config.mode,
    issuerOf: (poolId, region) =>
      config.issuer === 'aws'
        ? `https://cognito-idp.${region}.amazonaws.com/${poolId}`
        : `${publicUrl}/${poolId}`,
  };
}
