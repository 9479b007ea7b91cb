import { randomUUID } from 'node:crypto';
import type { LogConfigurationType } from '../api/cognito-idp.ts';
import { exported } from '../domain/log-delivery/log-delivery.ts';
import type { LogRecord, Send } from '../domain/log-delivery/log-delivery.ts';
import { sha256 } from '../iam/canonical.ts';
import { signRequest } from '../iam/sign-request.ts';
import type { Credentials } from '../iam/sign-request.ts';
import type { Outbound, OutboundRequest, OutboundResponse } from '../outbound/outbound.ts';

export interface AwsLogsOptions {
  readonly outbound: Outbound;
  /** Of what speaks the APIs of CloudWatch Logs, S3 and Firehose. */
  readonly endpoint: string;
  /** For the names of buckets, whose ARNs have no region. */
  readonly region: string;
  readonly credentials: Credentials | undefined;
}

/** Emulators want a signature and do not check it. */
const anybody: Credentials = { accessKeyId: 'cognate', secretAccessKey: 'cognate' };

/**
 * Sends the logs of pools to CloudWatch Logs (PutLogEvents), S3 (PutObject) or Firehose (PutRecordBatch), at an endpoint
 * that speaks for all three. What is left of a batch that Firehose took in part counts as not arrived.
 */
export function awsLogs(options: AwsLogsOptions): Send {
  return async (to, records) => {
    const { CloudWatchLogsConfiguration: logs, S3Configuration: s3, FirehoseConfiguration: firehose } = to;
    if (logs?.LogGroupArn !== undefined) await putLogEvents(options, logs.LogGroupArn, records);
    else if (s3?.BucketArn !== undefined) await putObject(options, s3.BucketArn, records);
    else if (firehose?.StreamArn !== undefined) await putRecords(options, firehose.StreamArn, records);
    else
      throw new Error(`no destination for ${to.EventSource satisfies LogConfigurationType['EventSource']}`);
  };
}

/** One stream of the group for each pool; it is made when it is missing. */
async function putLogEvents(
  options: AwsLogsOptions,
  arn: string,
  records: readonly LogRecord[],
): Promise<void> {
  const logGroupName = arn.split(':').slice(6).join(':').replace(/:\*$/, '');
  const logStreamName = records[0]?.poolId ?? '';
  const logEvents = records
    .map((record) => ({ timestamp: record.at, message: exported(record) }))
    .toSorted((one, two) => one.timestamp - two.timestamp);
  const call = (operation: string, body: object) =>
    post(options, { service: 'logs', arn, target: `Logs_20140328.${operation}`, body });
  const put = () => call('PutLogEvents', { logGroupName, logStreamName, logEvents });
  let answer = await put();
  if (codeOf(answer) === 'ResourceNotFoundException') {
    const made = await call('CreateLogStream', { logGroupName, logStreamName });
    if (codeOf(made) !== 'ResourceAlreadyExistsException') checkTaken(made);
    answer = await put();
  }
  checkTaken(answer);
}

async function putRecords(
  options: AwsLogsOptions,
  arn: string,
  records: readonly LogRecord[],
): Promise<void> {
  const body = {
    DeliveryStreamName: arn.slice(arn.indexOf('/') + 1),
    Records: records.map((record) => ({ Data: Buffer.from(`${exported(record)}\n`).toString('base64') })),
  };
  const target = 'Firehose_20150804.PutRecordBatch';
  const answer = await post(options, { service: 'firehose', arn, target, body });
  checkTaken(answer);
  const { FailedPutCount = 0 } = JSON.parse(answer.body.toString() || '{}') as { FailedPutCount?: number };
  if (FailedPutCount > 0) throw new Error(`Firehose refused ${FailedPutCount} records`);
}

/** A text of one record on each line, under the pool and the hour. */
async function putObject(options: AwsLogsOptions, arn: string, records: readonly LogRecord[]): Promise<void> {
  const [bucket, ...prefix] = arn.split(':').slice(5).join(':').split('/');
  const [first] = records;
  const hour = new Date(first?.at ?? 0).toISOString().slice(0, 13).replaceAll(/[-T]/g, '/');
  const key = [...prefix.filter((part) => part !== ''), first?.poolId, hour, `${randomUUID()}.json`].join(
    '/',
  );
  const body = records.map((record) => `${exported(record)}\n`).join('');
  const request = {
    method: 'PUT',
    url: `${options.endpoint}/${bucket}/${key}`,
    headers: { 'content-type': 'application/x-ndjson', 'x-amz-content-sha256': sha256(body) },
    body,
  } as const;
  checkTaken(await signed(options, request, 's3', options.region));
}

interface Call {
  readonly service: string;
  readonly arn: string;
  readonly target: string;
  readonly body: object;
}

function post(options: AwsLogsOptions, { service, arn, target, body }: Call): Promise<OutboundResponse> {
  const request = {
    method: 'POST',
    url: `${options.endpoint}/`,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
    body: JSON.stringify(body),
  } as const;
  return signed(options, request, service, arn.split(':')[3] ?? options.region);
}

/** AWS goes by the true time, whatever the development clock says. */
function signed(
  { outbound, credentials = anybody }: AwsLogsOptions,
  request: OutboundRequest & { readonly body: string },
  service: string,
  region: string,
): Promise<OutboundResponse> {
  const headers = signRequest(request, credentials, { service, region, now: Date.now() });
  return outbound.send({ ...request, headers });
}

function codeOf({ status, body }: OutboundResponse): string | undefined {
  if (status < 400) return undefined;
  return /"__type"\s*:\s*"(?:[^"#]*#)?([A-Za-z]{1,64})"/.exec(body.toString())?.[1];
}

/** The answer's own text may hold anything: its status and code are told. */
function checkTaken(answer: OutboundResponse): void {
  if (answer.status >= 300) throw new Error(`answered ${answer.status} ${codeOf(answer) ?? ''}`.trim());
}
