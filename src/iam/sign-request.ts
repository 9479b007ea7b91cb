import { createHmac } from 'node:crypto';
import {
  canonicalHeaders,
  canonicalPath,
  canonicalQuery,
  headerValues,
  queryPairs,
  sha256,
  sha256OfText,
} from './canonical.ts';
import { deriveKey, stamp } from './sigv4.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface RequestToSign {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

/**
 * The client's side of SigV4: the headers to send a request with. `host` is signed but not among them, since every HTTP
 * client sends it by itself.
 */
export function signRequest(
  request: RequestToSign,
  credentials: Credentials,
  { service, region, now }: { readonly service: string; readonly region: string; readonly now: number },
): Record<string, string> {
  const url = new URL(request.url);
  const timestamp = stamp(now);
  const token = credentials.sessionToken;
  const headers: Record<string, string> = {
    ...request.headers,
    'x-amz-date': timestamp,
    ...(token === undefined ? {} : { 'x-amz-security-token': token }),
  };
  const values = headerValues(Object.entries({ ...headers, host: url.host }).flat());
  const names = [...values.keys()].sort();
  const canonical = [
    request.method,
    canonicalPath(url.pathname),
    canonicalQuery(queryPairs(url.search.slice(1))),
    canonicalHeaders(names, values),
    names.join(';'),
    sha256(request.body ?? ''),
  ].join('\n');
  const scope = { date: timestamp.slice(0, 8), region, service };
  const scopeText = `${scope.date}/${region}/${service}/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${timestamp}\n${scopeText}\n${sha256OfText(canonical)}`;
  const signature = createHmac('sha256', deriveKey(credentials.secretAccessKey, scope))
    .update(text, 'latin1')
    .digest('hex');
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scopeText}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return headers;
}
