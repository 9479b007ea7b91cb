import type { Outcome } from '../protocol/wire.ts';

export interface Metrics {
  observe(outcome: Outcome): void;
  /** The text that Prometheus reads (exposition format 0.0.4). */
  text(): string;
}

/** Upper bounds of the duration buckets, in seconds: from a cached read to a request that nobody waits for. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Durations {
  readonly counts: number[];
  sum: number;
  total: number;
}

/**
 * Counts requests by service, operation and result, and their durations by operation. Labels come from the facts and the
 * routes alone, never from a request (security IN-13), so that their number is bounded.
 */
export function createMetrics(): Metrics {
  const requests = new Map<string, number>();
  const durations = new Map<string, Durations>();

  return {
    observe({ service = 'http', operation = 'unknown', result, milliseconds }) {
      const labels = `service="${service}",operation="${operation}"`;
      const counted = `${labels},result="${result}"`;
      requests.set(counted, (requests.get(counted) ?? 0) + 1);
      let known = durations.get(labels);
      if (known === undefined) {
        known = { counts: bounds.map(() => 0), sum: 0, total: 0 };
        durations.set(labels, known);
      }
      const seconds = milliseconds / 1000;
      const bucket = bounds.findIndex((bound) => seconds <= bound);
      if (bucket !== -1) known.counts[bucket] = (known.counts[bucket] ?? 0) + 1;
      known.sum += seconds;
      known.total += 1;
    },
    text: () => [...requestLines(requests), ...durationLines(durations), ''].join('\n'),
  };
}

function requestLines(requests: ReadonlyMap<string, number>): string[] {
  return [
    '# HELP cognate_requests_total Requests by how they ended.',
    '# TYPE cognate_requests_total counter',
    ...[...requests].map(([labels, count]) => `cognate_requests_total{${labels}} ${count}`),
  ];
}

function durationLines(durations: ReadonlyMap<string, Durations>): string[] {
  const name = 'cognate_request_duration_seconds';
  const lines = [`# HELP ${name} Time from the decoded body to the answer.`, `# TYPE ${name} histogram`];
  for (const [labels, { counts, sum, total }] of durations) {
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
