/** What a request says of itself and of its caller: values by the lower-case name of the condition key. */
export type RequestKeys = ReadonlyMap<string, readonly string[]>;

interface Variable {
  /** Lower case. */
  readonly key: string;
  readonly otherwise: string | undefined;
}

/** A text of a policy: character codes, wildcards, and variables whose values come with the request. */
export type Pattern = readonly (number | Variable)[];

/** A pattern whose variables have their values. */
export type Glob = readonly number[];

const any = -1;
const one = -2;

/**
 * Reads a text of a policy. With `wildcards`, `*` and `?` are such; with `variables` (documents of 2012), `${key}` and
 * `${key, 'default'}` stand for values, and `${*}`, `${?}`, `${$}` for the characters themselves.
 */
export function compilePattern(
  text: string,
  kinds: { readonly wildcards: boolean; readonly variables: boolean },
): Pattern {
  const pattern: (number | Variable)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const end = kinds.variables && text.startsWith('${', at) ? text.indexOf('}', at) : -1;
    if (end !== -1) {
      pattern.push(variableOf(text.slice(at + 2, end)));
      at = end;
    } else {
      pattern.push((kinds.wildcards ? wildcardOf(text[at]) : undefined) ?? text.charCodeAt(at));
    }
  }
  return pattern;
}

function wildcardOf(character: string | undefined): number | undefined {
  if (character === '*') return any;
  return character === '?' ? one : undefined;
}

function variableOf(inner: string): number | Variable {
  if (inner === '*' || inner === '?' || inner === '$') return inner.charCodeAt(0);
  const comma = inner.indexOf(',');
  const otherwise = comma === -1 ? undefined : /^\s*'(.*)'\s*$/s.exec(inner.slice(comma + 1))?.[1];
  return { key: (comma === -1 ? inner : inner.slice(0, comma)).trim().toLowerCase(), otherwise };
}

/**
 * Puts values in place of variables, as literal text: a `*` in a value is no wildcard (security ID-5). Undefined, which
 * matches nothing, when a variable has no value and no default, or its key has several values.
 */
export function resolved(pattern: Pattern, keys: RequestKeys): Glob | undefined {
  if (pattern.every((part) => typeof part === 'number')) return pattern;
  const glob: number[] = [];
  for (const part of pattern) {
    if (typeof part === 'number') {
      glob.push(part);
      continue;
    }
    const values = keys.get(part.key) ?? [];
    const value = values.length === 0 ? part.otherwise : values[0];
    if (value === undefined || values.length > 1) return undefined;
    for (let at = 0; at < value.length; at += 1) glob.push(value.charCodeAt(at));
  }
  return glob;
}

/** The text of a glob that has no wildcards. */
export const textOf = (glob: Glob): string => glob.map((code) => String.fromCharCode(code)).join('');

/**
 * Whether the whole text matches: `*` is any text, `?` one character. Goes back to the last `*` only, so that no pattern
 * makes it run away (security IN-9).
 */
export function matchesGlob(glob: Glob, text: string): boolean {
  let inGlob = 0;
  let inText = 0;
  let star = -1;
  let starText = 0;
  while (inText < text.length) {
    const part = glob[inGlob];
    if (part === any) {
      star = inGlob;
      starText = inText;
      inGlob += 1;
    } else if (part === one || part === text.charCodeAt(inText)) {
      inText += part === one ? lengthAt(text, inText) : 1;
      inGlob += 1;
    } else if (star !== -1) {
      starText += lengthAt(text, starText);
      inText = starText;
      inGlob = star + 1;
    } else {
      return false;
    }
  }
  while (glob[inGlob] === any) inGlob += 1;
  return inGlob === glob.length;
}

/** How many units the character takes that starts here. */
const lengthAt = (text: string, at: number) => ((text.codePointAt(at) ?? 0) > 0xff_ff ? 2 : 1);
