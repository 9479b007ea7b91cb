import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { until } from '../../test/outbox.ts';
import { cityRecord, mmdb, placesFile } from '../../test/places-file.ts';
import type { Networks } from '../../test/places-file.ts';
import { refresh, sessionsOf, signIn, track, trackingPool } from '../../test/sessions.ts';
import { makeUser } from '../../test/sign-in.ts';
import type { Home } from '../../test/sign-in.ts';
import { testServer } from '../../test/test-server.ts';
import type { TestServer } from '../../test/test-server.ts';
import { abroad, eventsOf, home, setRisk, settledUser, signInFrom, watchedHome } from '../../test/threat.ts';
import { testPool } from '../../test/user-pool.ts';

const hamburg = cityRecord('DE', 'Germany', 'Hamburg', [53.55, 9.99]);
const seattle = cityRecord('US', 'United States', 'Seattle', [47.61, -122.33]);
/** Where tests are at home and abroad. */
const cities: Networks = { '192.0.2.0/24': hamburg, '198.51.100.0/24': seattle };

test('events, notices and the log of a pool tell where a sign-in came from', async (t) => {
  const server = await testServer(t, { settings: { places: placesFile(t, cities).path } });
  const place = await watchedHome(server);
  const CloudWatchLogsConfiguration = {
    LogGroupArn: 'arn:aws:logs:us-east-1:000000000000:log-group:events',
  };
  await server.call('SetLogDeliveryConfiguration', {
    UserPoolId: place.poolId,
    LogConfigurations: [{ EventSource: 'userAuthEvents', LogLevel: 'INFO', CloudWatchLogsConfiguration }],
  });
  await settledUser(server, place, 'ada', { email: 'ada@example.com', email_verified: 'true' });
  const NoActionEmail = { Subject: 'New', TextBody: '{ip-address}, {city}, {country}' };
  const SourceArn = 'arn:aws:ses:us-east-1:000000000000:identity/example.com';
  await setRisk(server, place, {
    AccountTakeoverRiskConfiguration: {
      NotifyConfiguration: { SourceArn, NoActionEmail },
      Actions: { MediumAction: { Notify: true, EventAction: 'NO_ACTION' } },
    },
  });
  await signInFrom(server, place, abroad);
  const events = await eventsOf(server, place);
  assert.deepEqual(
    events.map(({ EventContextData: context = {} }) => [context.City, context.Country]),
    [
      ['Seattle', 'United States'],
      ['Hamburg', 'Germany'],
    ],
  );
  assert.equal(server.inbox.list().at(-1)?.body, '198.51.100.7, Seattle, United States');
  const exported = () =>
    [...server.logged().matchAll(/\\"city\\":\\"(\w*)\\",\\"country\\":\\"([\w ]*)\\"/g)].map(
      ([, city, country]) => [city, country],
    );
  await until(() => exported().length === 2);
  assert.deepEqual(exported(), [
    ['Hamburg', 'Germany'],
    ['Seattle', 'United States'],
  ]);
});

test('a session shows where it was used last', async (t) => {
  const server = await testServer(t, {
    settings: { places: placesFile(t, { ...cities, '127.0.0.0/8': hamburg }).path },
  });
  const pool = await trackingPool(t, 20, { server });
  const location = async () => (await sessionsOf(pool)).map(({ LastLocation }) => LastLocation);
  const { RefreshToken, AccessToken } = await signIn(pool);
  assert.deepEqual(await location(), [{ City: 'Hamburg', Country: 'Germany' }]);
  const refreshFrom = (ip: string) =>
    server.call(
      'GetTokensFromRefreshToken',
      { RefreshToken, ClientId: pool.ClientId },
      { signed: false, headers: { 'x-forwarded-for': ip } },
    );
  await refreshFrom(abroad.ip);
  assert.deepEqual(await location(), [{ City: 'Seattle', Country: 'United States' }]);
  const { Sessions } = await pool.call('ListUserSessions', { AccessToken });
  assert.deepEqual(Sessions?.[0]?.LastLocation, { City: 'Seattle', Country: 'United States' });
  await refreshFrom('203.0.113.1');
  assert.deepEqual(await location(), [{ Country: 'unknown' }]);
});

/** A user in a pool under threat protection of a server with such a file, and the place that an address is shown with. */
async function asking(server: TestServer) {
  const place: Home = await watchedHome(server);
  await makeUser(server.call, place);
  return async (ip: string): Promise<string> => {
    await signInFrom(server, place, { ...home, ip });
    const [event] = await eventsOf(server, place);
    assert.equal(event?.EventContextData?.IpAddress, ip);
    return shown(event.EventContextData);
  };
}
const shown = ({ City, Country }: { City?: string | undefined; Country?: string | undefined }) =>
  [City, Country].filter((name) => name !== undefined).join(', ');

