import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `<data>/config.json`, which `cognate dev` writes for programs to read (the contract). */
export interface DevConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly userPoolId: string;
  readonly clientId: string;
  readonly user: { readonly username: string; readonly password: string };
  readonly issuer: string;
  readonly domain: string;
}

/** Undefined when the folder has none, or holds something else. */
export function readDevConfig(data: string): DevConfig | undefined {
  try {
    const value = JSON.parse(readFileSync(devConfigPath(data), 'utf8')) as Partial<DevConfig> | null;
    const needed = [value?.endpoint, value?.region, value?.userPoolId, value?.clientId];
    const isWhole = [...needed, value?.user?.username, value?.user?.password].every(
      (text) => typeof text === 'string' && text !== '',
    );
    return isWhole ? (value as DevConfig) : undefined;
  } catch {
    return undefined;
  }
}

export const devConfigPath = (data: string) => join(data, 'config.json');
