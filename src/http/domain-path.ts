import { hostOf } from './host.ts';
import type { Route } from './router.ts';

/**
 * Matches a path at the domain of a pool, in any letter case, with or without a slash at its end
 * (reference/oauth-federation.md 1.3): below the prefix at any name of this server, or at a name of the domain itself. Its
 * one label is the domain as it is asked for, which need not be one.
 */
export function domainPath(path: string): Route['match'] {
  const wanted = path.toLowerCase();
  return (given, { headers }) => {
    const asked = given.toLowerCase().replace(/\/$/, '');
    if (!asked.endsWith(wanted)) return undefined;
    const before = asked.slice(0, -wanted.length);
    if (before !== '') return /^\/[a-z\d-]{1,63}$/.test(before) ? [before.slice(1)] : undefined;
    const host = hostOf(headers['host']);
    if (host !== undefined && host.kind !== 'domain') return undefined;
    return [host?.prefix ?? nameOf(headers['host'])];
  };
}

/** The name of a custom domain. It finds the pool only; no link is made from it (security SEC-7). */
function nameOf(authority = ''): string {
  return authority
    .toLowerCase()
    .replace(/:\d{1,5}$/, '')
    .replace(/\.$/, '');
}
