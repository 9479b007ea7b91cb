import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RiskLevelType } from '../../api/cognito-idp.ts';
import type { AuthEvent, Location } from '../../store/auth-events.ts';
import { networkOf, isInRanges } from './network.ts';
import { rate } from './rating.ts';

const now = Date.UTC(2026, 5, 1, 12);
const minute = 60_000;

const event = (more: Partial<AuthEvent> = {}): AuthEvent => ({
  poolId: 'pool',
  userId: 'ada',
  id: 'id',
  at: now - 24 * 60 * minute,
  type: 'SignIn',
  response: 'Pass',
  challenges: [],
  decision: 'NoRisk',
  compromised: false,
  clientId: 'client',
  network: 'home',
  devices: ['print:own'],
  expiresAt: now + minute,
  ...more,
});
const failures = (count: number, more: Partial<AuthEvent> = {}) =>
  Array.from({ length: count }, () => event({ response: 'Fail', at: now - 30 * minute, ...more }));
const said = (FeedbackValue: 'Valid' | 'Invalid', at = now - minute) => ({
  feedback: { FeedbackValue, Provider: 'Admin', at } as const,
});

const own = { network: 'home', devices: ['print:own'] };
const elsewhere = { network: 'other', devices: ['print:own'] };
const stranger = { network: 'other', devices: ['print:new'] };
const other = { network: 'other', devices: ['print:new'] };

const placeIn = (countryCode: string, latitude?: number, longitude?: number): { location: Location } => ({
  location: {
    country: countryCode,
    countryCode,
    point: latitude === undefined || longitude === undefined ? undefined : { latitude, longitude },
  },
});
const hamburg = placeIn('DE', 53.55, 9.99);
/** 612 km from Hamburg. */
const munich = placeIn('DE', 48.14, 11.58);
const country = placeIn('DE');
const otherCountry = placeIn('US');

const cases: {
  name: string;
  history: AuthEvent[];
  visit?: Parameters<typeof rate>[1];
  level: RiskLevelType | undefined;
}[] = [
  { name: 'nothing to compare with', history: [], level: undefined },
  { name: 'only failures before', history: failures(2), visit: stranger, level: undefined },
  { name: 'what is known', history: [event()], level: undefined },
  { name: 'a new network', history: [event()], visit: elsewhere, level: 'Low' },
  { name: 'a new device', history: [event()], visit: { ...own, devices: ['print:new'] }, level: 'Low' },
  { name: 'a new network and device', history: [event()], visit: stranger, level: 'Medium' },
  {
    name: 'a second mark that is known',
    history: [event()],
    visit: { ...own, devices: ['key:k', 'print:own'] },
    level: undefined,
  },
  {
    name: 'a sign-in in progress, which makes nobody known',
    history: [event(), event({ ...other, response: 'InProgress' })],
    visit: stranger,
    level: 'Medium',
  },
  {
    name: 'a sign-up, which makes nobody known',
    history: [event(), event({ ...other, type: 'SignUp' })],
    visit: stranger,
    level: 'Medium',
  },
  {
    name: 'sign-ins by a server that said nothing',
    history: [event({ network: undefined, devices: [] })],
    visit: stranger,
    level: undefined,
  },
  { name: 'two failures', history: [event(), ...failures(2)], level: undefined },
  { name: 'three failures', history: [event(), ...failures(3)], level: 'Low' },
  { name: 'five failures', history: [event(), ...failures(5)], level: 'Medium' },
  {
    name: 'five failures an hour ago',
    history: [event(), ...failures(5, { at: now - 60 * minute })],
    level: undefined,
  },
  {
    name: 'five failures that the user says were theirs',
    history: [event(), ...failures(5, said('Valid'))],
    level: undefined,
  },
  {
    name: "others' failures, against who is known",
    history: [event(), ...failures(9, other)],
    level: undefined,
  },
  {
    name: "others' failures, against a stranger",
    history: [event(), ...failures(3, { ...other, network: 'third' })],
    visit: stranger,
    level: 'High',
  },
  { name: 'failures before the first sign-in', history: failures(5), visit: stranger, level: 'Medium' },
  {
    name: 'four networks in ten minutes',
    history: ['a', 'b', 'home'].map((network) => event({ network, at: now - 9 * minute })),
    visit: elsewhere,
    level: 'High',
  },
  {
    name: 'three networks in ten minutes',
    history: ['a', 'home'].map((network) => event({ network, at: now - 9 * minute })),
    visit: elsewhere,
    level: 'Low',
  },
  {
    name: 'four networks, an hour apart',
    history: ['a', 'b', 'home'].map((network) => event({ network, at: now - 60 * minute })),
    visit: elsewhere,
    level: 'Low',
  },
  {
    name: 'a network that was reported',
    history: [event(), event({ ...other, ...said('Invalid') })],
    visit: elsewhere,
    level: 'High',
  },
  {
    name: 'a device that was reported',
    history: [event(), event({ ...other, ...said('Invalid') })],
    visit: { network: 'home', devices: ['print:new'] },
    level: 'High',
  },
  {
    name: 'a user agent like one that was reported',
    history: [
      event({ devices: ['agent:a'] }),
      event({ network: 'other', devices: ['agent:a'], ...said('Invalid') }),
    ],
    visit: { network: 'home', devices: ['agent:a'] },
    level: undefined,
  },
  {
    name: 'what the user vouched for',
    history: [event(), event({ ...other, response: 'Fail', ...said('Valid') })],
    visit: stranger,
    level: undefined,
  },
  {
    name: 'the last word on a network',
    history: [
      event(),
      event({ ...other, ...said('Invalid', now - 9) }),
      event({ ...other, ...said('Valid', now - 5) }),
    ],
    visit: stranger,
    level: undefined,
  },
  {
    name: 'a new network in a country that is known',
    history: [event(otherCountry), event(country)],
    visit: { ...elsewhere, ...otherCountry },
    level: 'Low',
  },
  {
    name: 'a new network in a country that is not',
    history: [event(country)],
    visit: { ...elsewhere, ...otherCountry },
    level: 'Medium',
  },
  {
    name: 'a new device in a country that is not known',
    history: [event(country)],
    visit: { ...stranger, ...otherCountry },
    level: 'High',
  },
  {
    name: 'a country where only others failed',
    history: [event(country), event({ ...other, ...otherCountry, response: 'Fail' })],
    visit: { ...elsewhere, ...otherCountry },
    level: 'Medium',
  },
  {
    name: 'a known network that is said to be elsewhere now',
    history: [event(country)],
    visit: { ...own, ...otherCountry },
    level: undefined,
  },
  {
    name: 'a country, where none was known before',
    history: [event()],
    visit: { ...elsewhere, ...otherCountry },
    level: 'Low',
  },
  {
    name: 'no country, where one was known before',
    history: [event(country)],
    visit: elsewhere,
    level: 'Low',
  },
  {
    name: 'a journey that an airliner makes',
    history: [event({ ...hamburg, at: now - 8 * minute })],
    visit: { ...elsewhere, ...munich },
    level: 'Low',
  },
  {
    name: 'a journey faster than an airliner',
    history: [event({ ...hamburg, at: now - 6 * minute })],
    visit: { ...elsewhere, ...munich },
    level: 'Medium',
  },
  {
    name: 'a journey from where the user was last',
    history: [event({ ...munich, at: now - 2 * minute }), event({ ...hamburg, at: now - 3 * minute })],
    visit: { ...elsewhere, ...munich },
    level: 'Low',
  },
  {
    name: 'a journey of which only the countries are known',
    history: [event({ ...country, at: now - minute })],
    visit: { ...elsewhere, ...munich },
    level: 'Low',
  },
];
for (const { name, history, visit = own, level } of cases) {
  test(`the risk of ${name}: ${level ?? 'none'}`, () => assert.equal(rate(history, visit, now), level));
}

