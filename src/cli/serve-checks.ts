import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { isLoopback, SettingError } from '../config.ts';
import { flagOf, variableOf } from '../settings.ts';
import type { Config } from '../config.ts';
import type { Way } from '../messages/ways.ts';
import { allowedOf, isNamed, mayReach } from '../outbound/allowed.ts';
import type { Target } from '../triggers/targets.ts';

/** Refuses to serve in a way that is not safe, and says what to set (the contract; security WEB-7). */
export function checkServing(config: Config): void {
  if (config.memory) throw new SettingError(`${flagOf('memory')} keeps nothing: it is for "cognate dev".`);
  const publicUrl = config.publicUrl === undefined ? undefined : new URL(config.publicUrl);
  if (publicUrl?.protocol === 'http:' && !isLoopback(publicUrl.hostname.replaceAll(/[[\]]/g, ''))) {
    throw new SettingError(
      `${flagOf('publicUrl')} must be an https URL: passwords and tokens would be readable on their way. Put a proxy with a certificate in front.`,
    );
  }
  if (!isLoopback(config.host) && publicUrl?.protocol !== 'https:') {
    throw new SettingError(
      `${flagOf('host')} ${config.host} can be reached from other machines: put a proxy with a certificate in front and set ${flagOf('publicUrl')} to its https URL, or listen on 127.0.0.1.`,
    );
  }
  checkFunctions(config);
  checkMessages(config);
}

/** Refuses ways of sending that no message would get through. */
function checkMessages(config: Config): void {
  const { smtp, mail, mailFrom, sms } = config;
  if (smtp !== undefined && mail !== undefined)
    throw new SettingError(
      `${flagOf('smtp')} and ${flagOf('mail')} are two ways for mails: set one of them.`,
    );
  for (const name of ['smtp', 'mail'] as const) {
    if (config[name] !== undefined && mailFrom === undefined)
      throw new SettingError(`${flagOf(name)} needs a sender: set ${flagOf('mailFrom')}.`);
  }
  if (mail !== undefined) checkWay(config, 'mail', mail);
  if (sms !== undefined) checkWay(config, 'sms', sms);
}

function checkWay(config: Config, name: 'mail' | 'sms', way: Way): void {
  const { allowedHosts = [], webhookKey, awsCredentials } = config;
  const url = way.kind === 'webhook' ? way.url : way.endpoint;
  if (url === undefined && awsCredentials === undefined)
    throw new SettingError(`${flagOf(name)} needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`);
  if (url?.startsWith('http:') && !mayUseHttp(new URL(url).hostname, allowedHosts))
    throw new SettingError(
      `${flagOf(name)} must be at an https URL, or its host be named by ${flagOf('allowedHosts')}.`,
    );
  if (way.kind === 'webhook' && webhookKey === undefined)
    throw new SettingError(`${flagOf(name)} needs a key to sign with: set ${variableOf('webhookKey')}.`);
}

/** Refuses functions that no call would ever reach: files that are not there, hosts that http may not be used with. */
export function checkFunctions({ triggers = new Map<string, Target>(), allowedHosts = [] }: Config): void {
  for (const [name, target] of triggers) {
    if (target.kind === 'module' && !existsSync(target.file))
      throw new SettingError(`${flagOf('triggers')} ${name}: there is no file ${target.file}.`);
    const url = target.kind === 'http' ? target.url : target.kind === 'lambda' ? target.endpoint : undefined;
    if (url?.startsWith('http:') && !mayUseHttp(new URL(url).hostname, allowedHosts)) {
      throw new SettingError(
        `${flagOf('triggers')} ${name} must be at an https URL, or its host be named by ${flagOf('allowedHosts')}.`,
      );
    }
  }
}

/** As far as it can be said without looking the name up. */
function mayUseHttp(hostname: string, allowedHosts: readonly string[]): boolean {
  const host = hostname.replaceAll(/[[\]]/g, '');
  const allowed = allowedOf(allowedHosts, true);
  if (isNamed(allowed, host) || isLoopback(host)) return true;
  return isIP(host) === 0 ? allowedHosts.some((it) => it.includes('/')) : mayReach(allowed, host, false);
}
