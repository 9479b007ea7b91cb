import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the operator says stands for a function. */
export type Target =
  /** The event is posted there. */
  | { readonly kind: 'http'; readonly url: string }
  /** Lambda's Invoke API, of AWS itself unless an endpoint is given. */
  | { readonly kind: 'lambda'; readonly endpoint?: string; readonly name?: string }
  | { readonly kind: 'module'; readonly file: string; readonly handler: string };

/** By ARN, by ARN without version or alias, by function name; `*` stands for all others. */
export type Targets = ReadonlyMap<string, Target>;

/**
 * Reads `name=target`, one in each line, or a JSON object of the same. A target is a URL, `lambda` (AWS),
 * `lambda:http://host:port` with or without the function's name there as its path, or a module file with or without
 * `#export`. Throws a plain Error that says what it must be.
 */
export function targetsOf(text: string): Targets {
  const pairs = text.startsWith('{')
    ? fromJson(text)
    : text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map(split);
  return new Map(
    pairs.map(([name, target]) => {
      if (!/^(\*|arn:\S+|[\w-]{1,140}(:[\w$-]+)?)$/.test(name))
        throw new Error(`must name functions by ARN or name; "${name}" is neither`);
      return [name, targetOf(name, target)];
    }),
  );
}

function split(line: string): [string, string] {
  const at = line.indexOf('=');
  if (at < 1) throw new Error('must be of the form name=target, as hello=./hello.ts');
  return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}

function fromJson(text: string): [string, string][] {
  return Object.entries(parsed(text)).map(([name, target]) => {
    if (typeof target !== 'string') throw new Error(`must give ${name} a text`);
    return [name, target];
  });
}

function parsed(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    throw new Error('must be name=target, a line for each, or a JSON object');
  }
}

/** What is refused is not repeated: URLs may hold secrets. */
function targetOf(name: string, text: string): Target {
  if (/^https?:/.test(text)) return { kind: 'http', url: urlOf(name, text).href };
  if (text === 'lambda') return { kind: 'lambda' };
  if (text.startsWith('lambda:')) {
    const url = urlOf(name, text.slice('lambda:'.length));
    const path = decodeURIComponent(url.pathname.slice(1));
    return { kind: 'lambda', endpoint: url.origin, ...(path === '' ? {} : { name: path }) };
  }
  const [path = '', handler = 'handler'] = text.split('#');
  if (!/\.[cm]?[jt]s$/.test(path) || /^(?!file:)[a-z]+:\/\//.test(path))
    throw new Error(`must give ${name} a URL, lambda, lambda:URL or a JavaScript or TypeScript file`);
  return { kind: 'module', file: path.startsWith('file:') ? fileURLToPath(path) : resolve(path), handler };
}

function urlOf(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw new Error(`must give ${name} a URL, as http://127.0.0.1:9000/hello`);
  if (url.username !== '' || url.hash !== '')
    throw new Error(`must give ${name} a URL without user and fragment`);
  return url;
}

/** The target for an ARN: the most particular name wins. */
export function targetFor(targets: Targets, arn: string): Target | undefined {
  const parts = arn.split(':');
  const [name = '', version = ''] = parts.slice(6);
  const names = [arn, parts.slice(0, 7).join(':'), `${name}:${version}`, name, '*'];
  const known = names.find((it) => targets.has(it));
  return known === undefined ? undefined : targets.get(known);
}
