import * as errors from '../errors.ts';

/** A rule of a customization: what may stand on a sign-in page. */
export interface CssRule {
  readonly selectors: readonly string[];
  readonly declarations: readonly (readonly [property: string, value: string])[];
}

/** Developer guide, "Customizing hosted UI (classic) branding". */
const classes = [
  'background',
  'banner',
  'errorMessage',
  'idpButton',
  'idpDescription',
  'inputField',
  'label',
  'legalText',
  'logo',
  'passwordCheck-notValid',
  'passwordCheck-valid',
  'redirect',
  'socialButton',
  'submitButton',
  'textDescription',
].map((name) => `.${name}-customizable`);

/** What changes how a thing looks, and neither where it is nor what lies over what. */
const properties = new Set(
  `background background-color background-image border border-bottom border-bottom-color border-bottom-left-radius
  border-bottom-right-radius border-bottom-style border-bottom-width border-color border-left border-left-color
  border-left-style border-left-width border-radius border-right border-right-color border-right-style
  border-right-width border-style border-top border-top-color border-top-left-radius border-top-right-radius
  border-top-style border-top-width border-width box-shadow box-sizing color cursor display font font-family font-size
  font-style font-weight height letter-spacing line-height margin margin-bottom margin-left margin-right margin-top
  max-height max-width min-height min-width opacity outline outline-color outline-style outline-width padding
  padding-bottom padding-left padding-right padding-top text-align text-decoration text-shadow text-transform
  vertical-align white-space width word-break word-spacing`.split(/\s+/),
);

const functions = new Set(['rgb', 'rgba', 'hsl', 'hsla', 'calc', 'linear-gradient', 'radial-gradient']);

const longestValue = 1000;

/**
 * Reads the CSS of a customization: classes and properties of a list, values of plain characters. Escapes, at-rules,
 * functions that fetch or run something, and markup are refused (security WEB-3). The pages write it anew from what was
 * read, with `cssText`.
 *
 * Throws InvalidParameterException; the words are the service's for classes, else unconfirmed.
 */
export function parseCss(text: string): readonly CssRule[] {
  const bare = withoutComments(text);
  const forbidden = /[\\<>@]/.exec(bare)?.[0];
  if (forbidden !== undefined) throw errors.cssForbidden(forbidden);
  const rules: CssRule[] = [];
  const rule = /([^{}]*)\{([^{}]*)\}/y;
  let end = 0;
  for (let match = rule.exec(bare); match !== null; match = rule.exec(bare)) {
    const [, selectors = '', body = ''] = match;
    rules.push(ruleOf(selectors, body));
    end = rule.lastIndex;
  }
  if (bare.slice(end).trim() !== '') throw errors.cssInvalid();
  return rules;
}

function withoutComments(text: string): string {
  const [first = '', ...rest] = text.split('/*');
  const after = rest.map((piece) => {
    const end = piece.indexOf('*/');
    if (end === -1) throw errors.cssInvalid();
    return piece.slice(end + 2);
  });
  return [first, ...after].join(' ');
}

/** The declarations are read once however many selectors share them: a sheet takes no longer than it is (security IN-9). */
function ruleOf(list: string, body: string): CssRule {
  const selectors = list.split(',').map((selector) => selector.trim());
  const unknown = selectors.find((selector) => !classes.includes(selector.replace(/:(?:hover|focus)$/, '')));
  if (unknown !== undefined) throw errors.cssClassUnknown(unknown);
  const declarations = body
    .split(';')
    .filter((declaration) => declaration.trim() !== '')
    .map(declarationOf);
  return { selectors, declarations };
}

function declarationOf(text: string): readonly [string, string] {
  const colon = text.indexOf(':');
  if (colon === -1) throw errors.cssInvalid();
  const property = text.slice(0, colon).trim().toLowerCase();
  const value = text.slice(colon + 1).trim();
  if (!properties.has(property)) throw errors.cssPropertyUnknown(property);
  if (value.length > longestValue) throw errors.cssInvalid();
  const unknown = [...value.matchAll(/([\w-]*)\s*\(/g)].find(
    ([, name = '']) => !functions.has(name.toLowerCase()),
  );
  if (unknown !== undefined) throw errors.cssForbidden(`${unknown[1]}(`);
  if (!/^[\w\s#.,%()+*/'"!-]+$/.test(value)) throw errors.cssInvalid();
  return [property, value];
}

/** The rules as a style sheet: nothing that was not read. */
export function cssText(rules: readonly CssRule[]): string {
  return rules
    .map(({ selectors, declarations }) => {
      const lines = declarations.map(([property, value]) => `${property}:${value}`);
      return `${selectors.join(',')}{${lines.join(';')}}`;
    })
    .join('\n');
}
