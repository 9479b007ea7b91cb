import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { createAuthority } from '../../src/cli/certificates.ts';
import { nodeProxy, programVariables } from '../../src/cli/run-programs.ts';
import { hasTool, olderNode, runs } from '../tools.ts';
import { cognate, development, folderOf } from './cognate.ts';
import type { Development } from './cognate.ts';

const host = 'https://cognito-idp.us-east-1.amazonaws.com';
const other = 'https://example.invalid/';
const target = 'AWSCognitoIdentityProviderService.InitiateAuth';
const type = 'application/x-amz-json-1.1';

interface Program {
  readonly name: string;
  readonly file: string;
  /** Prints a line `<way> <access token>` for every way that it has to ask, and `<way> refused` for the other host. */
  readonly text: string;
  readonly command: readonly string[];
  readonly ways: readonly string[];
  /** Settings of the user's own, with files in the folder of the program. */
  readonly settings?: (folder: string) => Readonly<Record<string, string>>;
  readonly present: () => boolean;
  /** CI does not install it. */
  readonly isOptional?: boolean;
}

/** The one that the project brings along knows NODE_USE_ENV_PROXY, but for agents that a program makes itself. */
const nodes = [
  { name: 'a Node older than 24', command: olderNode() },
  { name: 'Node', command: process.execPath },
];

