import { flagOf, isLoopback, SettingError } from '../config.ts';
import type { Config } from '../config.ts';

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
  if (config.smtp !== undefined && config.mailFrom === undefined) {
    throw new SettingError(`${flagOf('smtp')} needs a sender: set ${flagOf('mailFrom')}.`);
  }
}
