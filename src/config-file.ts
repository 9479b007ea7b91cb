import { readFileSync } from 'node:fs';

/** A setting that cannot be used. The message names the setting where the user wrote it; it never holds a secret. */
export class SettingError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SettingError';
  }
}

export interface ConfigFile {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Without a path cognate.config.json of the working folder, if there is one. */
export function readConfigFile(path: string | undefined, names: readonly string[]): ConfigFile {
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
    if (name !== '$schema' && !names.includes(name))
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
