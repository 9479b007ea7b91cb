import { signRequest } from '../iam/sign-request.ts';
import type { Credentials } from '../iam/sign-request.ts';
import type { Outbound, OutboundResponse } from '../outbound/outbound.ts';
import { post } from './post.ts';
import { DeliveryError } from './transport.ts';

/** How services of AWS are reached. */
export interface Aws {
  readonly outbound: Outbound;
  /** Of an emulator, for all services; AWS itself, in the region of the request, if not given. */
  readonly endpoint?: string | undefined;
  readonly credentials: Credentials | undefined;
}

export interface AwsRequest {
  /** As the log calls it. */
  readonly name: string;
  /** In the host name. */
  readonly prefix: string;
  /** In the signature. */
  readonly service: string;
  readonly region: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Emulators want a signature and do not check it. */
const anybody: Credentials = { accessKeyId: 'cognate', secretAccessKey: 'cognate' };

/** Sends a signed request. The body of a good answer; throws DeliveryError for any other. */
export async function callAws(aws: Aws, asked: AwsRequest): Promise<string> {
  const { outbound, endpoint, credentials = endpoint === undefined ? undefined : anybody } = aws;
  const { name, prefix, service, region, path, headers, body } = asked;
  if (credentials === undefined)
    throw new DeliveryError(`there are no AWS credentials for ${name}: set AWS_ACCESS_KEY_ID`, false);
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const url = `${endpoint ?? `https://${prefix}.${region}.${suffix}`}${path}`;
  const request = { method: 'POST', url, headers, body } as const;
  // AWS goes by the true time, whatever the development clock says.
  const signed = signRequest(request, credentials, { service, region, now: Date.now() });
  const answer = await post(outbound, { ...request, headers: signed }, name);
  if (answer.status >= 200 && answer.status < 300) return answer.body.toString();
  const code = codeOf(answer);
  throw new DeliveryError(`${name} did not take it (${answer.status} ${code})`, isFinal(answer, code));
}

/** The code alone: the words may repeat the address. */
function codeOf({ headers, body }: OutboundResponse): string {
  const text = body.toString();
  const header = headers['x-amzn-errortype'];
  const [, named] = /"__type"\s*:\s*"([^"]+)"/.exec(text) ?? /<Code>([^<]+)<\/Code>/.exec(text) ?? [];
  const code = (typeof header === 'string' ? header : named)?.replace(/:.*$/, '').replace(/^.*#/, '') ?? '';
  return /^\w{1,60}$/.test(code) ? code : 'no reason given';
}

/** What another try does not change. Missing rights, limits and pauses are an administrator's to change. */
const unfit = new Set([
  'BadRequestException',
  'MessageRejected',
  'InvalidParameter',
  'InvalidParameterValue',
  'ParameterValueInvalid',
  'ValidationException',
  'ValidationError',
  'ConflictException',
]);

const isFinal = ({ status }: OutboundResponse, code: string) => status < 500 && unfit.has(code);
