import { flagOf, settings, variableOf } from '../src/settings.ts';
import type { SettingName } from '../src/settings.ts';

/** Every setting with its three names; what `--help` says is what the page says. */
export function settingsTable(): string {
  const rows = (Object.keys(settings) as SettingName[]).map((name) => {
    const { value, help, secret } = { secret: undefined, ...settings[name] };
    const flag = value === '' ? flagOf(name) : `${flagOf(name)} <${value}>`;
    return `| ${secret ? '–' : `\`${flag}\``} | \`${variableOf(name)}\` | \`${name}\` | ${help.replaceAll('<', '&lt;')} |`;
  });
  return ['| flag | variable | key in the file | what (default) |', '|---|---|---|---|', ...rows].join('\n');
}
