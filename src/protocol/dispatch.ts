import { randomUUID } from 'node:crypto';
import type { ErrorCode } from '../api/errors.ts';
import type { Operations as CognitoIdentity } from '../api/cognito-identity.ts';
import type { Operations as CognitoIdp } from '../api/cognito-idp.ts';
import type { Operations as CognitoSync } from '../api/cognito-sync.ts';
import type { Operations as Sts } from '../api/sts.ts';
import type { About, Context, RequestRates } from '../context.ts';
import {
  ApiError,
  internalError,
  internalServer,
  mediaTypeNotSupported,
  operationNotBuilt,
} from '../errors.ts';
import type { ServiceName } from './facts.ts';
import { json } from './json.ts';
import type { Operation } from './operation.ts';
import { compileOperation } from './operation.ts';
import type { Protocol } from './protocol.ts';
import { query } from './query.ts';
import { rest } from './rest.ts';
import type { Authorize, Authorized, During, Handlers, Known, Outcome, Request, Response } from './wire.ts';

export interface DispatcherOptions {
  readonly services: {
    readonly 'cognito-idp'?: Handlers<CognitoIdp>;
    readonly 'cognito-identity'?: Handlers<CognitoIdentity>;
    readonly 'cognito-sync'?: Handlers<CognitoSync>;
    readonly sts?: Handlers<Sts>;
  };
  readonly authorize: Authorize;
  /** Names may pin ids; in development only. */
  readonly pins?: boolean;
  /** How often operations may be called; any number of times if not given. */
  readonly rates?: RequestRates | undefined;
  /** The context of one request. `region` is that of the signature, if there was one. */
  readonly contextFor: (about: {
    readonly request: Request;
    readonly requestId: string;
    readonly operation: string;
    readonly authorized: Authorized;
    readonly note: Context['note'];
  }) => Context;
  /** Around each operation, once it is known who asks for it; nothing if not given. */
  readonly during?: During | undefined;
  /** Told how each request ended, once. */
  readonly log: (outcome: Outcome) => void;
}

export type Dispatch = (request: Request) => Promise<Response>;

/** The wire form of a request that came to the door of the services. */
export function protocolOf({ headers, url }: Request): Protocol {
  if (headers['x-amz-target'] !== undefined) return json;
  if (isSyncPath(url)) return rest;
  return headers['content-type']?.startsWith('application/x-www-form-urlencoded') || url.includes('Action=')
    ? query
    : json;
}

/** Whether a path (with or without its query) belongs to Cognito Sync. */
export const isSyncPath = (url: string): boolean => /^\/identitypools(?:[/?]|$)/.test(url);

/** What an operation may answer although its facts do not say so: the faults of every service. */
const alwaysAllowed: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'AccessDeniedException',
  'InvalidParameterException',
  'NotImplementedException',
  'ServiceUnavailableException',
  'ThrottlingException',
  'TooManyRequestsException',
  'ValidationError',
  'ValidationException',
]);

/** What is known of a request while it is served. */
interface Run {
  readonly request: Request;
  readonly requestId: string;
  readonly protocol: Protocol;
  operation: Operation | undefined;
  authorized: Authorized | undefined;
  /** What the handler has noted. */
  readonly about: { -readonly [Name in keyof About]: About[Name] };
  /** The handler has been called: from now on only what the facts declare may leave. */
  entered: boolean;
}

/**
 * The one way of a request to an operation: find it → decode (size, depth, text) → authenticate and authorize → validate
 * → the handler → encode. The promise never rejects.
 *
 * Codes that the facts do not declare for the operation, and whatever else a handler throws, are answered as
 * InternalErrorException with a fixed message; the fault goes to the log alone (security IN-1).
 */
