import { randomUUID } from 'node:crypto';
import { createClock, watchClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { isLoopback, keyLeadOf } from './config.ts';
import type { Config } from './config.ts';
import type { Caller, Context, Settings } from './context.ts';
import { openVault } from './crypto/data-key-vault.ts';
import type { Vault } from './crypto/vault.ts';
import { createImports } from './domain/imports/run.ts';
import type { Imports } from './domain/imports/run.ts';
import { createSigningKeys } from './domain/keys.ts';
import { createTrustedProxies } from './http/client-address.ts';
import { regionOfHost } from './http/host.ts';
import { listen } from './http/listener.ts';
import type { SharedPort } from './http/listener.ts';
import { createMetricsAccess } from './http/metrics-access.ts';
import { createMetrics } from './http/metrics.ts';
import type { Counts, Metrics } from './http/metrics.ts';
import { createOwnNames } from './http/own-names.ts';
import { createRouter } from './http/router.ts';
import type { Route } from './http/router.ts';
import { limits, requestRates } from './limits.ts';
import type { Log } from './log.ts';
import { createLog } from './log.ts';
import { masterKeysOf } from './master-key.ts';
import { createInbox } from './messages/inbox.ts';
import type { Messages } from './messages/messages.ts';
import { cognitoIdp, readAll } from './operations/cognito-idp/index.ts';
import { analyticsOf, functionsOf, logDeliveryOf, outboxOf, passwordsOf, placesOf } from './outside.ts';
import { createAuthorize } from './protocol/authorize.ts';
import { actOf, isAudited } from './protocol/audit.ts';
import { createDispatcher } from './protocol/dispatch.ts';
import type { Dispatch } from './protocol/dispatch.ts';
import type { During, Outcome, Request } from './protocol/wire.ts';
import { publicRoutes } from './routes.ts';
import { openStore } from './store/sql/store.ts';
import type { Store } from './store/store.ts';
import { localKms } from './triggers/local-kms.ts';

/** What may be put in place of the real parts: the clock, and what is outside of the server. */
export interface Parts {
  readonly clock?: Clock;
  readonly messages?: Messages;
  readonly log?: Log;
  /** Where requests are counted, and what is shown of it: what all processes have counted. */
  readonly metrics?: Metrics;
  readonly counts?: () => Promise<Counts>;
  readonly sharedPort?: SharedPort;
  /** Doors beside the public ones; the development control. */
  readonly routes?: (context: () => Context) => readonly Route[];
}

export interface Server {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** A context as a request of this caller would get it: for the command line, which calls operations without a wire. */
  context(caller?: Caller): Context;
  /** Empties the store and forgets what was cached of it. */
  clear(): Promise<void>;
  /** Stops accepting, lets what is under way finish (10 seconds at most; security DU-10), and closes the store. */
  close(): Promise<void>;
}

/** What all requests share. */
type Shared = Omit<Context, 'caller' | 'region' | 'operation' | 'requestId' | 'begunAt' | 'source' | 'note'>;

const purgeInterval = 60_000;
const day = 86_400_000;
/** Key pairs made ahead for new pools; a server with many pools to make is worth some idle time. */
const spareKeys = { dev: 2, serve: 4 };

/** How long idle connections are left open at the end: a developer waits for the end, users for their answers. */
const linger = { dev: 0, serve: 500 };

/** How long messages in memory may take at the end. */
const patience = 5000;

/** Builds everything once and listens. */
export async function createServer(config: Config, parts: Parts = {}): Promise<Server> {
  const log = parts.log ?? createLog();
  const clock = parts.clock ?? createClock();
  const places = await placesOf(config, log, clock.now);
  const knownPasswords = await passwordsOf(config);
  const store = await openedStore(config);
  let outbox: Awaited<ReturnType<typeof outboxOf>> | undefined;
  try {
    const isNew = (await store.dataKeys.list()).length === 0;
    const vault = await openVault(store.dataKeys, masterKeysOf(config, isNew), clock.now);
    const proxies = createTrustedProxies(config.trustedProxies);
    const limited = limits(config, proxies);
    const keys = createSigningKeys({
      store: store.signingKeys,
      vault,
      now: clock.now,
      lead: keyLeadOf(config),
      spare: spareKeys[config.mode],
      turn: limited.work.resume,
    });
    const address = { url: config.publicUrl ?? '' };
    const logDelivery = logDeliveryOf(config, log, store);
    const analytics = await analyticsOf(config, log);
    const triggers = functionsOf(config, log, vault, logDelivery);
    const sending = config.mode === 'serve' && !parts.messages;
    outbox = sending ? await outboxOf(config, { store, vault, clock, log, logDelivery }) : undefined;
    let imports: Imports | undefined;
    const shared: Shared = {
      store,
      vault,
      keys,
      triggers,
      messages: parts.messages ?? outbox ?? createInbox(),
      knownPasswords,
      places,
      logDelivery,
      analytics,
      ...limited,
      imports: { wake: () => imports?.wake() },
      settings: settingsOf(config, address),
      now: clock.now,
    };
    const context = (caller?: Caller): Context => ({
      ...shared,
      caller,
      region: config.region,
      operation: '',
      requestId: randomUUID(),
      get begunAt() {
        return clock.now();
      },
      source: { ip: '127.0.0.1', userAgent: 'cognate' },
      note: () => undefined,
    });
    imports = createImports(context, (fault) => log.write('error', { event: 'import', fault }));
    const running = imports;
    const metrics = parts.metrics ?? createMetrics();
    const record = recorder(config, log, metrics);
    const during = duringAct(config, store, clock);
    const rates = requestRates(config, store, clock);
    const dispatch = createDispatcher({
      services: { 'cognito-idp': cognitoIdp },
      authorize: createAuthorize({
        ...shared,
        regionOf: (request) => regionOfHost(request.headers['host']),
        secureTransport: config.publicUrl?.startsWith('https:') ?? false,
      }),
      pins: config.mode === 'dev',
      rates,
      contextFor: ({ request, requestId, operation, authorized, note }) => {
        const namedRegion = authorized.region ?? regionOfHost(request.headers['host']);
        return {
          ...shared,
          caller: authorized.caller,
          region: namedRegion ?? config.region,
          namedRegion,
          operation,
          requestId,
          begunAt: clock.now(),
          source: sourceOf(request),
          note,
        };
      },
      during,
      log: record,
    });
    let stopping = false;
    const routes = [
      ...publicRoutes(context, {
        counts: parts.counts ?? metrics.counts,
        isStopping: () => stopping,
        mayReadMetrics: metricsAccess(config),
        rates,
      }),
      ...(parts.routes?.(context) ?? []),
    ];
    // A developer's server reads what is asked for; no user is to wait for that.
    if (config.mode === 'serve') await readAll();
    const listener = await listen({
      port: config.port,
      host: config.host,
      linger: linger[config.mode],
      connections: config.connections,
      ...(parts.sharedPort && { shared: parts.sharedPort }),
      handle: createRouter({
        dispatch: config.mode === 'dev' ? withKms(dispatch, vault) : dispatch,
        routes,
        during,
        log: record,
        proxies,
        isOwn: ownNames(config),
      }),
    });
    const url = `http://${listener.host.includes(':') ? `[${listener.host}]` : listener.host}:${listener.port}`;
    address.url = config.publicUrl ?? url;
    const stopPurging = purgeRegularly(config, store, clock, log);
    const stopWatching = watchRegularly(config, clock, log);
    return {
      url,
      context,
      async clear() {
        await store.clear();
        keys.forgetAll();
      },
      async close() {
        stopping = true;
        stopPurging();
        stopWatching();
        await listener.close();
        await running.close();
        await outbox?.close(patience);
        await triggers.close();
        await Promise.all([logDelivery.close(), analytics?.close()]);
        keys.close();
        vault.close();
        await knownPasswords.close();
        await store.close();
        log.flush();
      },
    };
  } catch (error) {
    // It has begun to look for messages that wait.
    await outbox?.close(0);
    await store.close();
    throw error;
  }
}

/** The database cannot be used. The message is one line for who starts the server, without the password. */
export class DatabaseError extends Error {
  constructor(reason: string, options: ErrorOptions) {
    super(`The database cannot be opened: ${reason}`, options);
    this.name = 'DatabaseError';
  }
}

/** Opens the storage that the settings name, with its tables up to date. Throws DatabaseError. */
export async function openedStore(config: Config): Promise<Store> {
  try {
    return await openStore({ url: config.database ?? (config.memory ? 'memory' : config.data) });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new DatabaseError(message || (code ?? 'unknown error'), { cause: error });
  }
}

const ownNames = ({ host, publicUrl, hosts }: Config) => createOwnNames({ host, publicUrl, more: hosts });

/** Where clients come by a proxy, which may well be on this machine, being on it proves nothing. */
function metricsAccess({ mode, publicUrl, metricsToken: token }: Config) {
  const direct = publicUrl === undefined || isLoopback(new URL(publicUrl).hostname);
  return createMetricsAccess({ token, local: mode === 'dev' || direct });
}

/** Functions of custom senders that know nothing of this server open their codes here. */
function withKms(dispatch: Dispatch, vault: Vault): Dispatch {
  const kms = localKms(vault);
  return async (request) => kms(request) ?? dispatch(request);
}

/** API reference: IssuerConfigurationType. The region is that of the pool itself, wherever it is replicated. */
const awsHosts = { ORIGINAL: 'cognito-idp', UPDATED: 'issuer-cognito-idp' } as const;

/** The issuer and all links come from the configuration, never from a request (security SEC-7). */
function settingsOf(config: Config, address: { readonly url: string }): Settings {
  return {
    account: config.account,
    mode: config.mode,
    quotas: config.quotas,
    maxConsecutiveFailures: config.maxConsecutiveFailures,
    mailLimit: config.mode === 'dev' ? undefined : config.mailLimit,
    url: () => address.url,
    issuerOf: (poolId, region, type = 'ORIGINAL') =>
      config.issuer === 'aws'
        ? `https://${awsHosts[type]}.${region}.amazonaws.com/${poolId}`
        : `${address.url}/${poolId}`,
  };
}

function sourceOf({ ip, headers }: Request): Context['source'] {
  return { ip, userAgent: headers['user-agent'] ?? '' };
}

/**
 * One line for each request, with its outcome; those that belong to the audit are written before their answer leaves, so
 * that no act is acknowledged without its line (security SEC-6). The development server writes only of what it did not
 * expect.
 */
function recorder({ mode }: Config, log: Log, metrics: Metrics): (outcome: Outcome) => void {
  return (outcome) => {
    metrics.observe(outcome);
    const isFault = outcome.fault !== undefined;
    if (mode === 'dev' && !isFault) return;
    const audited = isAudited(outcome);
    log.write(isFault ? 'error' : 'info', { event: audited ? 'audit' : 'request', ...outcome });
    if (audited) log.flush();
  };
}

/** Requests that may change something leave their row in the storage; those of the development server do not. */
function duringAct({ mode, auditDays }: Config, { acts }: Store, clock: Clock): During | undefined {
  if (mode === 'dev' || auditDays === 0) return undefined;
  return (known, work) => {
    if (!isAudited({ ...known(), result: 'ok' })) return work();
    const at = clock.now();
    return acts.during(() => actOf(known(), at), work);
  };
}

function purgeRegularly({ auditDays }: Config, store: Store, clock: Clock, log: Log): () => void {
  const timer = setInterval(() => {
    const now = clock.now();
    store
      .purge(now, now - auditDays * day)
      .catch((error: unknown) => log.write('error', { event: 'purge', fault: error }));
  }, purgeInterval);
  timer.unref();
  return () => clearInterval(timer);
}

/** Developers set the clock themselves. */
function watchRegularly({ mode }: Config, clock: Clock, log: Log): () => void {
  if (mode === 'dev') return () => undefined;
  return watchClock(clock.now, (milliseconds) => log.write('warn', { event: 'clock jumped', milliseconds }));
}
