import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { checkSignature, readSignature } from '../src/iam/sigv4.ts';

export const credentials = { accessKeyId: 'AKIAMESSAGESMESSAGES', secretAccessKey: 'the secret of messages' };
/** What AssumeRole gives. */
const assumed = {
  accessKeyId: 'ASIAMESSAGESMESSAGES',
  secretAccessKey: 'a passing secret',
  sessionToken: 'token',
};

export interface ServiceCall {
  readonly service: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly path: string;
  readonly target: string | undefined;
  /** The form or the JSON. */
  readonly input: Readonly<Record<string, unknown>>;
}

export interface AwsServices {
  readonly url: string;
  readonly calls: readonly ServiceCall[];
}

/** An answer in place of a good one. */
export interface ServiceRefusal {
  readonly status: number;
  readonly body: string;
}

/**
 * SES, SNS, End User Messaging and STS on the loopback address as far as messages need them: signatures are verified, and
 * what is not signed as it must be gets 403. The first calls are refused as told.
 */
export async function awsServices(
  t: TestContext,
  refusals: readonly ServiceRefusal[] = [],
): Promise<AwsServices> {
  const calls: ServiceCall[] = [];
  const answers = [...refusals];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const call = verified(request, body);
      if (call === undefined) return response.writeHead(403).end('{"__type":"SignatureDoesNotMatch"}');
      calls.push(call);
      const refusal = answers.shift();
      if (refusal !== undefined) return response.writeHead(refusal.status).end(refusal.body);
      return response.writeHead(200).end(call.service === 'sts' ? assumedXml() : '{"MessageId":"1"}');
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** The signing name is a part of the signature: the request must name the service that it is for. */
function verified(request: IncomingMessage, body: Buffer): ServiceCall | undefined {
  const { method = '', url = '', rawHeaders, headers } = request;
  const [, service = ''] =
    /Credential=[^/]+\/\d{8}\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
  const text = body.toString();
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  try {
    const read = readSignature(
      { method, url, rawHeaders, body },
      { service, region: undefined, now: Date.now() },
    );
    const isAssumed = read.accessKeyId === assumed.accessKeyId;
    if (isAssumed && read.sessionToken !== assumed.sessionToken) return undefined;
    checkSignature(read, isAssumed ? assumed.secretAccessKey : credentials.secretAccessKey);
    const { region, accessKeyId } = read;
    const input = (isForm ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text)) as object;
    const target = headers['x-amz-target'] as string | undefined;
    return { service, region, accessKeyId, path: url, target, input: { ...input } };
  } catch {
    return undefined;
  }
}

const assumedXml = () =>
  '<AssumeRoleResponse><AssumeRoleResult><Credentials>' +
  `<AccessKeyId>${assumed.accessKeyId}</AccessKeyId><SecretAccessKey>${assumed.secretAccessKey}</SecretAccessKey>` +
  `<SessionToken>${assumed.sessionToken}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>` +
  '</Credentials></AssumeRoleResult></AssumeRoleResponse>';
