import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createClock } from '../clock.ts';
import { isLoopback, readConfig, SettingError } from '../config.ts';
import { issuerOf } from '../domain/issuer.ts';
import { ApiError } from '../errors.ts';
import { flagOf } from '../settings.ts';
import type { Config, Flags } from '../config.ts';
import { createInbox } from '../messages/inbox.ts';
import { writePrivately } from '../private-file.ts';
import type { Server } from '../server.ts';
import { createServer } from '../server.ts';
import { CommandError } from './command-error.ts';
import { devConfigPath, readDevConfig } from './dev-config.ts';
import type { DevConfig } from './dev-config.ts';
import { controlRoutes } from './dev-control.ts';
import { isThere, plant, restore, takeSnapshot } from './dev-seed.ts';
import type { Seed, Snapshot } from './dev-seed.ts';
import { greeting } from './greeting.ts';
import { checkFunctions } from './serve-checks.ts';
import { listening, untilSignal } from './running.ts';

/**
 * The development server (the contract): on the loopback address, with a first pool, client and user whose ids stay the
 * same over restarts and resets, an inbox and a clock. It ends with SIGINT or SIGTERM.
 */
export async function dev(flags: Flags, env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const config = readConfig({ mode: 'dev', flags, env });
  if (!isLoopback(config.host)) {
    throw new SettingError(`${flagOf('host')} must be a loopback address: others are for "cognate serve".`);
  }
  checkFunctions(config);
  const { server, written } = await startDev(config);
  const signalled = untilSignal();
  process.stdout.write(`Cognate is ready at ${server.url}\n`);
  process.stderr.write(greeting(written, config.data));
  await signalled;
  await server.close();
}

/** Starts the server and seeds it where that has not been done. */
async function startDev(config: Config): Promise<{ readonly server: Server; readonly written: DevConfig }> {
  const inbox = createInbox();
  const clock = createClock();
  const ready = Promise.withResolvers<() => Promise<void>>();
  const reset = async () => {
    const back = await ready.promise;
    await back();
    inbox.clear();
    clock.reset();
  };
  const server = await listening(config, () =>
    createServer(config, { clock, messages: inbox, routes: () => controlRoutes({ inbox, clock, reset }) }),
  );
  try {
    const earlier = earlierSeed(config.data);
    const isNew = !(earlier && (await isThere(server.context(), earlier)));
    const seed = isNew ? await planted(server, earlier, config.data) : earlier;
    const written = await described(config, server, seed);
    writePrivately(devConfigPath(config.data), `${JSON.stringify(written, undefined, 2)}\n`);
    const kept = config.memory ? undefined : join(config.data, 'seed.json');
    const snapshot = snapshotOf(server, seed, kept, isNew);
    // A server that is ended at once has none; the next start takes it.
    snapshot.catch(() => undefined);
    ready.resolve(async () => restore(server, await snapshot));
    return { server, written };
  } catch (error) {
    await server.close();
    throw error;
  }
}

/**
 * What `config.json` names. Another file of that name is refused: it would be written over, and its pins be lost. An empty
 * one is what a power cut may leave.
 */
function earlierSeed(data: string): DevConfig | undefined {
  const path = devConfigPath(data);
  const earlier = readDevConfig(data);
  if (!earlier && statSync(path, { throwIfNoEntry: false })?.size) {
    throw new CommandError(
      `${path} is none of "cognate dev": it needs endpoint, region, userPoolId, clientId and user. Complete it, or move it away.`,
    );
  }
  return earlier;
}

/** What is refused was written into `config.json` by hand; without one, a quota is in the way. */
async function planted(server: Server, earlier: DevConfig | undefined, data: string): Promise<Seed> {
  try {
    return await plant(server.context(), earlier);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const what = earlier ? `What ${devConfigPath(data)} names` : 'A first pool with a client and a user';
    throw new CommandError(`${what} cannot be made: ${error.message}`);
  }
}

/** Taken while the server answers already: the signing keys take some time. */
async function snapshotOf(
  server: Server,
  seed: Seed,
  path: string | undefined,
  isNew: boolean,
): Promise<Snapshot> {
  const kept = isNew || path === undefined ? undefined : readSnapshot(path);
  if (kept) return kept;
  const taken = await takeSnapshot(server.context(), seed);
  if (path !== undefined) writePrivately(path, JSON.stringify(taken));
  return taken;
}

/** Its secrets are sealed, as they are in the store. */
function readSnapshot(path: string): Snapshot | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Snapshot;
  } catch {
    return undefined;
  }
}

/** Written anew at each start: what an earlier start wrote of this one is the ids and the password alone. */
async function described(config: Config, server: Server, seed: Seed): Promise<DevConfig> {
  const { userPoolId, clientId, user } = seed;
  const ctx = server.context();
  const pool = await ctx.store.pools.find(userPoolId);
  if (!pool) throw new Error(`The first pool ${userPoolId} is gone.`);
  const endpoint = config.publicUrl ?? server.url;
  return {
    endpoint,
    region: pool.region,
    userPoolId,
    clientId,
    user,
    issuer: issuerOf(ctx, pool),
    domain: `${endpoint}/cognate`,
  };
}