test('a network is the block in which a provider moves its customers about', () => {
  const networks = {
    '192.0.2.77': '192.0.2.0/24',
    '::ffff:192.0.2.77': '192.0.2.0/24',
    '2001:db8:1:2::9': '2001:db8:1::/48',
    '2001:DB8:1:ffff:1:2:3:4': '2001:db8:1::/48',
    '2001:0db8:0001::': '2001:db8:1::/48',
    '2001::1': '2001:0:0::/48',
    '2001::5:6:7:8:9:a': '2001:0:5::/48',
    '::2:3:4:5:6:7:8': '0:2:3::/48',
    '::ffff:c000:24d': '192.0.2.0/24',
    '0:0:0:0:0:FFFF:192.0.2.77': '192.0.2.0/24',
    '64:ff9b::192.0.2.77': '64:ff9b:0::/48',
    '::1': '0:0:0::/48',
    'fe80::1%eth0': 'fe80:0:0::/48',
    nonsense: undefined,
    '': undefined,
  };
  for (const [address, network] of Object.entries(networks))
    assert.equal(networkOf(address), network, address);
});

test('ranges of addresses hold what is in them', () => {
  const ranges = ['192.0.2.0/28', '2001:db8::/32'];
  for (const address of ['192.0.2.15', '2001:db8:9::', '::ffff:192.0.2.1'])
    assert.equal(isInRanges(address, ranges), true, address);
  for (const address of ['192.0.2.16', '2001:db9::', 'nonsense', ''])
    assert.equal(isInRanges(address, ranges), false, address);
});

test('a range of IPv6 holds no IPv4 address, unless it is one of IPv4 in another form', () => {
  const written = ['192.0.2.1', '::ffff:192.0.2.1', '::ffff:c000:201', '0:0:0:0:0:ffff:192.0.2.1'];
  for (const address of written) {
    for (const range of ['::/0', '::/64', '::ffff:0:0/95', '2000::/3', '192.0.3.0/24'])
      assert.equal(isInRanges(address, [range]), false, `${address} in ${range}`);
    for (const range of ['0.0.0.0/0', '192.0.2.1/32', '::ffff:192.0.2.0/120', '::ffff:0:0/96'])
      assert.equal(isInRanges(address, [range]), true, `${address} in ${range}`);
  }
  for (const range of ['::/0', '2001:db8::/32', '2001:DB8:0:0:0:0:0:0/33'])
    assert.equal(isInRanges('2001:db8::1%eth0', [range]), true, range);
  assert.equal(isInRanges('2001:db8::1', ['0.0.0.0/0']), false);
});