const records: { name: string; record: Networks[string]; place: string }[] = [
  { name: 'a city', record: seattle, place: 'Seattle, United States' },
  {
    name: 'a country',
    record: { country: { iso_code: 'HK', names: { de: 'Hongkong', en: 'Hong Kong' } } },
    place: 'Hong Kong',
  },
  { name: 'a country by its code', record: { country: { iso_code: 'FR' } }, place: 'France' },
  { name: 'flat members', record: { country_code: 'JP', city: 'Osaka' }, place: 'Osaka, Japan' },
  { name: 'a flat code', record: { country: 'de' }, place: 'Germany' },
  { name: 'a city without a country', record: { city: { names: { en: 'Atlantis' } } }, place: '' },
  { name: 'a code of no country', record: { country_code: 'QQ' }, place: '' },
  { name: 'the code of nowhere', record: { country_code: 'ZZ' }, place: '' },
  {
    name: 'names in other languages',
    record: { country_code: 'JP', city: { names: { ja: '大阪' } } },
    place: 'Japan',
  },
  { name: 'another form', record: { country: ['Japan'], city: 7 }, place: '' },
  { name: 'a text', record: 'Japan', place: '' },
];
test('records of each form are read', async (t) => {
  const networks = Object.fromEntries(records.map(({ record }, n) => [`10.0.${n}.0/24`, record]));
  const server = await testServer(t, { settings: { places: placesFile(t, networks).path } });
  const placeOf = await asking(server);
  for (const [n, { name, place }] of records.entries())
    assert.equal(await placeOf(`10.0.${n}.1`), place, name);
});

test('addresses of IPv4 and IPv6 are found, in whatever form', async (t) => {
  const networks = { ...cities, '0.0.0.0/24': hamburg, '2001:db8:1::/48': seattle };
  const server = await testServer(t, { settings: { places: placesFile(t, networks).path } });
  const placeOf = await asking(server);
  for (const [ip, place] of Object.entries({
    '192.0.2.255': 'Hamburg, Germany',
    '192.0.3.0': '',
    '127.0.0.1': '',
    '10.0.0.1': '',
    '2001:db8:1:ffff::1': 'Seattle, United States',
    '2001:DB8:1::': 'Seattle, United States',
    '2001:db8:2::1': '',
    '::1:1': '',
    '::ffff:c000:201': 'Hamburg, Germany',
  }))
    assert.equal(await placeOf(ip), place, ip);
  // What came through a socket of the machine has no address.
  for (const none of ['', 'nonsense']) assert.equal(await server.ctx.places?.find(none), undefined);
});

test('a file of IPv4 alone says nothing of IPv6', async (t) => {
  // The first 32 bits of the IPv6 address are 32.1.13.184.
  const file = placesFile(t, mmdb({ '32.1.13.0/24': seattle }, { ipVersion: 4 }));
  const placeOf = await asking(await testServer(t, { settings: { places: file.path } }));
  assert.equal(await placeOf('32.1.13.184'), 'Seattle, United States');
  assert.equal(await placeOf('::ffff:2001:db8'), 'Seattle, United States');
  assert.equal(await placeOf('2001:db8::1'), '');
});

