import { hostOf } from './host.ts';

export interface OwnNamesOptions {
  /** The address to listen on. */
  readonly host: string;
  readonly publicUrl?: string | undefined;
  /** More names, `*.example.com` for all below example.com. */
  readonly more?: readonly string[] | undefined;
}

/** Whether a request that came in at `localAddress` and names this authority (`Host`) means this server. */
export type OwnNames = (authority: string | undefined, localAddress: string | undefined) => boolean;

/**
 * The names of this server: those of the configuration, all forms of localhost, the address at which a connection came
 * in, and the names under which AWS has these services and their domains. Anything else is a request gone astray, or
 * a page of somebody else's that made its own name lead here (DNS rebinding; security SEC-7).
 *
 * A client without Host (HTTP/1.0) names nothing wrong.
 */
export function createOwnNames({ host, publicUrl, more = [] }: OwnNamesOptions): OwnNames {
  const exact = new Set([nameOf(host), ...(publicUrl === undefined ? [] : [new URL(publicUrl).hostname])]);
  const suffixes = ['.localhost'];
  for (const name of more.map((each) => each.toLowerCase())) {
    if (name.startsWith('*.')) suffixes.push(name.slice(1));
    else exact.add(nameOf(name));
  }
  /** Nearly all requests of a server name it in the same way. */
  let last: string | undefined;

  return (authority, localAddress) => {
    if (authority === undefined || authority === last) return true;
    const name = nameOf(authority);
    const isOwn =
      exact.has(name) ||
      isLocal(name) ||
      suffixes.some((suffix) => name.length > suffix.length && name.endsWith(suffix)) ||
      hostOf(authority) !== undefined;
    if (isOwn) last = authority;
    return isOwn || (localAddress !== undefined && name === nameOf(localAddress.replace(/^::ffff:/, '')));
  };
}

const isLocal = (name: string) =>
  name === 'localhost' || name === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name);

/** Without port and final dot, IPv6 addresses in brackets. */
function nameOf(authority: string): string {
  const name = authority.toLowerCase();
  if (/^[\da-f:.]*:[\da-f:.]*:[\da-f:.]*$/.test(name)) return `[${name}]`;
  return name.replace(/:\d{1,5}$/, '').replace(/\.$/, '');
}
