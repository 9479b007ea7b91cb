import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { chromium } from 'playwright-core';
import type { CDPSession, Page } from 'playwright-core';
import { hasTool } from '../tools.ts';

const paths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** It talks to the test alone. */
const switches = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A tab of the machine's own Chromium; the test is skipped where there is none. */
export async function openTab(t: TestContext): Promise<Page | undefined> {
  const executablePath = paths.find((path) => existsSync(path));
  if (!hasTool(t, 'Chromium', executablePath !== undefined) || executablePath === undefined) return undefined;
  const browser = await chromium.launch({ executablePath, args: switches });
  t.after(() => browser.close());
  return browser.newPage();
}

/** An empty page on localhost, where browsers allow passkeys without TLS. */
export async function servePage(t: TestContext): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>app</title>');
  });
  await new Promise<void>((listening) => server.listen(0, 'localhost', listening));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://localhost:${(server.address() as AddressInfo).port}/`;
}

/** The authenticator of the device, with a user who verifies whatever is asked. */
export async function addAuthenticator(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return session;
}
