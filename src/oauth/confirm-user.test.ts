import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { CreateUserPoolRequest } from '../api/cognito-idp.ts';
import { outcome, password, testPool } from '../../test/user-pool.ts';
import type { TestPool } from '../../test/user-pool.ts';

const byLink: Partial<CreateUserPoolRequest> = {
  VerificationMessageTemplate: {
    DefaultEmailOption: 'CONFIRM_WITH_LINK',
    EmailMessageByLink: '<p>Welcome. {##Confirm <b>now</b>##}</p>',
    EmailSubjectByLink: 'Confirm',
  },
};

/** A pool that confirms by link, with a domain. */
async function linked(t: TestContext, pool: Partial<CreateUserPoolRequest> = {}): Promise<TestPool> {
  const server = await testPool(t, { pool: { ...byLink, ...pool } });
  const { call, UserPoolId } = server;
  await call('CreateUserPoolDomain', { UserPoolId, Domain: 'link' });
  return server;
}

/** Where the newest mail to an address leads. */
function linkTo({ inbox }: TestPool, address: string): string {
  const [, href = ''] = /<a href="([^"]+)">/.exec(inbox.list(address).at(-1)?.body ?? '') ?? [];
  assert.notEqual(href, '');
  return href.replaceAll('&amp;', '&');
}

interface Page {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Opens a link; with `host` as if it led to that name. */
function open(
  link: string,
  { host, method = 'GET' }: { host?: string; method?: string } = {},
): Promise<Page> {
  const url = new URL(link);
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers: host === undefined ? {} : { host } }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text: Buffer.concat(parts).toString(),
        }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}

test('a link in the mail confirms the sign-up, once, and the address with it', async (t) => {
  const server = await linked(t);
  const { url, inbox, ClientId, signUp, userOf, accessToken } = server;
  await signUp('ada&"co', { email: 'ada@example.com' });
  const [mail] = inbox.list('ada@example.com');
  assert.equal(mail?.subject, 'Confirm');
  const query = `client_id=${ClientId}&amp;user_name=ada%26%22co&amp;confirmation_code=${mail?.code}`;
  const anchor = `<a href="${url}/link/confirmUser/?${query}">Confirm <b>now</b></a>`;
  assert.equal(mail?.body, `<p>Welcome. ${anchor}</p>`);
  const link = linkTo(server, 'ada@example.com');
  const done = await open(link);
  assert.equal(done.status, 200);
  assert.match(done.text, /<h1>Your registration has been confirmed<\/h1>/);
  const { status, attributes } = await userOf('ada&"co');
  assert.deepEqual([status, attributes['email_verified']], ['CONFIRMED', 'true']);
  assert.notEqual(await accessToken('ada&"co'), '');
  const again = await open(link);
  assert.equal(again.status, 400);
  assert.match(again.text, /You are confirmed already/);
});

test('of 64 openings of one link one confirms', async (t) => {
  const server = await linked(t);
  await server.signUp('ada', { email: 'ada@example.com' });
  const link = linkTo(server, 'ada@example.com');
  const pages = await Promise.all(Array.from({ length: 64 }, () => open(link)));
  assert.equal(pages.filter(({ status }) => status === 200).length, 1);
});

test('WEB-4 the page runs nothing, loads nothing, is not framed and not kept', async (t) => {
  const server = await linked(t);
  await server.signUp('ada', { email: 'ada@example.com' });
  const { headers, text } = await open(linkTo(server, 'ada@example.com'));
  assert.match(String(headers['content-type']), /^text\/html; charset=utf-8$/);
  assert.match(String(headers['content-security-policy']), /default-src 'none';.*frame-ancestors 'none'/);
  assert.equal(headers['x-frame-options'], 'DENY');
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['referrer-policy'], 'no-referrer');
  assert.match(String(headers['cache-control']), /no-store/);
  assert.match(text, /^<!doctype html>\n<html lang="en">/);
  assert.doesNotMatch(text, /<script|javascript:|https?:\/\//i);
});

