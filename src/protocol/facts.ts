import { readFileSync } from 'node:fs';

/** The interface facts of the four services, as api/*.json hold them (design, point 1). */
export type ServiceName = 'cognito-idp' | 'cognito-identity' | 'cognito-sync' | 'sts';

export interface Facts {
  readonly service: ServiceName;
  readonly apiVersion: string;
  readonly protocol: 'json' | 'query' | 'rest-json';
  readonly targetPrefix?: string;
  readonly signingName: string;
  readonly xmlNamespace?: string;
  readonly operations: Readonly<Record<string, OperationFacts>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

export interface OperationFacts {
  readonly input?: string;
  readonly output?: string;
  readonly resultWrapper?: string;
  readonly errors?: readonly string[];
  readonly auth: 'none' | 'sigv4';
  readonly http?: { readonly method: string; readonly requestUri: string; readonly responseCode: number };
}

export interface Shape {
  readonly type:
    | 'string'
    | 'boolean'
    | 'integer'
    | 'long'
    | 'timestamp'
    | 'blob'
    | 'structure'
    | 'list'
    | 'map';
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly sensitive?: boolean;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, MemberFacts>>;
  readonly member?: MemberFacts;
  readonly key?: MemberFacts;
  readonly value?: MemberFacts;
  readonly exception?: boolean;
  readonly error?: {
    readonly code?: string;
    readonly httpStatusCode?: number;
    readonly senderFault?: boolean;
  };
}

export interface MemberFacts {
  readonly shape: string;
  readonly location?: 'uri' | 'querystring' | 'header';
  readonly locationName?: string;
}

export const serviceNames: readonly ServiceName[] = [
  'cognito-idp',
  'cognito-identity',
  'cognito-sync',
  'sts',
];

const loaded = new Map<ServiceName, Facts>();

/** The facts of a service, read at first use: the server starts without those that nobody asks for. */
export function factsOf(service: ServiceName): Facts {
  const known = loaded.get(service);
  if (known !== undefined) return known;
  // api/ lies beside src/, here and in what is published.
  const text = readFileSync(new URL(`../../api/${service}.json`, import.meta.url), 'utf8');
  const facts = JSON.parse(text) as Facts;
  loaded.set(service, facts);
  return facts;
}

export function shapeOf(facts: Facts, name: string): Shape {
  const shape = facts.shapes[name];
  if (shape === undefined) throw new Error(`the facts of ${facts.service} have no shape ${name}`);
  return shape;
}

const targets: ReadonlyMap<string, ServiceName> = new Map([
  ['AWSCognitoIdentityProviderService', 'cognito-idp'],
  ['AWSCognitoIdentityService', 'cognito-identity'],
]);

/** The JSON service whose requests carry this prefix in X-Amz-Target. */
export function serviceOfTarget(prefix: string): ServiceName | undefined {
  return targets.get(prefix);
}