export function createDispatcher(options: DispatcherOptions): Dispatch {
  const operations = new Map<ServiceName, Map<string, Operation>>();

  function operationOf(protocol: Protocol, request: Request): Operation {
    const named = protocol.find(request);
    if (named === undefined) throw protocol.unknown(request);
    const known = operations.get(named.service)?.get(named.name);
    if (known !== undefined) return known;
    const made = compileOperation(
      named.service,
      named.name,
      options.services[named.service],
      options.pins ?? false,
    );
    if (made === undefined) throw protocol.unknown(request);
    const ofService = operations.get(named.service) ?? new Map<string, Operation>();
    operations.set(named.service, ofService.set(named.name, made));
    return made;
  }

  /** The user is known once the operation has found them, which it does before anything else. */
  function admitUser(operation: Operation, { pool, user }: About): void {
    if (pool === undefined || user === undefined || !isRated(operation)) return;
    options.rates?.admitUser(operation.name, pool, user);
  }

  async function answer(run: Run): Promise<Response> {
    const { request, protocol, requestId } = run;
    const operation = operationOf(protocol, request);
    run.operation = operation;
    const { service, name, own, facts, handler } = operation;
    checkEncoding(request);
    const input = protocol.decode(request, operation);
    const { signingName } = facts;
    const asked = { service, signingName, name, auth: own.auth, input };
    const proven = (authorized: Authorized) => {
      run.authorized = authorized;
    };
    const authorized = await options.authorize(request, asked, proven);
    run.authorized = authorized;
    const valid = operation.read(input);
    if (handler === undefined) throw operationNotBuilt(name);
    const note = (about: About) => {
      const isFirst = run.about.user === undefined && about.act === undefined;
      Object.assign(run.about, about);
      if (isFirst) admitUser(operation, run.about);
    };
    const context = options.contextFor({ request, requestId, operation: name, authorized, note });
    if (isRated(operation)) options.rates?.admit(operation.name, context, valid);
    run.entered = true;
    const work = async () => handler(context, valid);
    const output = await (options.during ? options.during(() => knownOf(run), work) : work());
    return protocol.encode(operation, output, requestId);
  }

  return async (request) => {
    const started = performance.now();
    const run: Run = {
      request,
      requestId: randomUUID(),
      protocol: protocolOf(request),
      operation: undefined,
      authorized: undefined,
      about: {},
      entered: false,
    };
    let response: Response;
    let told: ApiError | undefined;
    let fault: unknown;
    try {
      response = await answer(run);
    } catch (error) {
      told = toldOf(error, run);
      fault = told === error ? undefined : error;
      response = run.protocol.refuse(told, run.requestId, run.operation, !run.entered);
    }
    const { service, operation, requestId, ip, region, caller, pool, client, user, act } = knownOf(run);
    options.log({
      service,
      operation,
      result: told?.code ?? 'ok',
      status: response.status,
      milliseconds: performance.now() - started,
      requestId,
      ip,
      region,
      caller,
      pool,
      client,
      user,
      act,
      fault,
    });
    return response;
  };
}

const isRated = (operation: Operation): operation is Operation & { readonly name: keyof CognitoIdp } =>
  operation.service === 'cognito-idp';

/** Name by name: an object with others spread into it costs a request more than all else that is done here. */
const knownOf = ({ request, requestId, operation, authorized, about }: Run): AllOf<Known> => ({
  service: operation?.service,
  operation: operation?.name,
  requestId,
  ip: request.ip,
  region: authorized?.region,
  caller: authorized?.caller?.arn,
  pool: about.pool,
  client: about.client,
  user: about.user,
  act: about.act,
});

/** With every member, none of them forgotten. */
type AllOf<T> = { readonly [Name in keyof Required<T>]: T[Name] };

/** What the client is told of an error: itself, or InternalErrorException in its place. */
function toldOf(error: unknown, { operation, entered }: Run): ApiError {
  // Some operations have another name for it.
  const fault = operation?.errors.has('InternalServerException') ? internalServer : internalError;
  if (!(error instanceof ApiError)) return fault();
  const allowed = !entered || operation?.errors.has(error.code) === true || alwaysAllowed.has(error.code);
  return allowed ? error : fault();
}

/** Nothing is inflated on the way in (security IN-8). */
function checkEncoding({ headers }: Request): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity' && encoding !== '') throw mediaTypeNotSupported();
}