const incomplete = /The link is not complete\./;
const refusals: readonly {
  what: string;
  change: (query: URLSearchParams) => void;
  told?: RegExp;
}[] = [
  { what: 'without its code', change: (query) => query.delete('confirmation_code'), told: incomplete },
  { what: 'with another code', change: (query) => query.set('confirmation_code', '000000') },
  { what: 'with another user', change: (query) => query.set('user_name', 'bob') },
  {
    what: 'with a script for a user',
    change: (query) => query.set('user_name', '<script>alert(1)</script>'),
  },
  { what: 'with NUL in the user', change: (query) => query.set('user_name', 'ada\0'), told: incomplete },
  {
    what: 'with no client of this server',
    change: (query) => query.set('client_id', '__proto__'),
    told: incomplete,
  },
  {
    what: 'with a very long client',
    change: (query) => query.set('client_id', 'a'.repeat(5000)),
    told: incomplete,
  },
];
for (const { what, change, told = /Ask for another one|not found|combination/ } of refusals) {
  test(`a link ${what} is refused by a page, and confirms nobody`, async (t) => {
    const server = await linked(t);
    await server.signUp('ada', { email: 'ada@example.com' });
    const link = new URL(linkTo(server, 'ada@example.com'));
    if (link.searchParams.get('confirmation_code') === '000000') return;
    change(link.searchParams);
    const { status, text } = await open(link.href);
    assert.equal(status, 400);
    assert.match(text, /<h1>You could not be confirmed<\/h1>/);
    assert.match(text, told);
    assert.doesNotMatch(text, /<script/);
    assert.equal((await server.userOf('ada')).status, 'UNCONFIRMED');
  });
}

test('a link is for the pool of its domain: that of another confirms nobody', async (t) => {
  const server = await linked(t);
  const other = await testPool(t, { server, pool: byLink });
  await server.call('CreateUserPoolDomain', { UserPoolId: other.UserPoolId, Domain: 'other' });
  await server.signUp('ada', { email: 'ada@example.com' });
  const link = linkTo(server, 'ada@example.com');
  assert.equal((await open(link.replace('/link/', '/other/'))).status, 400);
  assert.equal((await open(link.replace('/link/', '/none/'))).status, 404);
  assert.equal((await open(link)).status, 200);
});

test('a link is refused where ConfirmSignUp is: in a secondary region, and while the key is disabled', async (t) => {
  const arn = 'arn:aws:kms:us-east-1:000000000000:key/mrk-0123456789abcdef';
  const KeyConfiguration = { KeyType: 'CUSTOMER_MANAGED_KEY', KmsKeyArn: arn } as const;
  const server = await linked(t, { KeyConfiguration });
  const { call, ctx, UserPoolId, signUp, userOf } = server;
  const id = { UserPoolId, RegionName: 'eu-west-1' };
  await call('CreateUserPoolReplica', id);
  await call('UpdateUserPoolReplica', { ...id, Status: 'ACTIVE' });
  await signUp('ada', { email: 'ada@example.com' });
  const link = linkTo(server, 'ada@example.com');
  const { pathname, search } = new URL(link);
  const at = (region: string) => {
    const host = `link.auth.${region}.amazoncognito.com`;
    return open(`${server.url}${pathname.replace('/link/', '/')}${search}`, { host });
  };
  const secondary = await at('eu-west-1');
  assert.equal(secondary.status, 400);
  assert.match(secondary.text, /ConfirmSignUp/);

  const pool = (await ctx.store.pools.find(UserPoolId)) ?? assert.fail();
  const keys = pool.kms?.keys.map((key) => ({ ...key, disabled: true })) ?? [];
  assert.ok(await ctx.store.pools.replace({ ...pool, kms: { ...pool.kms, keys } }));
  const locked = await open(link);
  assert.equal(locked.status, 400);
  assert.match(locked.text, /The KMS key of the user pool is disabled\./);
  assert.equal((await userOf('ada')).status, 'UNCONFIRMED');

  const now = (await ctx.store.pools.find(UserPoolId)) ?? assert.fail();
  assert.ok(await ctx.store.pools.replace({ ...now, kms: pool.kms }));
  assert.equal((await at('us-east-1')).status, 200);
});

test('asking with HEAD what would come changes nothing', async (t) => {
  const server = await linked(t);
  await server.signUp('ada', { email: 'ada@example.com' });
  assert.equal((await open(linkTo(server, 'ada@example.com'), { method: 'HEAD' })).status, 200);
  assert.equal((await server.userOf('ada')).status, 'UNCONFIRMED');
});

