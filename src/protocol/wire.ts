import type { About, Caller, Context } from '../context.ts';
import type { ServiceName } from './facts.ts';

/** A request as it came from the socket: nothing decoded, nothing dropped that a signature may cover. */
export interface Request {
  readonly method: string;
  /** Path and query as on the wire. */
  readonly url: string;
  /** By lower-case name; what came more than once is joined as Node joins it. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** name, value, name, value …: order, letter case and duplicates as received (SigV4 needs them). */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** The address of who sent it: the peer's, or what a trusted proxy says. */
  readonly ip: string;
}

export interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** What is asked for, as authorization sees it. */
export interface RequestedOperation {
  readonly service: ServiceName;
  readonly signingName: string;
  readonly name: string;
  /** `none`: nobody signs it, and a signature on it is ignored. */
  readonly auth: 'none' | 'sigv4';
  /** The decoded input, not validated yet: read from it only with care. */
  readonly input: unknown;
}

export interface Authorized {
  readonly caller?: Caller | undefined;
  /** The region of the credential scope, or of the host name. */
  readonly region?: string | undefined;
}

/**
 * Says who signed the request, or throws ApiError. Asked for every operation, also for those that nobody signs. `proven`
 * is told who it is before it is known whether they may.
 */
export type Authorize = (
  request: Request,
  operation: RequestedOperation,
  proven?: (authorized: Authorized) => void,
) => Authorized | Promise<Authorized>;

export type Handler<Input, Output> = (ctx: Context, input: Input) => Output | Promise<Output>;

/** An operation whose answer carries nothing, or nothing that must be there, may return nothing. */
type Answer<Output> = object extends Output
  ? Output | void
  : string extends keyof Output
    ? Output | void
    : Output;

/** All operations of a service. */
export type AllHandlers<Operations> = {
  readonly [Name in keyof Operations]: Operations[Name] extends { input: infer Input; output: infer Output }
    ? Handler<Input, Answer<Output>>
    : never;
};

/** The operations of a service that are built. */
export type Handlers<Operations> = Partial<AllHandlers<Operations>>;

/** What is known of a request while it is served. */
export type Known = Pick<Outcome, 'service' | 'operation' | 'requestId' | 'ip' | 'region' | 'caller'> & About;

/** Runs what a request asks for. `known` gives what is known of it whenever it is asked. */
export type During = <T>(known: () => Known, work: () => Promise<T>) => Promise<T>;

/** How one request ended. Dispatch tells it once for each request; the server logs and counts it. */
export interface Outcome extends About {
  readonly service: ServiceName | undefined;
  /** A name that the facts know; undefined when the request named none such. */
  readonly operation: string | undefined;
  /** `ok`, or the error code that the client saw. */
  readonly result: string;
  readonly status: number;
  readonly milliseconds: number;
  readonly requestId: string;
  readonly ip: string;
  readonly region: string | undefined;
  readonly caller: string | undefined;
  /** What was thrown, when that is not what the client was told. */
  readonly fault?: unknown;
}
