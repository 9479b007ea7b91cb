import { join } from 'node:path';
import { readConfigFile, SettingError } from './config-file.ts';
import type { ConfigFile } from './config-file.ts';
import { usualQuotas } from './domain/quotas.ts';
import type { Quotas } from './domain/quotas.ts';
import { flagOf, isSeveral, settings, variableOf } from './settings.ts';
import type { Setting, SettingName } from './settings.ts';

export { SettingError } from './config-file.ts';

export type Mode = 'dev' | 'serve';

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
  readonly requestRates: 'off' | 'cognito';
  readonly quotas: Quotas;
  readonly connections: number;
  readonly workers: number;
  /** Days. */
  readonly auditDays: number;
  /** Hours. */
  readonly keyLead: number;
  /** With which AWS itself is called. */
  readonly awsCredentials?: AwsCredentials | undefined;
}

/** From the variables that all AWS programs read. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
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
  const file = readConfigFile(path === undefined ? undefined : String(path), Object.keys(settings));
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
    requestRates: values.requestRates ?? 'off',
    quotas: values.quotas ?? usualQuotas,
    connections: values.connections ?? 10_000,
    workers: values.workers ?? 1,
    auditDays: values.auditDays ?? 30,
    keyLead: values.keyLead ?? 24,
    awsCredentials: awsCredentials(env),
  };
}

function awsCredentials(env: Readonly<Record<string, string | undefined>>): AwsCredentials | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: env['AWS_SESSION_TOKEN'] };
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
  if (flag !== undefined) {
    checkOpenly(name, String(flag));
    return { text: String(flag), where: flagOf(name) };
  }
  if (env[variable]) return { text: env[variable], where: variable };
  const value = file.values[name];
  if (value === undefined) return undefined;
  if (isSeveral(name) && typeof value === 'object') {
    return { text: JSON.stringify(value), where: `${file.path}: "${name}"` };
  }
  if (!['string', 'number', 'boolean'].includes(typeof value)) {
    throw new SettingError(`${file.path}: "${name}" must be a text, a number, true or false.`);
  }
  return { text: `${value as string | number | boolean}`, where: `${file.path}: "${name}"` };
}

/** `ps` shows arguments (security SEC-5). */
function checkOpenly(name: SettingName, text: string): void {
  if ((settings[name] as Setting<unknown>).mayHoldPassword !== true || !URL.canParse(text)) return;
  if (new URL(text).password !== '')
    throw new SettingError(`${flagOf(name)} must hold no password: give it by ${variableOf(name)}.`);
}

function parsed(name: SettingName, { text, where }: Written): unknown {
  try {
    return settings[name].parse(text.trim());
  } catch (error) {
    throw new SettingError(`${where} ${(error as Error).message}.`, { cause: error });
  }
}

/**
 * How long a new signing key is published before it signs, in milliseconds: as set, and ten minutes on top, since what
 * a verifier fetches and keeps may itself be some minutes old (security DU-12; Cache-Control of the key set).
 */
export function keyLeadOf({ keyLead }: Config): number {
  return keyLead === 0 ? 0 : (keyLead * 60 + 10) * 60_000;
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** The file of the master key when no key is given by the environment. Undefined when nothing is kept. */
export function masterKeyFileOf(config: Config): string | undefined {
  return config.masterKeyFile ?? (config.memory ? undefined : join(config.data, 'master.key'));
}