const programs: readonly Program[] = [
  {
    name: 'wget',
    file: 'program.sh',
    text: `
wget -q -O - --header 'Content-Type: ${type}' --header 'X-Amz-Target: ${target}' --post-data "$BODY" ${host}/ |
  sed 's/.*"AccessToken":"\\([^"]*\\)".*/wget \\1\\n/'
wget -q -O - ${other} || echo wget refused`,
    command: ['sh'],
    ways: ['wget token', 'wget refused'],
    present: () => runs('wget', '--version'),
  },
  {
    name: 'R',
    file: 'program.R',
    // Base R posts nothing: it reads the keys.
    text: `
told <- function(way, ask) {
  text <- tryCatch(suppressWarnings(ask()), error = function(e) "refused")
  cat(way, sub('.*"AccessToken":"([^"]+)".*', "\\\\1", sub('^[{]"keys".*', "keys", text)), "\\n")
}
body <- Sys.getenv("BODY")
url <- "${host}/"
keys <- paste0(url, Sys.getenv("POOL"), "/.well-known/jwks.json")
download <- function(from) {
  to <- tempfile()
  download.file(from, to, quiet = TRUE)
  readLines(to, warn = FALSE)
}
told("download.file", function() download(keys))
told("download.file", function() download("${other}"))
told("url", function() readLines(url(keys), warn = FALSE))
told("url", function() readLines(url("${other}"), warn = FALSE))
curl <- function(url) {
  handle <- curl::new_handle(postfields = body)
  curl::handle_setheaders(handle, "Content-Type" = "${type}", "X-Amz-Target" = "${target}")
  rawToChar(curl::curl_fetch_memory(url, handle)$content)
}
told("curl", function() curl(url))
told("curl", function() curl("${other}"))
httr <- function(url) {
  headers <- httr::add_headers("Content-Type" = "${type}", "X-Amz-Target" = "${target}")
  httr::content(httr::POST(url, headers, body = body), "text", encoding = "UTF-8")
}
told("httr", function() httr(url))
told("httr", function() httr(url))
told("httr", function() httr("${other}"))`,
    command: ['Rscript'],
    ways: [
      'download.file keys',
      'download.file refused',
      'url keys',
      'url refused',
      'curl token',
      'curl refused',
      'httr token',
      'httr token',
      'httr refused',
    ],
    present: () => runs('Rscript', '-e', 'library(curl); library(httr)'),
  },
  {
    name: 'PHP with its curl extension',
    file: 'program.php',
    // Streams know no proxy by themselves: the program names it.
    text: `<?php
function told($way, $text) {
  echo $way, ' ', $text ? json_decode($text)->AuthenticationResult->AccessToken : 'refused', "\\n";
}
$headers = ['Content-Type: ${type}', 'X-Amz-Target: ${target}'];
function curl($url) {
  global $headers;
  $handle = curl_init($url);
  curl_setopt_array($handle, [CURLOPT_POSTFIELDS => getenv('BODY'), CURLOPT_HTTPHEADER => $headers,
    CURLOPT_RETURNTRANSFER => true]);
  return curl_exec($handle);
}
told('curl', curl('${host}/'));
told('curl', curl('${other}'));
$context = stream_context_create(['http' => ['method' => 'POST', 'header' => $headers, 'content' => getenv('BODY'),
  'proxy' => str_replace('http:', 'tcp:', getenv('https_proxy'))]]);
told('stream', file_get_contents('${host}/', false, $context));
told('stream', @file_get_contents('${other}', false, $context));`,
    command: ['php'],
    ways: ['curl token', 'curl refused', 'stream token', 'stream refused'],
    settings(folder) {
      writeFileSync(join(folder, 'own.ini'), 'curl.cainfo = /nonexistent\nopenssl.cafile = /nonexistent\n');
      return { PHP_INI_SCAN_DIR: `:${folder}` };
    },
    present: () => runs('php', '-r', 'exit(function_exists("curl_init") ? 0 : 1);'),
  },
  {
    name: 'Perl with LWP and IO::Socket::SSL',
    file: 'program.pl',
    text: `use strict;
use LWP::UserAgent;
use HTTP::Tiny;
my %headers = ('Content-Type' => '${type}', 'X-Amz-Target' => '${target}');
sub told { my ($way, $text) = @_; print "$way ", $text =~ /"AccessToken":"([^"]+)"/ ? $1 : 'refused', "\\n" }
for my $url ('${host}/', '${other}') {
  told('LWP', LWP::UserAgent->new->post($url, %headers, Content => $ENV{BODY})->decoded_content);
  my $tiny = HTTP::Tiny->new(verify_SSL => 1);
  told('HTTP::Tiny', $tiny->post($url, { headers => \\%headers, content => $ENV{BODY} })->{content});
}`,
    command: ['perl'],
    ways: ['LWP token', 'HTTP::Tiny token', 'LWP refused', 'HTTP::Tiny refused'],
    present: () => runs('perl', '-MLWP::Protocol::https', '-e', '1'),
  },
  {
    name: 'Go',
    file: 'program.go',
    text: `package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
)

func main() {
	for _, url := range []string{"${host}/", "${other}"} {
		request, _ := http.NewRequest("POST", url, strings.NewReader(os.Getenv("BODY")))
		request.Header.Set("Content-Type", "${type}")
		request.Header.Set("X-Amz-Target", "${target}")
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			fmt.Println("net/http refused")
			continue
		}
		var told struct{ AuthenticationResult struct{ AccessToken string } }
		json.NewDecoder(answer.Body).Decode(&told)
		fmt.Println("net/http", told.AuthenticationResult.AccessToken)
	}
}`,
    command: ['go', 'run'],
    ways: ['net/http token', 'net/http refused'],
    present: () => runs('go', 'version'),
  },
  {
    name: 'Java',
    file: 'Program.java',
    text: `
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.*;
public class Program {
  interface Asking { String answer(String url) throws Exception; }
  static final String body = System.getenv("BODY");
  static String client(String url) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(url)).header("Content-Type", "${type}")
        .header("X-Amz-Target", "${target}").POST(HttpRequest.BodyPublishers.ofString(body)).build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
  }
  static String connection(String url) throws Exception {
    var connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
    connection.setDoOutput(true);
    connection.setRequestProperty("Content-Type", "${type}");
    connection.setRequestProperty("X-Amz-Target", "${target}");
    connection.getOutputStream().write(body.getBytes());
    return new String(connection.getInputStream().readAllBytes());
  }
  static void told(String way, Asking asking, String url) {
    try {
      System.out.println(way + " " + asking.answer(url).replaceAll(".*\\"AccessToken\\":\\"([^\\"]+)\\".*", "$1"));
    } catch (Exception e) {
      System.out.println(way + (e.getMessage().contains("403") ? " refused" : " " + e));
    }
  }
  public static void main(String[] parameters) {
    for (var url : new String[] { "${host}/", "${other}" }) {
      told("HttpClient", Program::client, url);
      told("HttpsURLConnection", Program::connection, url);
    }
  }
}`,
    command: ['java'],
    ways: [
      'HttpClient token',
      'HttpsURLConnection token',
      'HttpClient refused',
      'HttpsURLConnection refused',
    ],
    present: () => runs('javac', '-version'),
    isOptional: true,
  },
  ...nodes.map(({ name, command }) => ({
    name,
    file: 'program.cjs',
    text: `
const https = require('node:https');
const headers = { 'Content-Type': '${type}', 'X-Amz-Target': '${target}' };
const options = { method: 'POST', headers };
const asking = {
  fetch: async (url) => (await fetch(url, { ...options, body: process.env.BODY })).text(),
  https: (url, agent) =>
    new Promise((resolve, reject) => {
      const request = https.request(url, { ...options, agent }, (answer) => answer.on('data', (text) => resolve(String(text))));
      request.on('error', reject).end(process.env.BODY);
    }),
  agent: (url) => asking.https(url, new https.Agent({ keepAlive: true })),
};
(async () => {
  for (const url of ['${host}/', '${other}']) {
    for (const way of ['fetch', 'https', 'agent']) {
      const text = await asking[way](url).catch(() => 'refused');
      console.log(way, text.replace(/.*"AccessToken":"([^"]+)".*/, '$1'));
    }
  }
  console.log('direct', (await fetch(process.env.SERVER + '/health')).status);
})();`,
    command: [command ?? 'node'],
    ways: [
      'fetch token',
      'https token',
      'agent token',
      'fetch refused',
      'https refused',
      'agent refused',
      'direct 200',
    ],
    present: () => command !== undefined,
  })),
];