test('a file that is replaced is read within a minute, and one that is damaged is not', async (t) => {
  const file = placesFile(t, cities);
  const server = await testServer(t, { settings: { places: file.path } });
  const placeOf = await asking(server);
  const minuteLater = () => {
    server.clock.advance(60_000);
    return placeOf(home.ip);
  };
  const warnings = () =>
    server
      .logged()
      .split('\n')
      .filter((line) => line.includes('"event":"places"'));
  const moved = (city: string) => ({ '192.0.2.0/24': cityRecord('DE', 'Germany', city, [0, 0]) });
  file.write(moved('Kiel'));
  assert.equal(await placeOf(home.ip), 'Hamburg, Germany');
  assert.equal(await minuteLater(), 'Kiel, Germany');

  const whole = mmdb(moved('Bremen'));
  file.write(whole.subarray(0, whole.length / 2));
  assert.equal(await minuteLater(), 'Kiel, Germany');
  assert.equal(await minuteLater(), 'Kiel, Germany');
  assert.equal(warnings().length, 1);
  assert.match(warnings()[0] ?? '', /"level":"warn".*"reason":"must be a whole file/);
  rmSync(file.path);
  assert.equal(await minuteLater(), 'Kiel, Germany');
  assert.match(warnings()[1] ?? '', /cannot be read: ENOENT/);
  file.write(whole);
  assert.equal(await minuteLater(), 'Bremen, Germany');
  assert.equal(warnings().length, 2);
});

/** A whole file, but for some bytes. */
function broken(change: (bytes: Buffer) => void): Buffer {
  const bytes = mmdb(cities);
  change(bytes);
  return bytes;
}

test('a record that is damaged is told of once, and keeps nobody out', async (t) => {
  const at = (bytes: Buffer) => bytes.indexOf('Seattle') - 1;
  const file = placesFile(
    t,
    broken((bytes) => bytes.fill(0xff, at(bytes), at(bytes) + 2)),
  );
  const server = await testServer(t, { settings: { places: file.path } });
  const placeOf = await asking(server);
  assert.equal(await placeOf(abroad.ip), '');
  assert.equal(await placeOf(abroad.ip), '');
  assert.equal(await placeOf(home.ip), 'Hamburg, Germany');
  assert.equal(server.logged().match(/"event":"places","reason":"is damaged"/g)?.length, 1);
});

const whole = 'must be a whole file of the MaxMind DB format (.mmdb)';
const unusable: { name: string; content: Networks | Buffer; reason: string }[] = [
  { name: 'a text', content: Buffer.from('192.0.2.0/24,DE\n'), reason: whole },
  { name: 'an empty file', content: Buffer.alloc(0), reason: whole },
  { name: 'a file without its end', content: mmdb(cities).subarray(0, -400), reason: whole },
  {
    name: 'a file without its middle',
    content: broken((bytes) => bytes.fill(9, 600, 700)),
    reason: 'is damaged',
  },
  {
    name: 'a file without its beginning',
    content: mmdb(cities).subarray(300),
    reason: 'is damaged',
  },
  {
    name: 'a file with something between tree and records',
    content: broken((bytes) => bytes.fill(1, bytes.indexOf('country') - 18, bytes.indexOf('country') - 17)),
    reason: 'is damaged',
  },
  {
    name: 'records that are none',
    content: broken((bytes) => bytes.fill(0xff, bytes.indexOf('country') - 2, bytes.indexOf('Seattle'))),
    reason: 'is damaged',
  },
  {
    name: 'a file of networks',
    content: mmdb({ '192.0.2.0/24': { autonomous_system_number: 1 } }, { type: 'GeoLite2-ASN' }),
    reason: 'must tell countries; of type GeoLite2-ASN it tells none',
  },
];
for (const { name, content, reason } of unusable) {
  test(`${name} stops the start`, async (t) => {
    const { path } = placesFile(t, content);
    await assert.rejects(testServer(t, { settings: { places: path } }), {
      name: 'SettingError',
      message: `--places ${reason}.`,
    });
  });
}
test('a file that is not there stops the start', async (t) => {
  await assert.rejects(testServer(t, { settings: { places: '/nowhere/places.mmdb' } }), {
    message: '--places cannot be read: ENOENT.',
  });
});

test('a country where the user never was makes a sign-in riskier', async (t) => {
  for (const [places, level] of [
    [undefined, 'Low'],
    [placesFile(t, cities).path, 'Medium'],
  ] as const) {
    const server = await testServer(t, { settings: places === undefined ? {} : { places } });
    const place = await watchedHome(server);
    await settledUser(server, place);
    await signInFrom(server, place, abroad);
    assert.equal((await eventsOf(server, place))[0]?.EventRisk?.RiskLevel, level);
  }
});

test('where nothing is recorded no place is looked up', async (t) => {
  const server = await testServer(t, { settings: { places: placesFile(t, cities).path } });
  let asked = 0;
  const { places } = server.ctx;
  assert.ok(places);
  Object.assign(places, { find: () => Promise.resolve(void (asked += 1)) });
  const pool = await testPool(t, { server });
  await pool.confirmed('ada');
  const { RefreshToken } = await signIn(pool);
  await refresh(pool, RefreshToken);
  await track(pool);
  await signIn(pool);
  assert.equal(asked, 0);
  await sessionsOf(pool);
  assert.equal(asked, 1);
  const UserPoolAddOns = { AdvancedSecurityMode: 'AUDIT' } as const;
  await pool.call('UpdateUserPool', { UserPoolId: pool.UserPoolId, UserPoolTier: 'PLUS', UserPoolAddOns });
  await signIn(pool);
  assert.equal(asked, 2);
});
