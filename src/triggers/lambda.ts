import { signRequest } from '../iam/sign-request.ts';
import type { Credentials } from '../iam/sign-request.ts';
import type { Outbound } from '../outbound/outbound.ts';
import type { LambdaFunction, Outcome } from './function.ts';
import { replyTo } from './reply.ts';

export interface LambdaOptions {
  /** Of an emulator, or AWS itself: that of the ARN's region. */
  readonly endpoint?: string | undefined;
  /** What the function is called there; its ARN without one. */
  readonly name?: string | undefined;
  readonly credentials: Credentials | undefined;
}

/** Emulators want a signature and do not check it. */
const anybody: Credentials = { accessKeyId: 'cognate', secretAccessKey: 'cognate' };

/** A function of AWS Lambda or of something that speaks its API (API reference of Lambda: Invoke). */
export function lambdaFunction(outbound: Outbound, options: LambdaOptions): LambdaFunction {
  const { endpoint, name, credentials = endpoint === undefined ? undefined : anybody } = options;
  return {
    invoke({ arn, event, limit, isTold }) {
      if (credentials === undefined) return Promise.resolve(unsigned);
      const [, partition, , region = ''] = arn.split(':');
      const base =
        endpoint ??
        `https://lambda.${region}.${partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'}`;
      const url = `${base}/2015-03-31/functions/${encodeURIComponent(name ?? arn)}/invocations`;
      const request = {
        method: 'POST',
        url,
        headers: {
          'content-type': 'application/json',
          'x-amz-invocation-type': isTold === true ? 'Event' : 'RequestResponse',
        },
        body: event,
      } as const;
      // AWS goes by the true time, whatever the development clock says.
      const headers = signRequest(request, credentials, { service: 'lambda', region, now: Date.now() });
      return replyTo(outbound, { ...request, headers, target: url, time: limit });
    },
    close: () => undefined,
  };
}

const unsigned: Outcome = {
  at: 'refused',
  reason: 'AccessDeniedException',
  detail: 'there are no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
};