/** What a program written for Cognito knows: a client and a user. */
function environmentOf({ url, config }: Development) {
  const parameters = { USERNAME: config.user.username, PASSWORD: config.user.password };
  const body = { AuthFlow: 'USER_PASSWORD_AUTH', ClientId: config.clientId, AuthParameters: parameters };
  return { POOL: config.userPoolId, BODY: JSON.stringify(body), SERVER: url };
}

/** The lines of a program, with `token` in the place of an access token for the client. */
function waysOf(stdout: string, clientId: string): readonly string[] {
  const named = (line: string) => {
    const [way = '', result = ''] = line.trim().split(' ');
    const [, claims] = result.split('.');
    if (!claims) return line.trim();
    const { client_id } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { client_id?: string };
    return `${way} ${client_id === clientId ? 'token' : 'a token for another client'}`;
  };
  return stdout
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(named);
}

for (const { name, file, text, command, ways, settings, present, isOptional } of programs) {
  test(`run: a program for ${name} works unchanged`, async (t) => {
    const isPresent = present();
    if (isOptional && !isPresent) {
      t.skip(`needs ${name}`);
      return;
    }
    if (!hasTool(t, name, isPresent)) return;
    const dev = await development(t);
    const folder = folderOf(t);
    const program = join(folder, file);
    writeFileSync(program, text);
    const ended = await cognate(['run', '--data', dev.folder, '--', ...command, program], {
      env: { ...environmentOf(dev), ...settings?.(folder) },
    });
    assert.deepEqual(waysOf(ended.stdout, dev.config.clientId), ways, ended.stderr);
    assert.match(ended.stderr, /^cognate run refuses example\.invalid: /m);
  });
}

