import type { Operations } from '../../src/api/cognito-idp.ts';
import { signRequest } from '../../src/iam/sign-request.ts';
import type { Credentials } from '../../src/iam/sign-request.ts';

/** An endpoint that speaks cognito-idp. */
export interface Target {
  readonly url: string;
  readonly region: string;
  readonly credentials: Credentials;
  /** The newest code that was sent to an address; undefined where codes cannot be read. */
  readonly codeTo: (address: string) => Promise<string | undefined>;
}

/** What an endpoint answered. Of its output nothing is believed. */
export interface Answer<Output> {
  readonly ok: boolean;
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly output: Partial<Output>;
}

/** Who sends a request: the administrator, nobody, or somebody with an Authorization header of their own. */
export type Sender = 'administrator' | 'nobody' | { readonly authorization: string } | Credentials;

const patience = 10_000;

/** Posts an operation as a plain HTTP client does. Throws only when no answer comes. */
export async function post<Name extends keyof Operations>(
  target: Target,
  operation: Name,
  input: Operations[Name]['input'],
  sender: Sender = 'nobody',
): Promise<Answer<Operations[Name]['output']>> {
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
  };
  const request = { method: 'POST', url: `${target.url}/`, headers, body: JSON.stringify(input) };
  const response = await fetch(request.url, {
    ...request,
    headers: headersOf(target, request, sender),
    signal: AbortSignal.timeout(patience),
  });
  const output = objectOf(await response.text());
  const header = response.headers.get('x-amzn-errortype') ?? '';
  return {
    ok: response.ok,
    status: response.status,
    code: response.ok ? '' : nameOf(header) || nameOf(textOf(output['__type'])) || `HTTP ${response.status}`,
    message: response.ok ? '' : textOf(output['message'] ?? output['Message']),
    output: response.ok ? output : {},
  };
}

interface Unsent {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function headersOf(target: Target, request: Unsent, sender: Sender): Readonly<Record<string, string>> {
  if (sender === 'nobody') return request.headers;
  if (typeof sender === 'object' && 'authorization' in sender) return { ...request.headers, ...sender };
  const credentials = sender === 'administrator' ? target.credentials : sender;
  return signRequest(request, credentials, {
    service: 'cognito-idp',
    region: target.region,
    now: Date.now(),
  });
}

/** `com.amazonaws…#NotAuthorizedException:` → `NotAuthorizedException`. */
const nameOf = (type: string) => type.replace(/^.*#/, '').replace(/:.*$/, '');

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
