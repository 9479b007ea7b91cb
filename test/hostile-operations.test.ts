/**
 * Hostile texts that the facts allow, at every operation of a running server: what validation lets in is the operation's
 * own to refuse (security IN-1, IN-2). What the facts refuse is in hostile.test.ts.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operations } from '../src/api/cognito-idp.ts';
import type { Shape } from '../src/protocol/facts.ts';
import { factsOf, shapeOf } from '../src/protocol/facts.ts';
import { hostileStrings, valid } from './hostile/cases.ts';
import type { Call } from './test-server.ts';
import { CallError } from './test-server.ts';
import { testPool } from './user-pool.ts';
import type { TestPool } from './user-pool.ts';

const facts = factsOf('cognito-idp');
const texts = hostileStrings.filter((text) => text.length < 1000);

/** The value over and over, each time with another of its texts replaced by a hostile one. */
function* poisoned(name: string, value: unknown, hostile: string): Generator {
  const shape: Shape = shapeOf(facts, name);
  if (shape.type === 'string' && shape.enum === undefined) yield hostile;
  if (shape.type === 'list' && Array.isArray(value)) {
    for (const item of poisoned(shape.member?.shape ?? '', value[0], hostile)) yield [item];
  }
  if (shape.type === 'map') {
    yield { [hostile]: valid(facts, shape.value?.shape ?? '', true) };
    yield { [String(valid(facts, shape.key?.shape ?? '', true))]: hostile };
  }
  if (shape.type !== 'structure') return;
  const whole = value as Readonly<Record<string, unknown>>;
  for (const [member, { shape: target }] of Object.entries(shape.members ?? {})) {
    if (whole[member] === undefined) continue;
    for (const inner of poisoned(target, whole[member], hostile)) yield { ...whole, [member]: inner };
  }
}

/** How a call that may be anything ends. */
async function statusOf(call: Call, name: string, input: unknown): Promise<number> {
  try {
    await call(name as keyof Operations, input as never);
    return 200;
  } catch (error) {
    if (error instanceof CallError) return error.status;
    throw error;
  }
}

/** What operations name of a pool, with a user of their own; undefined where nobody can sign in any more. */
async function signedIn({ UserPoolId, ClientId, confirmed, accessToken }: TestPool, Username: string) {
  try {
    await confirmed(Username);
    return { UserPoolId, ClientId, Username, AccessToken: await accessToken(Username) };
  } catch (error) {
    if (error instanceof CallError) return undefined;
    throw error;
  }
}

test('IN-1 IN-2 no operation fails over what the facts allow, and afterwards the server signs a user in', async (t) => {
  const server = await testPool(t);
  const { call } = server;
  await server.confirmed('ada');
  let home = await testPool(t, { server });
  const faults: string[] = [];
  let tried = 0;
  for (const [name, { input = '' }] of Object.entries(facts.operations)) {
    // What came before may have changed the pool, or removed it.
    const known =
      (await signedIn(home, name)) ?? (await signedIn((home = await testPool(t, { server })), name));
    assert.ok(known, name);
    const { members = {} } = shapeOf(facts, input);
    const own = Object.fromEntries(Object.entries(known).filter(([member]) => member in members));
    for (const full of [false, true]) {
      const base = { ...(valid(facts, input, full) as object), ...own };
      let turn = name.length;
      const inputs = [base, ...poisoned(input, base, '\0')].map((each, at) =>
        at === 0
          ? each
          : JSON.parse(JSON.stringify(each).replaceAll(String.raw`\u0000`, () => escaped(turn++))),
      );
      for (const each of inputs) {
        tried += 1;
        const status = await statusOf(call, name, each);
        if (status >= 500) faults.push(`${name} ${status} ${JSON.stringify(each).slice(0, 300)}`);
      }
    }
  }
  assert.deepEqual(faults, []);
  assert.ok(tried > 1000, `${tried} requests`);
  assert.deepEqual(Object.keys(Object.prototype), []);
  assert.equal(Reflect.get({}, 'admin'), undefined);
  assert.ok(await server.accessToken('ada'));
});

/** One of the hostile texts, as JSON has it between its quotes. */
const escaped = (turn: number) => JSON.stringify(texts[turn % texts.length]).slice(1, -1);
