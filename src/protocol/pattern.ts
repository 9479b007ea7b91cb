/**
 * The patterns of the facts are Java's, checked there with `matches()`: the whole value, in code points. Where a literal
 * translation would make a backtracking engine quadratic on a hostile value, an equal form that is linear stands here
 * (security IN-9); test/hostile.test.ts times every pattern.
 */
const word = String.raw`[\p{L}\p{M}\p{S}\p{N}\p{P}]`;
const prose = String.raw`[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*`;

/** Pattern of the facts → the same set of values, tried in one pass: first the alphabet, then what must stand in it. */
const linearForms: Readonly<Record<string, string>> = {
  // An @ that is neither first nor last: `.` runs to the end and steps back to the last one only.
  [`${word}+@${word}+`]: `(?=${word}+$).+@.+`,
  [String.raw`${prose}\{####\}${prose}`]: String.raw`(?=${prose}$).*?\{####\}.*`,
  // The lookahead that captures is kept once found (an atomic group), so that only the first opening mark is tried.
  [String.raw`${prose}\{##${prose}##\}${prose}`]: String.raw`(?=${prose}$)(?=(.*?\{##))\1.*##\}.*`,
  [String.raw`^[\S]+.*[\S]+$`]: String.raw`\S[^\n\r\u0085\u2028\u2029]*\S`,
  [String.raw`.*\{####\}.*`]: String.raw`(?=[^\n\r\u0085\u2028\u2029]*$).*?\{####\}.*`,
};

/** Java's `\s` is ASCII, JavaScript's is not. */
const blanks = String.raw` \t\n\x0B\f\r`;

/**
 * Compiles a pattern of the facts.
 *
 * `\s` and `\S` mean ASCII blanks as in Java; `(?s)` and an escape that JavaScript's `u` mode refuses (`\:`) are rewritten.
 */
export function compilePattern(pattern: string): RegExp {
  const linear = Object.hasOwn(linearForms, pattern) ? linearForms[pattern] : undefined;
  const source = (linear ?? pattern)
    .replaceAll('(?s)', '')
    .replaceAll('[\\S]', `[^${blanks}]`)
    .replaceAll('\\S', `[^${blanks}]`)
    .replaceAll('\\s', blanks)
    .replaceAll('\\:', ':');
  const dotAll = linear !== undefined || pattern.startsWith('(?s)');
  return new RegExp(`^(?:${source})$`, dotAll ? 'su' : 'u');
}