test('the page is served at the names of the domain, with or without its last slash', async (t) => {
  const server = await linked(t);
  const { call, url, UserPoolId, signUp, inbox, ClientId } = server;
  await call('CreateUserPoolDomain', {
    UserPoolId,
    Domain: 'auth.example.com',
    CustomDomainConfig: {
      CertificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/11111111-2222-3333-4444-555555555555',
    },
  });
  const hosts = ['link.auth.localhost', 'link.auth.us-east-1.amazoncognito.com:443', 'auth.example.com'];
  for (const [index, host] of hosts.entries()) {
    const name = `user${index}`;
    await signUp(name, { email: `${name}@example.com` });
    const { code, body } = inbox.list(`${name}@example.com`)[0] ?? {};
    // The custom domain goes first.
    assert.match(body ?? '', /<a href="https:\/\/auth\.example\.com\/confirmUser\/\?/);
    const query = `client_id=${ClientId}&user_name=${name}&confirmation_code=${code}`;
    const path = index === 0 ? '/confirmuser' : '/confirmUser/';
    const { status } = await open(`${url}${path}?${query}`, { host });
    // The operator has to name a custom domain among the server's own names (the setting "hosts").
    assert.equal(status, host === 'auth.example.com' ? 421 : 200, host);
  }
});

test('SEC-7 the link is that of the configuration, whatever a request says of its host', async (t) => {
  const server = await linked(t);
  const { url, ClientId } = server;
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AWSCognitoIdentityProviderService.SignUp',
    host: 'evil.auth.localhost',
    'x-forwarded-host': 'evil.example.com',
    'x-forwarded-proto': 'https',
    forwarded: 'host=evil.example.com',
  };
  const UserAttributes = [{ Name: 'email', Value: 'ada@example.com' }];
  const body = JSON.stringify({ ClientId, Username: 'ada', Password: password, UserAttributes });
  await new Promise((resolve, reject) => {
    const asked = request(`${url}/`, { method: 'POST', headers }, (answer) =>
      answer.resume().on('end', resolve),
    );
    asked.on('error', reject);
    asked.end(body);
  });
  assert.ok(linkTo(server, 'ada@example.com').startsWith(`${url}/link/confirmUser/?`));
});

test('links are for sign-ups by mail: resent they are new, and resets stay codes', async (t) => {
  const server = await linked(t);
  const { call, ClientId, signUp, inbox } = server;
  await signUp('ada', { email: 'ada@example.com' });
  const first = linkTo(server, 'ada@example.com');
  await call('ResendConfirmationCode', { ClientId, Username: 'ada' });
  const second = linkTo(server, 'ada@example.com');
  assert.notEqual(first, second);
  assert.equal((await open(first)).status, 400);
  assert.equal((await open(second)).status, 200);
  await call('ForgotPassword', { ClientId, Username: 'ada' });
  const mail = inbox.list('ada@example.com').at(-1);
  assert.match(mail?.body ?? '', /^Your verification code is \d{6}\. $/);
});

test('a pool that confirms by link and has no domain signs nobody up, and makes nobody', async (t) => {
  const { call, ClientId, UserPoolId } = await testPool(t, { pool: byLink });
  const UserAttributes = [{ Name: 'email', Value: 'ada@example.com' }];
  assert.equal(
    await outcome(call('SignUp', { ClientId, Username: 'ada', Password: password, UserAttributes })),
    'InvalidParameterException: Cannot perform specific action because there does not exist a valid use pool domain associated with the user pool',
  );
  assert.match(
    await outcome(call('AdminGetUser', { UserPoolId, Username: 'ada' })),
    /^UserNotFoundException/,
  );
});

test('LO-7 guesses by link count as those by ConfirmSignUp', async (t) => {
  const server = await linked(t);
  const { call, ClientId, signUp } = server;
  await signUp('ada', { email: 'ada@example.com' });
  const link = linkTo(server, 'ada@example.com');
  const code = new URL(link).searchParams.get('confirmation_code') ?? '';
  const wrong = link.replace(code, code === '000000' ? '000001' : '000000');
  await Promise.all(Array.from({ length: 15 }, () => open(wrong)));
  assert.match((await open(link)).text, /Attempt limit exceeded/);
  const attempt = call('ConfirmSignUp', { ClientId, Username: 'ada', ConfirmationCode: code });
  assert.match(await outcome(attempt), /^LimitExceededException/);
});
