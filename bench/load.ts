import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';

/** One answer of a server under load. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export type Call = (operation: string, input: unknown) => Promise<Answer>;

// Servers that double Cognito look at the region of the credential only; none of them checks this signature.
const authorization =
  'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/cognito-idp/aws4_request, ' +
  'SignedHeaders=host;x-amz-date, Signature=0000000000000000000000000000000000000000000000000000000000000000';

/** A keep-alive client of one server. */
export function client(url: string, connections: number): Call {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const { hostname, port } = new URL(url);
  return (operation, input) =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify(input);
      const headers = {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
        'x-amz-date': '20260101T000000Z',
        'content-length': Buffer.byteLength(body),
        authorization,
      };
      const sent = request({ agent, hostname, port, method: 'POST', path: '/', headers }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => {
          const text = Buffer.concat(parts).toString();
          const answer = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
          resolve({ status: response.statusCode ?? 0, body: answer });
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
}

/** What one run of an operation cost. CPU is the server's own, in milliseconds for each operation. */
export interface Figures {
  readonly operations: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpu: number;
  readonly failures: number;
}

/**
 * Plays `step` from `concurrency` callers for `seconds` (after a short warm-up) and reads the server's CPU time from
 * the kernel before and after.
 */
export async function measure(
  pids: () => readonly number[],
  step: (turn: number) => Promise<boolean>,
  { seconds = 3, concurrency = 8, warmUp = 3 } = {},
): Promise<Figures> {
  let turn = 0;
  const play = async (until: number, times: number[]): Promise<number> => {
    let failures = 0;
    const caller = async () => {
      while (performance.now() < until) {
        const started = performance.now();
        if (!(await step(turn++))) failures++;
        times.push(performance.now() - started);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, caller));
    return failures;
  };
  await play(performance.now() + warmUp * 1000, []);
  const times: number[] = [];
  const cpuBefore = cpuMilliseconds(pids());
  const started = performance.now();
  const failures = await play(started + seconds * 1000, times);
  const elapsed = (performance.now() - started) / 1000;
  const cpu = (cpuMilliseconds(pids()) - cpuBefore) / times.length;
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return {
    operations: times.length,
    perSecond: times.length / elapsed,
    p50: at(0.5),
    p99: at(0.99),
    cpu,
    failures,
  };
}

/** User and system time of processes, from /proc (Linux): ticks of 10 ms. */
export function cpuMilliseconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // it has ended since: what it used is not counted any more
    }
  }
  return ticks * 10;
}

/** Resident memory of processes in megabytes. */
export function residentMegabytes(pids: readonly number[]): number {
  let kilobytes = 0;
  for (const pid of pids) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    kilobytes += Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
  }
  return kilobytes / 1024;
}
