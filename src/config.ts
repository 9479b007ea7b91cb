import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';

/** A setting that cannot be used. The message names the setting where the user wrote it; it never holds a secret. */
export class SettingError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SettingError';
  }
}

export type Mode = 'dev' | 'serve';

interface Setting<T> {
  /** What `--help` and the documentation say. */
  readonly help: string;
  /** The name of the value in `--help`; empty for a flag that has none. */
  readonly value: string;
  /** Never given by an argument, where `ps` shows it (security SEC-5). */
  readonly secret?: true;
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
  host: setting('address', 'address to listen on (127.0.0.1)', address),
  port: setting('number', 'port to listen on (4590)', (text) => whole(text, 0, 65_535)),
  data: setting('folder', 'where everything is kept (.cognate)', nonEmpty),
  memory: setting('', 'keep nothing: the store lives in memory; for "cognate dev"', truth),
  database: setting('url', 'a PostgreSQL database instead of the data folder: postgres://…', postgresUrl),
  region: setting('name', 'region of requests that name none (us-east-1)', region),
  account: setting('digits', 'account number in every ARN (000000000000)', account),
  publicUrl: setting('url', 'the URL under which clients reach this server', httpUrl),
  issuer: setting(
    'form',
    '"own": the public URL (default), "aws": the issuer that Cognito itself writes',
    issuer,
  ),
  masterKey: secret(
    'key',
    '32 bytes in base64 or hex under which all secrets are sealed; while it is changed the new and the former, with a comma',
    masterKeys,
  ),
  masterKeyFile: setting(
    'file',
    'file with the master key; made at the first start (<data>/master.key)',
    nonEmpty,
  ),
  smtp: setting('url', 'mail server: smtp://user:password@host:587 or smtps://…', smtpUrl),
  mailFrom: setting('address', 'sender of mails when the pool names none', mailAddress),
  trustedProxies: setting(
    'addresses',
    'proxies whose X-Forwarded-For is believed, with commas between: 10.0.0.0/8 (127.0.0.1,::1)',
    networks,
  ),
  failures: setting(
    'number',
    'failed sign-ins a minute that one address may cause in a pool, 0: any number (300)',
    (text) => whole(text, 0, 1_000_000),
  ),
  workers: setting('number', 'processes that share the port (1)', (text) => whole(text, 1, 64)),
  keyLead: setting('hours', 'how long a new signing key is published before it signs (24)', (text) =>
    whole(text, 0, 720),
  ),
} satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof settings;
type Values = { readonly [K in SettingName]?: ReturnType<(typeof settings)[K]['parse']> | undefined };

/** What the whole server is started with, read once. */
export interface Config extends Values {
  readonly mode: Mode;
  readonly host: string;
  readonly port: number;
  readonly data: string;
  readonly memory: boolean;
  readonly region: string;
  readonly account: string;
  readonly issuer: 'own' | 'aws';
  readonly trustedProxies: readonly string[];
  readonly failures: number;
  readonly workers: number;
  /** Hours. */
  readonly keyLead: number;
}

/** As the command line gives them: text, or true for a flag without a value. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>;

export interface ConfigSource {
  readonly mode: Mode;
  /** Flags by the name of their setting. */
  readonly flags?: Flags | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads the settings: flags before environment before file before defaults. A wrong one is named where it was written
 * and stops the start.
 */
export function readConfig(source: ConfigSource): Config {
  const env = source.env ?? {};
  const { config: path = env['COGNATE_CONFIG'] } = source.flags ?? {};
  const file = readFile(path === undefined ? undefined : String(path));
  const found: Record<string, unknown> = {};
  for (const name of Object.keys(settings) as SettingName[]) {
    const written = firstWritten(name, source.flags ?? {}, env, file);
    if (written) found[name] = parsed(name, written);
  }
  const values = found as Values;
  return {
    ...values,
    mode: source.mode,
    host: values.host ?? '127.0.0.1',
    port: values.port ?? 4590,
    data: values.data ?? '.cognate',
    memory: values.memory ?? false,
    region: values.region ?? 'us-east-1',
    account: values.account ?? '000000000000',
    issuer: values.issuer ?? 'own',
    trustedProxies: values.trustedProxies ?? ['127.0.0.1', '::1'],
    failures: values.failures ?? 300,
    workers: values.workers ?? 1,
    keyLead: values.keyLead ?? 24,
  };
}

interface Written {
  readonly text: string;
  /** Where the user wrote it. */
  readonly where: string;
}

function firstWritten(
  name: SettingName,
  flags: Flags,
  env: Readonly<Record<string, string | undefined>>,
  file: ConfigFile,
): Written | undefined {
  const variable = variableOf(name);
  const flag = flags[name];
  if (flag !== undefined) return { text: String(flag), where: flagOf(name) };
  if (env[variable]) return { text: env[variable], where: variable };
  const value = file.values[name];
  if (value === undefined) return undefined;
  if (!['string', 'number', 'boolean'].includes(typeof value)) {
    throw new SettingError(`${file.path}: "${name}" must be a text, a number, true or false.`);
  }
  return { text: `${value as string | number | boolean}`, where: `${file.path}: "${name}"` };
}

