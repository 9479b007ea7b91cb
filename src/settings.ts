import { quotasOf } from './domain/quotas.ts';
import { mailWayOf, smsWayOf } from './messages/ways.ts';
import * as form from './setting-forms.ts';
import { targetsOf } from './triggers/targets.ts';

export interface Setting<T> {
  /** What `--help` and the documentation say. */
  readonly help: string;
  /** The name of the value in `--help`; empty for a flag that has none. */
  readonly value: string;
  /** Never given by an argument, where `ps` shows it (security SEC-5). */
  readonly secret?: true;
  /** Holds no password in an argument; elsewhere it may. */
  readonly mayHoldPassword?: true;
  /** The flag that gives one of several values and may be repeated; in a file they are an object. */
  readonly each?: string;
  /** Throws a plain Error that says what the value must be. */
  readonly parse: (text: string) => T;
}

const setting = <T>(value: string, help: string, parse: (text: string) => T): Setting<T> => ({
  value,
  help,
  parse,
});
const secret = <T>(value: string, help: string, parse: (text: string) => T): Setting<T> => ({
  ...setting(value, help, parse),
  secret: true,
});

/**
 * Every setting: `--public-url`, `COGNATE_PUBLIC_URL` and `"publicUrl"` in cognate.config.json are the same one. Each is
 * here because some user must differ from the default.
 */
export const settings = {
  host: setting('address', 'address to listen on (127.0.0.1)', form.address),
  port: setting('number', 'port to listen on (4590)', (text) => form.whole(text, 0, 65_535)),
  data: setting('folder', 'where everything is kept (.cognate)', form.nonEmpty),
  memory: setting('', 'keep nothing: the store lives in memory; for "cognate dev"', form.truth),
  database: setting(
    'url',
    'a PostgreSQL database instead of the data folder: postgres://…',
    form.postgresUrl,
  ),
  region: setting('name', 'region of requests that name none (us-east-1)', form.region),
  account: setting('digits', 'account number in every ARN (000000000000)', form.account),
  publicUrl: setting('url', 'the URL under which clients reach this server', form.httpUrl),
  issuer: setting(
    'form',
    '"own": the public URL (default), "aws": the issuer that Cognito itself writes',
    form.issuer,
  ),
  masterKey: secret(
    'key',
    '32 bytes in base64 or hex under which all secrets are sealed; while it is changed the new and the former, with a comma',
    form.masterKeys,
  ),
  masterKeyFile: setting(
    'file',
    'file with the master key; made at the first start (<data>/master.key)',
    form.nonEmpty,
  ),
  smtp: {
    ...setting('url', 'mail server: smtp://user:password@host:587 or smtps://…', form.smtpUrl),
    mayHoldPassword: true,
  },
  mail: setting(
    'way',
    'what mails go by without a mail server: "ses", "ses:http://host:port" or the URL of a webhook',
    mailWayOf,
  ),
  mailFrom: setting('address', 'sender of mails, unless their pool names another', form.mailAddress),
  mailLimit: setting(
    'number',
    'mails a day that pools without an SES identity of their own send, together (no such limit)',
    (text) => form.whole(text, 1, 1_000_000),
  ),
  sms: setting(
    'way',
    'what text messages go by: "sns", "eums" (End User Messaging), "sns:http://host:port" or the URL of a webhook',
    smsWayOf,
  ),
  smsFrom: setting(
    'name',
    'sender of text messages: a sender ID of SNS, or an origination identity',
    form.smsSender,
  ),
  smsRole: setting('', 'send text messages in the role of the pool: it must trust this server', form.truth),
  webhookKey: secret(
    'key',
    'signs what is sent to webhooks: whsec_… or 24 to 64 bytes in base64',
    form.webhookKey,
  ),
  triggers: {
    ...setting(
      'name=target',
      'what stands for a Lambda function: a URL, "lambda", "lambda:http://host:port" or a module file; may be repeated',
      targetsOf,
    ),
    each: 'trigger',
  },
  senderKey: secret(
    'key',
    "32 bytes in base64 or hex that custom senders open their codes with; theirs and the server's",
    form.masterKey,
  ),
  allowedHosts: setting(
    'hosts',
    'hosts and networks that the server may call without https, or though they are private, with commas between',
    form.allowedHosts,
  ),
  trustedProxies: setting(
    'addresses',
    'proxies whose X-Forwarded-For is believed, with commas between: 10.0.0.0/8 (127.0.0.1,::1)',
    form.networks,
  ),
  failures: setting(
    'number',
    'failed sign-ins a minute that one address may cause in a pool, 0: any number (300)',
    (text) => form.whole(text, 0, 1_000_000),
  ),
  requestRates: setting(
    'which',
    '"cognito": no more requests a second than Cognito takes, "off": any number (off)',
    form.requestRates,
  ),
  quotas: {
    ...setting(
      'name=number',
      'raises a quota: user-pools (1000, to 10000), app-clients of a pool (1000, to 10000), identity-providers (300, to 1000), resource-servers (25, to 300), custom-domains (4, to 1000); may be repeated',
      quotasOf,
    ),
    each: 'quota',
  },
  maxConsecutiveFailures: setting(
    'number',
    'wrong passwords in a row after which a user must set a new one (no such end)',
    (text) => form.whole(text, 1, 1_000_000),
  ),
  compromisedPasswords: setting(
    'file',
    'known passwords for threat protection: sorted SHA-1 hashes, one on each line, as haveibeenpwned.com gives them',
    form.nonEmpty,
  ),
  places: setting(
    'file',
    'where addresses are in the world: a MaxMind DB file of cities or countries (.mmdb); for sessions and threat protection',
    form.nonEmpty,
  ),
  logDeliveryEndpoint: setting(
    'url',
    'what speaks the APIs of CloudWatch Logs, S3 and Firehose: the logs of pools go there (to the own log)',
    form.httpUrl,
  ),
  analyticsEndpoint: setting(
    'url',
    "what speaks Amazon Pinpoint's API: sign-ins of clients with an AnalyticsConfiguration are counted there (nowhere)",
    form.httpUrl,
  ),
  hosts: setting(
    'names',
    'more names under which clients reach this server, with commas between: cognate,*.example.com',
    form.hostNames,
  ),
  connections: setting('number', 'connections at once, for each process (10000)', (text) =>
    form.whole(text, 1, 1_000_000),
  ),
  auditDays: setting(
    'number',
    'days for which it is kept who changed what, for "cognate audit"; 0: not at all (30)',
    (text) => form.whole(text, 0, 3650),
  ),
  metricsToken: secret('token', 'who shows it (Authorization: Bearer) may read /metrics', form.token),
  workers: setting('number', 'processes that share the port (1)', (text) => form.whole(text, 1, 64)),
  keyLead: setting('hours', 'how long a new signing key is published before it signs (24)', (text) =>
    form.whole(text, 0, 720),
  ),
} satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof settings;

/** `publicUrl` → `COGNATE_PUBLIC_URL`. */
export const variableOf = (name: SettingName) => `COGNATE_${kebab(name).replaceAll('-', '_').toUpperCase()}`;
/** `publicUrl` → `--public-url`. */
export const flagOf = (name: SettingName) => `--${eachOf(name) ?? kebab(name)}`;
const eachOf = (name: SettingName) => (settings[name] as Setting<unknown>).each;
/** Whether its flag may be repeated: the values are lines then. */
export const isSeveral = (name: SettingName) => eachOf(name) !== undefined;
const kebab = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
