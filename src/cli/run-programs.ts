import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { writePrivately } from '../private-file.ts';
import { trustFiles } from './run-authority.ts';
import { directHosts } from './run-environment.ts';
import type { Environment } from './run-environment.ts';

/**
 * Variables for programs that take their proxy or their trusted certificates from elsewhere than the usual ones. What
 * the user has set for them is kept; files hold no port, so that several runs share them.
 */
export function programVariables(
  folder: string,
  proxy: string,
  endpoint: string,
  env: Environment,
): Record<string, string> {
  return {
    ...wgetVariables(folder, env),
    ...phpVariables(folder, env),
    ...rVariables(folder, env),
    PERL_LWP_ENV_PROXY: '1',
    JAVA_TOOL_OPTIONS: joined(env['JAVA_TOOL_OPTIONS'], ...javaOptions(folder, proxy, endpoint)),
    NODE_OPTIONS: joined(env['NODE_OPTIONS'], `--require ${JSON.stringify(nodeProxy)}`),
  };
}

const joined = (...options: readonly (string | undefined)[]) => options.filter(Boolean).join(' ');

/** wget reads trusted certificates from its own file alone; of two lines for one setting the later holds. */
function wgetVariables(folder: string, env: Environment): Record<string, string> {
  const path = join(folder, 'wgetrc');
  const own = env['WGETRC'] || join(homedir(), '.wgetrc');
  // A run within a run finds ours.
  if (own !== path) {
    writePrivately(path, `${textOf(own)}\nca_certificate = ${trustFiles(folder).bundle}\n`);
  }
  return { WGETRC: path };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/**
 * PHP reads one more folder of settings; an empty name stands for the folders that are built in. Its streams and its
 * curl take the same file.
 */
function phpVariables(folder: string, env: Environment): Record<string, string> {
  const settings = join(folder, 'php');
  const bundle = JSON.stringify(trustFiles(folder).bundle);
  writePrivately(join(settings, 'cognate.ini'), `openssl.cafile = ${bundle}\n`);
  return { PHP_INI_SCAN_DIR: `${env['PHP_INI_SCAN_DIR'] ?? ''}${delimiter}${settings}` };
}

/**
 * R and its package curl take CURL_CA_BUNDLE, the package from 5.2.0 on: before, it knows certificates by an option of
 * each handle alone. R reads one profile of the site: ours reads the one that it stands for.
 */
function rVariables(folder: string, env: Environment): Record<string, string> {
  const path = join(folder, 'Rprofile');
  const own = env['R_PROFILE'];
  const site = own === undefined ? 'file.path(R.home("etc"), "Rprofile.site")' : JSON.stringify(own);
  if (own !== path) {
    writePrivately(path, `if (file.exists(${site})) sys.source(${site}, baseenv())\n${oldCurlOfR}`);
  }
  return { R_PROFILE: path };
}

const oldCurlOfR = `
setHook(packageEvent("curl", "onLoad"), function(...) {
  curl <- asNamespace("curl")
  if (numeric_version(getNamespaceVersion(curl)) >= "5.2.0") return()
  bundle <- Sys.getenv("CURL_CA_BUNDLE")
  new_handle <- curl$new_handle
  handle_reset <- curl$handle_reset
  replace <- function(name, value) {
    unlockBinding(name, curl)
    assign(name, value, curl)
    lockBinding(name, curl)
  }
  replace("new_handle", function(...) new_handle(cainfo = bundle, ...))
  replace("handle_reset", function(handle) {
    handle_reset(handle)
    curl$handle_setopt(handle, cainfo = bundle)
    invisible()
  })
})
`;

/** Java knows a proxy and a trust store by system properties alone; of two the later holds. */
function javaOptions(folder: string, proxy: string, endpoint: string): readonly string[] {
  const { hostname, port } = new URL(proxy);
  const direct = directHosts(endpoint).map((host) => (host.includes(':') ? `[${host}]` : host));
  return [
    `-Dhttps.proxyHost=${hostname} -Dhttps.proxyPort=${port}`,
    `-Dhttp.proxyHost=${hostname} -Dhttp.proxyPort=${port}`,
    `-Dhttp.nonProxyHosts=${direct.join('|')}`,
    `"-Djavax.net.ssl.trustStore=${trustFiles(folder).store}"`,
  ];
}

/** For a Node that does not know NODE_USE_ENV_PROXY. */
export const nodeProxy = join(import.meta.dirname, '..', '..', 'bin', 'node-proxy.cjs');
