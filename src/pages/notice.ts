import { createHash } from 'node:crypto';
import { escaped } from '../domain/html.ts';

/** A page that says one thing. */
export interface Notice {
  readonly title: string;
  readonly text: string;
}

const style =
  'body{margin:0;font:1.125rem/1.5 system-ui,sans-serif;color:#16191f;background:#fff}' +
  'main{max-width:32rem;margin:15vh auto;padding:0 1.5rem}h1{font-size:1.5rem;line-height:1.25}' +
  '@media(prefers-color-scheme:dark){body{color:#f2f3f3;background:#16191f}}';

const styleHash = createHash('sha256').update(style).digest('base64');

/**
 * What goes with every page: nothing but its own style is loaded, no script runs, nobody frames it, no address with a code
 * is told to others or kept (security WEB-4; reference/oauth-federation.md 1.3).
 */
export const pageHeaders: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache, no-store, max-age=0, must-revalidate',
  'X-Robots-Tag': 'noindex',
};

/** The page as HTML; title and text are text. */
export function noticePage({ title, text }: Notice): string {
  return (
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n' +
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n' +
    `<title>${escaped(title)}</title>\n<style>${style}</style>\n</head>\n` +
    `<body>\n<main>\n<h1>${escaped(title)}</h1>\n<p>${escaped(text)}</p>\n</main>\n</body>\n</html>\n`
  );
}
