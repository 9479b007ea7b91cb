import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { test } from 'node:test';
import { errorsFile, services, typesOf } from '../api/generate.ts';

const repository = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(repository, file), 'utf8');
const sources = globSync('src/**/*.ts', { cwd: repository }).sort();

/** The files of src itself that are not named by their own. */
const root = 'src';

/**
 * Who may import whom. A room is a folder of src, the deepest that is named here, or a file. Everyone may import their own
 * room and the open ones. Tests may import what they need.
 */
const rooms: Readonly<Record<string, readonly string[] | 'all'>> = {
  api: [],
  'errors.ts': [],
  // The context names what every request may use: types alone.
  'context.ts': ['crypto', 'domain', 'messages', 'store', 'triggers'],
  crypto: [],
  store: [],
  // How what many bring shares its room.
  'room.ts': [],
  messages: [],
  triggers: ['store'],
  // How bytes that come in pieces are held.
  'pieces.ts': [],
  outbound: ['pieces.ts'],
  'store/sql': ['store', 'crypto', 'private-file.ts'],
  'crypto/data-key-vault': ['store', 'crypto'],
  'log-delivery': ['domain', 'outbound', 'iam'],
  analytics: ['domain', 'outbound', 'iam'],
  places: ['domain', 'store'],
  'messages/smtp': ['messages'],
  'messages/outbox': ['messages', 'store', 'crypto', 'room.ts'],
  'messages/post': ['messages', 'outbound'],
  'messages/webhook': ['messages', 'messages/post', 'outbound'],
  'messages/aws': ['messages', 'messages/post', 'outbound', 'iam'],
  'messages/assumed-role': ['messages', 'messages/aws', 'iam'],
  'messages/ses': ['messages', 'messages/aws'],
  'messages/sns': ['messages', 'messages/aws', 'messages/assumed-role'],
  'messages/eums': ['messages', 'messages/aws', 'messages/assumed-role', 'messages/sns'],
  'messages/configured': [
    'messages',
    'messages/smtp',
    'messages/outbox',
    'messages/webhook',
    'messages/ses',
    'messages/sns',
    'messages/eums',
    'outbound',
    'iam',
  ],
  'triggers/reply': ['triggers', 'outbound'],
  'triggers/http': ['triggers', 'triggers/reply', 'outbound'],
  'triggers/lambda': ['triggers', 'triggers/reply', 'outbound', 'iam'],
  'triggers/local-kms': ['crypto', 'protocol/wire.ts'],
  'triggers/sender-codes': ['triggers', 'triggers/local-kms', 'store', 'crypto'],
  'triggers/configured': ['triggers', 'triggers/http', 'triggers/lambda', 'outbound', 'iam'],
  iam: ['crypto'],
  protocol: ['iam', 'crypto'],
  gateway: ['iam', 'crypto'],
  http: ['protocol', 'pieces.ts'],
  domain: ['store', 'triggers', 'messages', 'iam', 'crypto', 'room.ts'],
  federation: ['domain', 'crypto'],
  // The table of a service is typed by what dispatch calls.
  operations: ['domain', 'federation', 'iam', 'crypto', 'store', 'protocol/wire.ts'],
  pages: ['domain'],
  oauth: ['domain', 'federation', 'pages', 'store'],
  // What the server is started with: config, clock, log, master key.
  [root]: ['domain/quotas.ts', 'messages/ways.ts', 'outbound/allowed.ts', 'triggers/targets.ts'],
  'routes.ts': 'all',
  'limits.ts': ['domain', 'store', 'http/client-address.ts', 'clock.ts', 'config.ts'],
  'outside.ts': 'all',
  'server.ts': 'all',
  cli: 'all',
};

const open = ['api', 'errors.ts', 'context.ts'];

/** The room of a file of src, by the longest name that fits. */
function roomOf(file: string): string | undefined {
  const parts = relative('src', file).split('/');
  for (let length = parts.length; length > 0; length -= 1) {
    const name = parts.slice(0, length).join('/');
    if (Object.hasOwn(rooms, name)) return name;
    // An adapter that is a single file: messages/smtp.ts is of the room messages/smtp.
    if (Object.hasOwn(rooms, name.replace(/\.ts$/, ''))) return name.replace(/\.ts$/, '');
  }
  return parts.length === 1 ? root : undefined;
}

function importsOf(file: string): string[] {
  const text = read(file);
  const found = text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g);
  return [...found].map(([, to = '']) => normalize(join(dirname(file), to)));
}

test('every file of src belongs to a room', () => {
  assert.deepEqual(
    sources.filter((file) => roomOf(file) === undefined),
    [],
  );
});

test('rooms import only whom the house style lets them', () => {
  const wrong: string[] = [];
  for (const file of sources.filter((name) => !name.endsWith('.test.ts'))) {
    const room = roomOf(file) ?? '';
    const allowed = rooms[room] ?? [];
    if (allowed === 'all') continue;
    for (const target of importsOf(file)) {
      const to = roomOf(target) ?? target;
      const name = relative('src', target);
      const fits = [room, ...open, ...allowed].some((it) => it === to || it === name);
      if (!fits) wrong.push(`${file} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('no default exports, no dumping grounds', () => {
  assert.deepEqual(
    sources.filter((file) => /^export default/m.test(read(file))),
    [],
  );
  assert.deepEqual(
    sources.filter((file) => /(?:^|\/)(?:utils?|helpers?|common|misc)(?:\.ts|\/)/.test(file)),
    [],
  );
});

test('DL-2 randomness comes from node:crypto alone', () => {
  assert.deepEqual(
    sources.filter((file) => /Math\s*\.\s*random/.test(read(file))),
    [],
  );
});

/** Identifiers that cannot be parameters, each checked by its file: where, and the text as it stands there. */
const checkedStatements = [
  'src/store/sql/postgres.ts: create schema ${schema}',
  'src/store/sql/sqlite-connection.ts: pragma synchronous = ${synchronous}',
];

/** No other room has a database to send to: who may import store/sql is said above. */
const adapters = sources.filter((file) => file.startsWith('src/store/sql/') && !file.endsWith('.test.ts'));

test('IN-12 no SQL is put together where it is sent', () => {
  const sent =
    /\.(?:all|get|run|exec|query|prepare|execute)\s*(?:<[^()]*>)?\(\s*(?:`([^`]*\$\{[^`]*)`|'[^']*'\s*\+)/g;
  const found: string[] = [];
  for (const file of adapters) {
    for (const [whole, template] of read(file).matchAll(sent)) found.push(`${file}: ${template ?? whole}`);
  }
  assert.deepEqual(
    found.filter((it) => !checkedStatements.includes(it)),
    [],
  );
});

test('src/api is what api/generate.ts writes: `npm run api` has been run', () => {
  for (const service of services) assert.equal(read(`src/api/${service}.ts`), typesOf(service), service);
  assert.equal(read('src/api/errors.ts'), errorsFile());
});