function parsed(name: SettingName, { text, where }: Written): unknown {
  try {
    return settings[name].parse(text.trim());
  } catch (error) {
    throw new SettingError(`${where} ${(error as Error).message}.`, { cause: error });
  }
}

interface ConfigFile {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Without a path cognate.config.json of the working folder, if there is one. */
function readFile(path: string | undefined): ConfigFile {
  const at = path ?? 'cognate.config.json';
  let text: string;
  try {
    text = readFileSync(at, 'utf8');
  } catch (error) {
    if (path === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT')
      return { path: at, values: {} };
    throw new SettingError(
      `${at} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}.`,
    );
  }
  const values = parseObject(text, at);
  for (const name of Object.keys(values)) {
    if (name !== '$schema' && !Object.hasOwn(settings, name))
      throw new SettingError(`${at}: "${name}" is not a setting.`);
  }
  return { path: at, values };
}

function parseObject(text: string, at: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SettingError(`${at} is not JSON.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SettingError(`${at} must hold one JSON object.`);
  }
  return value as Record<string, unknown>;
}

/** `publicUrl` → `COGNATE_PUBLIC_URL`. */
export const variableOf = (name: SettingName) => `COGNATE_${kebab(name).replaceAll('-', '_').toUpperCase()}`;
/** `publicUrl` → `--public-url`. */
export const flagOf = (name: SettingName) => `--${kebab(name)}`;
const kebab = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** The file of the master key when no key is given by the environment. Undefined when nothing is kept. */
export function masterKeyFileOf(config: Config): string | undefined {
  return config.masterKeyFile ?? (config.memory ? undefined : join(config.data, 'master.key'));
}

function whole(text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new Error(`must be a whole number from ${least} to ${most}`);
  return value;
}

function truth(text: string): boolean {
  if (!['true', 'false', '1', '0'].includes(text)) throw new Error('must be true or false');
  return text === 'true' || text === '1';
}

function nonEmpty(text: string): string {
  if (text === '') throw new Error('must not be empty');
  return text;
}

function address(text: string): string {
  if (text !== 'localhost' && isIP(text) === 0) throw new Error('must be an IP address or "localhost"');
  return text;
}

function networks(text: string): readonly string[] {
  const each = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  for (const network of each) {
    const [from = '', bits = '0'] = network.split('/');
    const most = { 0: -1, 4: 32, 6: 128 }[isIP(from)] ?? -1;
    if (!/^\d{1,3}$/.test(bits) || Number(bits) > most) {
      throw new Error('must be addresses or networks with commas between, as 10.0.0.0/8,::1');
    }
  }
  return each;
}

function account(text: string): string {
  if (!/^\d{12}$/.test(text)) throw new Error('must be twelve digits');
  return text;
}

function region(text: string): string {
  if (!/^[a-z]{2,4}(-[a-z]+){1,3}-\d{1,2}$/.test(text))
    throw new Error('must be the name of a region, as us-east-1');
  return text;
}

function issuer(text: string): 'own' | 'aws' {
  if (text !== 'own' && text !== 'aws') throw new Error('must be "own" or "aws"');
  return text;
}

function urlOf(text: string, protocols: readonly string[], form: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // The message does not repeat the value: it may hold a password.
  if (!url || !protocols.includes(url.protocol)) throw new Error(`must be a URL, as ${form}`);
  return url;
}

function httpUrl(text: string): string {
  const url = urlOf(text, ['https:', 'http:'], 'https://auth.example.com');
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.pathname !== '/') {
    throw new Error('must be a URL without path, query, fragment and user, as https://auth.example.com');
  }
  return url.origin;
}

function postgresUrl(text: string): string {
  urlOf(text, ['postgres:', 'postgresql:'], 'postgres://user:password@host:5432/name');
  return text;
}

function smtpUrl(text: string): string {
  const form = 'smtp://user:password@host:587';
  if (urlOf(text, ['smtp:', 'smtps:'], form).hostname === '') throw new Error(`must be a URL, as ${form}`);
  return text;
}

function mailAddress(text: string): string {
  if (!/^[^\s@<>"]+@[^\s@<>"]+$/.test(text))
    throw new Error('must be a mail address, as no-reply@example.com');
  return text;
}

/** Two while the key is being changed: the new one, and the one before. */
function masterKeys(text: string): readonly Uint8Array[] {
  const keys = text.split(/[\s,]+/).map(masterKey);
  if (keys.length > 2) throw new Error('must be one key, or the new and the former one');
  return keys;
}

export function masterKey(text: string): Uint8Array {
  const bytes = /^[0-9a-fA-F]{64}$/.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  if (bytes.length !== 32 || !/^[\w+/-]+=?$/.test(text)) throw new Error('must be 32 bytes in base64 or hex');
  return bytes;
}
