import type { TestContext } from 'node:test';
import type { AttributeType, UserStatusType } from '../../src/api/cognito-idp.ts';
import { createClock } from '../../src/clock.ts';
import type { Config } from '../../src/config.ts';
import { usualQuotas } from '../../src/domain/quotas.ts';
import { createAccessKey } from '../../src/iam/access-keys.ts';
import type { Store } from '../../src/store/store.ts';
import { targetsOf } from '../../src/triggers/targets.ts';
import { arnOf, functionServer } from '../functions.ts';
import type { TriggerEvent } from '../functions.ts';
import { cityRecord, placesFile } from '../places-file.ts';
import { hashFor, makeHome, makeUser, password } from '../sign-in.ts';
import type { Home } from '../sign-in.ts';
import { CallError, testServer } from '../test-server.ts';
import type { Call, TestServer } from '../test-server.ts';
import { makeElsewhere } from './elsewhere.ts';
import type { Elsewhere } from './elsewhere.ts';

/** What a function does: gives the response of its event, throws `No`, or gives back what is no event. */
export type Doing = ((event: TriggerEvent) => object) | 'throws' | 'lies';

/** A user who is signed in. */
export interface SignedIn {
  readonly name: string;
  readonly AccessToken: string;
  readonly RefreshToken: string;
}

/** Where cases play: one server, in which each makes what it needs, and a home that those share who change nothing in it. */
export interface Scene extends TestServer {
  readonly home: Home;
  /** A name that nobody bears. */
  readonly fresh: () => string;
  /** A new user of a pool, of the home if none is named; may sign in. Gives the name. */
  readonly user: (attributes?: readonly AttributeType[], home?: Home) => Promise<string>;
  readonly signedIn: (attributes?: readonly AttributeType[], home?: Home) => Promise<SignedIn>;
  /** Tokens of users who are no more what they were. */
  readonly tokens: { readonly deleted: string; readonly reset: string; readonly unconfirmed: string };
  /** The ARN of a function that does this. */
  readonly lambda: (doing: Doing) => string;
  /** A server as it runs for real users. */
  readonly production: () => Promise<Production>;
  /** Calls a server that holds callers to Cognito's request rates, again and again within a moment until it refuses. */
  readonly hasty: () => Promise<Call>;
  /** A pool that is in another region too, seen there. */
  readonly elsewhere: () => Promise<Elsewhere>;
  /** To be undone once the case is over: what would stand in the way of others. */
  readonly undo: (last: () => Promise<unknown>) => void;
  /** Undoes what the case has asked for, and sets the clock right. */
  readonly tidy: () => Promise<void>;
  /** Runs while every call of storage fails. */
  readonly withoutStorage: <T>(run: () => Promise<T>) => Promise<T>;
  /** Runs while others come first at each write of what is there already. */
  readonly contended: <T>(run: () => Promise<T>) => Promise<T>;
}

export interface Production {
  readonly home: Home;
  /** By an administrator. */
  readonly call: Call;
  /** By somebody with an access key whose policy allows nothing. */
  readonly stranger: Call;
}

/** So few that they are soon reached. */
const quotas = { ...usualQuotas, 'app-clients': 100, 'identity-providers': 30 };

/** How many functions one scene can have. */
const mostFunctions = 400;

/** `watch` sees every call of the scene. In one of `mode` serve everything is signed by an administrator. */
export async function makeScene(
  t: Pick<TestContext, 'after'>,
  watch: (call: Call) => Call,
  mode: Config['mode'] = 'dev',
): Promise<Scene> {
  const functions: Doing[] = [];
  const functionsUrl = await functionServer(t, ({ url = '', text }, response) => {
    response.end(replyOf(functions[Number(url.slice(1))], JSON.parse(text) as TriggerEvent));
  });
  const targets = Array.from({ length: mostFunctions }, (_, at) => `f${at}=${functionsUrl}/${at}`);
  const triggers = targetsOf(targets.join('\n'));
  const { path: places } = placesFile(t, {
    '127.0.0.0/8': cityRecord('DE', 'Germany', 'Hamburg', [53.55, 9.99]),
  });
  const own = await testServer(t, { settings: { mode, triggers, quotas, places } });
  const server = {
    ...own,
    call: watch(mode === 'serve' ? await signedCall(own, 'admin', 'Allow') : own.call),
  };
  const { call, ctx } = server;
  const home = await makeHome(call, { AutoVerifiedAttributes: ['email'] });
  const undoing: (() => Promise<unknown>)[] = [];
  let production: Promise<Production> | undefined;
  let hasty: Promise<Call> | undefined;
  let elsewhere: Promise<Elsewhere> | undefined;
  let names = 0;
  const fresh = () => `n${(names += 1)}`;
  const user: Scene['user'] = (attributes, at = home) => makeUser(call, at, fresh(), attributes);
  const signedIn: Scene['signedIn'] = async (attributes, at = home) => {
    const name = await user(attributes, at);
    const { AuthenticationResult } = await call('AdminInitiateAuth', {
      UserPoolId: at.poolId,
      ClientId: at.clientId,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: {
        USERNAME: name,
        PASSWORD: password,
        ...(at.secret !== undefined && { SECRET_HASH: hashFor(at, name) }),
      },
    });
    const { AccessToken = '', RefreshToken = '' } = AuthenticationResult ?? {};
    return { name, AccessToken, RefreshToken };
  };
  const scene: Scene = {
    ...server,
    home,
    fresh,
    user,
    signedIn,
    tokens: await endedTokens(server, home, signedIn),
    lambda: (doing) => arnOf(`f${functions.push(doing) - 1}`),
    production: () => (production ??= makeProduction(t)),
    elsewhere: () => (elsewhere ??= makeElsewhere(scene)),
    hasty: () => (hasty ??= makeHasty(t)),
    undo: (last) => void undoing.push(last),
    async tidy() {
      for (const last of undoing.splice(0)) await last();
      own.clock.reset();
    },
    withoutStorage: (run) =>
      withPorts(
        ctx.store,
        () => true,
        () => Promise.reject(new Error('the disk is gone')),
        run,
      ),
    contended: (run) =>
      withPorts(ctx.store, (name) => /^(?:replace|insert|delete)$/.test(name), lostRace, run),
  };
  return scene;
}