test('run: what the user has set for wget, PHP, Java and Node is kept', async (t) => {
  const dev = await development(t);
  const wgetrc = join(folderOf(t), 'wgetrc');
  writeFileSync(wgetrc, 'user_agent = own/1.0');
  const told = async (env: Readonly<Record<string, string>>) => {
    const command = ['sh', '-c', 'env && sed "s/^/wgetrc: /" "$WGETRC"'];
    const { stdout } = await cognate(['run', '--data', dev.folder, '--', ...command], { env });
    const lines = stdout
      .split('\n')
      .filter((line) => /^(?:wgetrc|PHP_|JAVA_|NODE_OPTIONS|SSLCAL)/.test(line));
    return lines.map((line) => line.replace(/-Dhttps.*/, '(ours)').replace(/--require.*/, '(ours)')).sort();
  };
  const folder = join(dev.folder, 'run');
  const certificates = `wgetrc: ca_certificate = ${folder}/bundle.pem`;
  assert.deepEqual(await told({}), [
    'JAVA_TOOL_OPTIONS=(ours)',
    'NODE_OPTIONS=(ours)',
    `PHP_INI_SCAN_DIR=:${folder}/php`,
    `SSLCALISTLOC=${folder}/bundle.pem`,
    'wgetrc: ',
    certificates,
  ]);
  const own = {
    WGETRC: wgetrc,
    PHP_INI_SCAN_DIR: '/own',
    JAVA_TOOL_OPTIONS: '-Down=1',
    NODE_OPTIONS: '--no-deprecation',
  };
  const kept = [
    'JAVA_TOOL_OPTIONS=-Down=1 (ours)',
    'NODE_OPTIONS=--no-deprecation (ours)',
    `PHP_INI_SCAN_DIR=/own:${folder}/php`,
    `SSLCALISTLOC=${folder}/bundle.pem`,
    certificates,
    'wgetrc: user_agent = own/1.0',
  ];
  assert.deepEqual(await told(own), kept);
  // A run within a run.
  assert.deepEqual(await told({ ...own, WGETRC: join(folder, 'wgetrc') }), kept);
});

test("run: R still reads the site's profile, or the one that R_PROFILE names", async (t) => {
  if (!hasTool(t, 'R', runs('Rscript', '--version'))) return;
  const dev = await development(t);
  const command = ['Rscript', '-e', 'cat(getOption("repos"), getOption("own"))'] as const;
  const told = async (env: Readonly<Record<string, string>>) => {
    const { stdout } = await cognate(['run', '--data', dev.folder, '--', ...command], { env });
    return stdout;
  };
  assert.equal(await told({}), execFileSync(command[0], command.slice(1), { encoding: 'utf8' }));
  const own = join(folderOf(t), 'Rprofile');
  writeFileSync(own, 'options(own = "kept")');
  assert.match(await told({ R_PROFILE: own }), / kept$/);
  // A run within a run.
  assert.match(await told({ R_PROFILE: join(dev.folder, 'run', 'Rprofile') }), / kept$/);
});

test('run: Java reaches the server without the proxy', (t) => {
  const variables = programVariables(folderOf(t), 'http://127.0.0.1:1', 'http://cognate.example:4590', {});
  assert.match(
    variables['JAVA_TOOL_OPTIONS'] ?? '',
    / -Dhttp\.nonProxyHosts=localhost\|127\.0\.0\.1\|\[::1\]\|cognate\.example /,
  );
});

test('run: an older Node reaches the hosts of NO_PROXY without the proxy', async (t) => {
  const node = olderNode();
  if (!hasTool(t, 'a Node older than 24', node !== undefined)) return;
  const { key, certificate } = createAuthority(Date.now());
  const answer: RequestListener = (_, response) => void response.end('direct');
  const servers = [createServer(answer), createTlsServer({ key, cert: certificate }, answer)];
  for (const server of servers) {
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
  }
  const [plain = 0, secure = 0] = servers.map((server) => (server.address() as AddressInfo).port);
  const program = `
const told = async (url) => console.log(await (await fetch(url)).text());
told('http://127.0.0.1:${plain}/').then(() => told('https://localhost:${secure}/')).then(() =>
  require('node:http').get('http://localhost:${plain}/', (answer) => answer.pipe(process.stdout)));`;
  const env = {
    NODE_OPTIONS: `--require ${nodeProxy}`,
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    NODE_NO_WARNINGS: '1',
    NODE_USE_ENV_PROXY: '1',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: 'localhost,127.0.0.1',
  };
  const { stdout } = await promisify(execFile)(node ?? '', ['-e', program], { env });
  assert.equal(stdout, 'direct\ndirect\ndirect');
});
