import type { Clock } from './clock.ts';
import { SettingError } from './config.ts';
import { flagOf } from './settings.ts';
import type { Config } from './config.ts';
import type { Vault } from './crypto/vault.ts';
import { notSent } from './domain/log-delivery/log-delivery.ts';
import type { LogDelivery } from './domain/log-delivery/log-delivery.ts';
import type { Places } from './domain/places.ts';
import { vaultOf } from './domain/pool-key.ts';
import { openKnownPasswords } from './domain/threat/known-passwords.ts';
import type { KnownPasswords } from './domain/threat/known-passwords.ts';
import { PasswordFileError } from './domain/threat/password-file.ts';
import { configuredLogDelivery } from './log-delivery/configured.ts';
import type { Log } from './log.ts';
import type { Outbox } from './messages/outbox.ts';
import { allowedOf } from './outbound/allowed.ts';
import type { Store } from './store/store.ts';
import { configuredTriggers } from './triggers/configured.ts';
import { senderCodes } from './triggers/sender-codes.ts';

// What the settings name outside of the server: files, functions, places for logs.

/** Throws SettingError for a file that cannot be used. */
export async function passwordsOf({ compromisedPasswords: file }: Config): Promise<KnownPasswords> {
  try {
    return await openKnownPasswords(file);
  } catch (error) {
    if (!(error instanceof PasswordFileError)) throw error;
    throw new SettingError(`${flagOf('compromisedPasswords')} ${error.message}.`, { cause: error });
  }
}

/** Where addresses are, if a file is named: no other server has a use for this code. Throws SettingError. */
export async function placesOf(
  { places: path }: Config,
  log: Log,
  now: () => number,
): Promise<Places | undefined> {
  if (path === undefined) return undefined;
  const { openPlaces, PlacesFileError } = await import('./places/places.ts');
  try {
    return await openPlaces({
      path,
      now,
      onFault: (reason) => log.write('warn', { event: 'places', reason }),
    });
  } catch (error) {
    if (!(error instanceof PlacesFileError)) throw error;
    throw new SettingError(`${flagOf('places')} ${error.message}.`, { cause: error });
  }
}

/** Functions of triggers may run on this machine: who sets where they are is who runs the server. */
export function functionsOf(config: Config, log: Log, vault: Vault, logDelivery: LogDelivery) {
  return configuredTriggers({
    targets: config.triggers ?? new Map(),
    allowed: allowedOf(config.allowedHosts ?? [], true),
    credentials: config.awsCredentials,
    encrypt: senderCodes({
      senderKey: config.senderKey,
      vault: config.mode === 'dev' ? vault : undefined,
    }),
    onFault: (fault) => {
      log.write('warn', { event: 'trigger', ...fault });
      // What a pool's own sender could not do is a message that did not go out.
      if (/^Custom(?:Email|SMS)Sender_/.test(fault.trigger))
        logDelivery.add(notSent(fault.pool, fault.reason));
    },
  });
}

/** Where the logs of pools go. */
export function logDeliveryOf(config: Config, log: Log, { resources }: Store) {
  return configuredLogDelivery({
    endpoint: config.logDeliveryEndpoint,
    region: config.region,
    credentials: config.awsCredentials,
    allowedHosts: config.allowedHosts ?? [],
    resources,
    write: (entry) => log.write('info', entry),
    onLoss: (loss) => log.write('warn', { event: 'log records lost', ...loss }),
  });
}

/** Where what happens in apps is counted, if it is: no other server has a use for this code. */
export async function analyticsOf({ analyticsEndpoint: endpoint, ...config }: Config, log: Log) {
  if (endpoint === undefined) return undefined;
  const { configuredAnalytics } = await import('./analytics/configured.ts');
  return configuredAnalytics({
    endpoint,
    credentials: config.awsCredentials,
    allowedHosts: config.allowedHosts ?? [],
    onLoss: (loss) => log.write('warn', { event: 'analytics lost', ...loss }),
  });
}

/** Who sets where messages go is who runs the server: it may be this machine. `cognate dev` has no use for this code. */
export async function outboxOf(
  config: Config,
  {
    store,
    vault,
    clock,
    log,
    logDelivery,
  }: {
    readonly store: Store;
    readonly vault: Vault;
    readonly clock: Clock;
    readonly log: Log;
    readonly logDelivery: LogDelivery;
  },
): Promise<Outbox> {
  const { configuredOutbox } = await import('./messages/configured.ts');
  return configuredOutbox({
    sending: config,
    allowed: allowedOf(config.allowedHosts ?? [], true),
    store: store.messages,
    vaultOf: async (poolId) => {
      const pool = await store.pools.recent(poolId);
      return pool === undefined ? vault : vaultOf({ vault }, pool);
    },
    now: clock.now,
    onLoss: (loss) => {
      log.write('warn', { event: 'message not sent', ...loss });
      logDelivery.add(notSent(loss.poolId, loss.reason));
    },
    onFault: (fault) => log.write('error', { event: 'messages', fault }),
  });
}
