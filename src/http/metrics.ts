import type { Outcome } from '../protocol/wire.ts';

export interface Metrics {
  readonly observe: (outcome: Outcome) => void;
  /** What has been counted until now. */
  readonly counts: () => Counts;
}

/** What one process has counted, or several together; as it is sent between processes. */
export interface Counts {
  /** By labels. */
  readonly requests: Readonly<Record<string, number>>;
  readonly durations: Readonly<Record<string, Durations>>;
}

/** Upper bounds of the duration buckets, in seconds: from a cached read to a request that nobody waits for. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Durations {
  /** Of each bucket, without those below. */
  readonly counts: readonly number[];
  readonly sum: number;
  readonly total: number;
}

/**
 * Counts requests by service, operation and result, and their durations by operation. Labels come from the facts and the
 * routes alone, never from a request (security IN-13), so that their number is bounded.
 */
export function createMetrics(): Metrics {
  const services = new Map<string, Map<string, Observed>>();
  const observedOf = (service: string, operation: string): Observed => {
    const operations = services.get(service) ?? new Map<string, Observed>();
    services.set(service, operations);
    const observed = operations.get(operation) ?? {
      labels: `service="${service}",operation="${operation}"`,
      results: new Map<string, number>(),
      durations: { counts: bounds.map(() => 0), sum: 0, total: 0 },
    };
    operations.set(operation, observed);
    return observed;
  };

  return {
    observe({ service = 'http', operation = 'unknown', result, milliseconds }) {
      const { results, durations } = services.get(service)?.get(operation) ?? observedOf(service, operation);
      results.set(result, (results.get(result) ?? 0) + 1);
      const seconds = milliseconds / 1000;
      const bucket = bounds.findIndex((bound) => seconds <= bound);
      if (bucket !== -1) durations.counts[bucket] = (durations.counts[bucket] ?? 0) + 1;
      durations.sum += seconds;
      durations.total += 1;
    },
    counts() {
      const all = [...services.values()].flatMap((operations) => [...operations.values()]);
      const requests = all.flatMap(({ labels, results }) =>
        [...results].map(([result, count]) => [`${labels},result="${result}"`, count] as const),
      );
      return {
        requests: Object.fromEntries(requests),
        durations: Object.fromEntries(all.map(({ labels, durations }) => [labels, durations])),
      };
    },
  };
}

/** What was seen of one operation. */
interface Observed {
  readonly labels: string;
  readonly results: Map<string, number>;
  readonly durations: { readonly counts: number[]; sum: number; total: number };
}

export const noCounts: Counts = { requests: {}, durations: {} };

/** What several processes have counted together. */
export function summed(all: readonly Counts[]): Counts {
  const requests: Record<string, number> = {};
  const durations: Record<string, Durations> = {};
  for (const each of all) {
    for (const [labels, count] of Object.entries(each.requests))
      requests[labels] = (requests[labels] ?? 0) + count;
    for (const [labels, more] of Object.entries(each.durations)) {
      const before = durations[labels];
      durations[labels] = before === undefined ? more : added(before, more);
    }
  }
  return { requests, durations };
}

const added = (a: Durations, b: Durations): Durations => ({
  counts: a.counts.map((count, bucket) => count + (b.counts[bucket] ?? 0)),
  sum: a.sum + b.sum,
  total: a.total + b.total,
});

/** The text that Prometheus reads (exposition format 0.0.4). */
export function metricsText({ requests, durations }: Counts): string {
  return [...requestLines(requests), ...durationLines(durations), ''].join('\n');
}

function requestLines(requests: Counts['requests']): string[] {
  return [
    '# HELP cognate_requests_total Requests by how they ended.',
    '# TYPE cognate_requests_total counter',
    ...Object.entries(requests).map(([labels, count]) => `cognate_requests_total{${labels}} ${count}`),
  ];
}

function durationLines(durations: Counts['durations']): string[] {
  const name = 'cognate_request_duration_seconds';
  const lines = [`# HELP ${name} Time from the decoded body to the answer.`, `# TYPE ${name} histogram`];
  for (const [labels, { counts, sum, total }] of Object.entries(durations)) {
    let below = 0;
    for (const [at, bound] of bounds.entries()) {
      below += counts[at] ?? 0;
      lines.push(`${name}_bucket{${labels},le="${bound}"} ${below}`);
    }
    lines.push(`${name}_bucket{${labels},le="+Inf"} ${total}`);
    lines.push(`${name}_sum{${labels}} ${Number(sum.toFixed(6))}`, `${name}_count{${labels}} ${total}`);
  }
  return lines;
}
