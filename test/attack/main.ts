/**
 * `npm run attack -- [URL] [--config FILE]`: the known take-overs of emulators, played against any endpoint that speaks
 * cognito-idp. One line for each attack, totals at the end; the exit code is 1 when something fell, 2 when nothing could
 * be played. Signs as AWS_ACCESS_KEY_ID says, or with made-up credentials, which a development server takes.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { play } from './play.ts';
import type { Target } from './target.ts';

interface Config {
  readonly endpoint?: string;
  readonly region?: string;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { config: { type: 'string' }, region: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
});
if (values.help) {
  process.stdout.write('npm run attack -- [URL] [--config FILE] [--region REGION]\n');
  process.exit();
}
const config = values.config === undefined ? {} : (JSON.parse(readFileSync(values.config, 'utf8')) as Config);
const url = (positionals[0] ?? config.endpoint ?? 'http://127.0.0.1:4590').replace(/\/+$/, '');
const { env } = process;

const target: Target = {
  url,
  region: values.region ?? env['AWS_REGION'] ?? config.region ?? 'us-east-1',
  credentials: {
    accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? 'AKIATESTTESTTESTTEST',
    secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? 'made up',
    sessionToken: env['AWS_SESSION_TOKEN'],
  },
  codeTo: codeInInbox,
};

/** The inbox of Cognate's development server; nothing where there is none. */
async function codeInInbox(address: string): Promise<string | undefined> {
  const inbox = `${url}/_cognate/inbox?to=${encodeURIComponent(address)}`;
  const response = await fetch(inbox, { signal: AbortSignal.timeout(5000) });
  if (!response.ok) return undefined;
  const messages: unknown = await response.json().catch(() => undefined);
  return Array.isArray(messages) ? (messages as { code?: string }[]).at(-1)?.code : undefined;
}

try {
  const results = await play(target, ({ attack, outcome, reason }) => {
    process.stdout.write(`${outcome.padEnd(4)}  ${attack}${reason === undefined ? '' : `: ${reason}`}\n`);
  });
  const count = (outcome: string) => results.filter((result) => result.outcome === outcome).length;
  process.stdout.write(`\n${count('held')} held, ${count('FELL')} fell, ${count('n/a')} not applicable\n`);
  process.exitCode = count('FELL') > 0 ? 1 : 0;
} catch (error) {
  process.stderr.write(
    `Nothing could be played at ${url}: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 2;
}