/** Its clock stands still. */
async function makeHasty(t: Pick<TestContext, 'after'>): Promise<Call> {
  const clock = createClock();
  const moment = clock.now();
  const still = { ...clock, now: () => moment };
  const { call } = await testServer(t, { settings: { requestRates: 'cognito' }, clock: still });
  return async (name, input) => {
    for (;;) {
      const error: unknown = await call(name, input).catch((thrown: unknown) => thrown);
      if (error instanceof CallError && error.code === 'TooManyRequestsException') throw error;
    }
  };
}

/** There may be two pools. */
async function makeProduction(t: Pick<TestContext, 'after'>): Promise<Production> {
  const server = await testServer(t, {
    settings: { mode: 'serve', quotas: { ...usualQuotas, 'user-pools': 2 } },
  });
  const admin = await signedCall(server, 'administrator', 'Allow');
  return { home: await makeHome(admin), call: admin, stranger: await signedCall(server, 'stranger', 'Deny') };
}

/** Signed by somebody with an access key that lets them do everything, or nothing. */
export async function signedCall(
  { ctx, call }: TestServer,
  userName: string,
  Effect: 'Allow' | 'Deny',
): Promise<Call> {
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect, Action: '*', Resource: '*' }],
  });
  const key = await createAccessKey(ctx, { account: ctx.settings.account, userName, policy });
  const signed = { accessKeyId: key.id, secretAccessKey: key.secret };
  return (name, input, options) => call(name, input, { ...options, signed });
}

function replyOf(doing: Doing | undefined, event: TriggerEvent): string {
  if (doing === undefined || doing === 'lies') return 'I have done it';
  if (doing === 'throws') return JSON.stringify({ errorMessage: 'No', errorType: 'Error' });
  return JSON.stringify({ ...event, response: doing(event) });
}

/**
 * Of somebody who was deleted, and of two whose tokens did not end with their good standing: one must set a new password
 * (as after a long row of wrong ones, security LO-4), one is unconfirmed again, which no operation brings about.
 */
async function endedTokens(
  { call, ctx }: TestServer,
  { poolId: UserPoolId }: Home,
  signedIn: Scene['signedIn'],
): Promise<Scene['tokens']> {
  const deleted = await signedIn();
  await call('AdminDeleteUser', { UserPoolId, Username: deleted.name });
  const inStatus = async (status: UserStatusType) => {
    const { name, AccessToken } = await signedIn();
    const record = await ctx.store.users.findByName(UserPoolId, name);
    if (record === undefined) throw new Error('the user is not there');
    await ctx.store.users.replace({ ...record, status }, { claim: [], release: [], takeOver: false });
    return AccessToken;
  };
  return {
    deleted: deleted.AccessToken,
    reset: await inStatus('RESET_REQUIRED'),
    unconfirmed: await inStatus('UNCONFIRMED'),
  };
}

export const verifiedEmail = (address: string): readonly AttributeType[] => [
  { Name: 'email', Value: address },
  { Name: 'email_verified', Value: 'true' },
];

type Port = Record<string, (...given: unknown[]) => Promise<unknown>>;

interface PortCall {
  readonly port: string;
  readonly name: string;
  readonly given: readonly unknown[];
  /** Does what was asked for. */
  readonly proceed: () => Promise<unknown>;
}

/** What a port says whose record, or the pool that is written along with it, somebody else wrote first. */
async function lostRace({ port, name, given, proceed }: PortCall): Promise<unknown> {
  const isAlong = given.some((it) => typeof it === 'object' && it !== null && 'pool' in it);
  if (name !== 'replace' && !isAlong) return proceed();
  return name !== 'delete' && (port === 'users' || port === 'resources') ? 'changed' : false;
}

/** Runs while these functions of all ports do something else. */
async function withPorts<T>(
  store: Store,
  isMeant: (name: string) => boolean,
  instead: (call: PortCall) => Promise<unknown>,
  run: () => Promise<T>,
): Promise<T> {
  const ports = Object.entries(store).filter(
    (entry): entry is [string, Port] => typeof entry[1] === 'object',
  );
  const before = ports.map(([, port]) => ({ ...port }));
  for (const [index, [name, port]] of ports.entries())
    for (const its of Object.keys(port).filter(isMeant))
      port[its] = (...given) => {
        const proceed = async () => before[index]?.[its]?.(...given);
        return instead({ port: name, name: its, given, proceed });
      };
  try {
    return await run();
  } finally {
    for (const [index, [, port]] of ports.entries()) Object.assign(port, before[index]);
  }
}
