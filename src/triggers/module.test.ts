import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { moduleFolder } from '../../test/functions.ts';
import type { Outcome } from './function.ts';
import { moduleFunction } from './module.ts';

const arn = 'arn:aws:lambda:us-east-1:123456789012:function:hello:live';

function called(t: TestContext, file: string, handler = 'handler') {
  const made = moduleFunction(file, handler);
  t.after(() => made.close());
  return (event: unknown = { n: 1 }, limit = 5000): Promise<Outcome> =>
    made.invoke({ arn, event: JSON.stringify(event), limit });
}

const answered = (value: unknown): Outcome => ({ at: 'answered', body: JSON.stringify(value) });

const sources = {
  'an async function': `export const handler = async (event) => ({ ...event, by: 'async' });`,
  'a function with a callback': `export function handler(event, context, callback) {
    setTimeout(() => callback(null, { ...event, by: 'callback' }), 1);
  }`,
  'a function that ends by its context': `exports.handler = function (event, context) {
    if (event.n === 2) context.done(null, { ...event, by: 'context' });
    else context.succeed({ ...event, by: 'context' });
  }`,
  CommonJS: `exports.handler = async (event) => ({ ...event, by: 'cjs' });`,
  TypeScript: `interface E { n: number } export const handler = async (event: E): Promise<object> => ({ ...event, by: 'ts' });`,
  'another export': `export const other = async (event) => ({ ...event, by: 'other' });`,
};
const ways = [
  { what: 'an async function', name: 'a.mjs', by: 'async' },
  { what: 'a function with a callback', name: 'a.js', by: 'callback' },
  { what: 'a function that ends by its context', name: 'a.cjs', by: 'context' },
  { what: 'CommonJS', name: 'a.cjs', by: 'cjs' },
  { what: 'TypeScript', name: 'a.ts', by: 'ts' },
  { what: 'another export', name: 'a.mjs', by: 'other', handler: 'other' },
] as const;
for (const { what, name, by, ...rest } of ways) {
  test(`a module function may be ${what}`, async (t) => {
    const file = moduleFolder(t)(name, sources[what]);
    const call = called(t, file, 'handler' in rest ? rest.handler : undefined);
    assert.deepEqual(await call(), answered({ n: 1, by }));
    assert.deepEqual(await call({ n: 2 }), answered({ n: 2, by }));
  });
}

const failures = [
  { what: 'throws', source: `export const handler = async () => { throw new Error('no'); };`, message: 'no' },
  { what: 'throws a text', source: `export const handler = () => { throw 'no'; };`, message: 'no' },
  {
    what: 'calls back an error',
    source: `export const handler = (event, context, callback) => callback(new Error('no'));`,
    message: 'no',
  },
  {
    what: 'fails by its context',
    source: `export const handler = (event, context) => context.fail(new Error('no'));`,
    message: 'no',
  },
  {
    what: 'throws when nobody listens any more',
    source: `export const handler = () => { setImmediate(() => { throw new Error('no'); }); return new Promise(() => {}); };`,
    message: 'no',
  },
  {
    what: 'ends the process',
    source: `export const handler = () => process.exit(3);`,
    message: 'Runtime exited with error: exit status 3',
  },
  {
    what: 'gives what is no JSON',
    source: `export const handler = async () => { const a = {}; a.a = a; return a; };`,
    message: /circular/,
  },
  { what: 'does not load', source: `throw new Error('at once');`, message: 'at once' },
  {
    what: 'is not there',
    source: `export const other = 1;`,
    message: 'handler is undefined or not exported',
  },
];
for (const { what, source, message } of failures) {
  test(`a module function fails alone that ${what}`, async (t) => {
    const call = called(t, moduleFolder(t)('a.mjs', source));
    for (const _ of [1, 2]) {
      const outcome = await call();
      assert.equal(outcome.at, 'failed');
      assert.ok(outcome.at === 'failed');
      if (typeof message === 'string') assert.equal(outcome.message, message);
      else assert.match(outcome.message, message);
    }
  });
}

test('a module function that gives nothing has answered null', async (t) => {
  const call = called(t, moduleFolder(t)('a.mjs', `export const handler = (event) => event;`));
  assert.deepEqual(await call(), answered(null));
});

test('a module function that never ends costs its thread, and the next call gets another', async (t) => {
  const source = `let n = 0;
    export const handler = async (event) => {
      n += 1;
      if (event.hang === 'busy') for (;;);
      if (event.hang === 'idle') await new Promise(() => {});
      return { n };
    };`;
  const call = called(t, moduleFolder(t)('a.mjs', source));
  assert.deepEqual(await call(), answered({ n: 1 }));
  for (const hang of ['idle', 'busy']) {
    assert.deepEqual(await call({ hang }, 100), { at: 'lost', reason: 'timeout' });
    assert.deepEqual(await call(), answered({ n: 1 }));
  }
  assert.deepEqual(await call(), answered({ n: 2 }));
});

test('a call under way when another one hangs is answered', async (t) => {
  const source = `export const handler = (event) => new Promise((resolve) => setTimeout(() => resolve(event), event.wait));`;
  const call = called(t, moduleFolder(t)('a.mjs', source));
  await call({ wait: 0 });
  const slow = call({ wait: 300 });
  assert.deepEqual(await call({ wait: 5000 }, 50), { at: 'lost', reason: 'timeout' });
  assert.deepEqual(await slow, answered({ wait: 300 }));
});

test('a changed file is loaded anew, and so is one that it imports', async (t) => {
  const write = moduleFolder(t);
  write('b.mjs', `export const by = 'first';`);
  const file = write(
    'a.mjs',
    `import { by } from './b.mjs'; export const handler = async () => ({ by, a: 1 });`,
  );
  const call = called(t, file);
  assert.deepEqual(await call(), answered({ by: 'first', a: 1 }));
  write('b.mjs', `export const by = 'second';`);
  assert.deepEqual(await call(), answered({ by: 'second', a: 1 }));
  write('a.mjs', `export const handler = async () => ({ a: 2 });`);
  assert.deepEqual(await call(), answered({ a: 2 }));
});

test('a file that is not there is as a function that is not there', async (t) => {
  const outcome = await called(t, '/nonexistent/hello.ts')();
  assert.equal(outcome.at === 'refused' && outcome.reason, 'ResourceNotFoundException');
});

test("SEC-5 a module function sees the environment without the server's settings", async (t) => {
  process.env['COGNATE_MASTER_KEY'] = 'secret';
  process.env['FUNCTION_SETTING'] = 'seen';
  t.after(() => {
    delete process.env['COGNATE_MASTER_KEY'];
    delete process.env['FUNCTION_SETTING'];
  });
  const source = `export const handler = async () => [process.env.COGNATE_MASTER_KEY, process.env.FUNCTION_SETTING];`;
  assert.deepEqual(await called(t, moduleFolder(t)('a.mjs', source))(), answered([undefined, 'seen']));
});

test('a module function gets the context of a Lambda function', async (t) => {
  const source = `export const handler = async (event, context) => ({
    ...context, left: context.getRemainingTimeInMillis() <= 5000 && context.getRemainingTimeInMillis() > 0 });`;
  const outcome = await called(t, moduleFolder(t)('a.mjs', source))();
  const context = JSON.parse(outcome.at === 'answered' ? outcome.body : '{}') as Record<string, unknown>;
  assert.equal(context['left'], true);
  assert.deepEqual(
    [context['functionName'], context['functionVersion'], context['invokedFunctionArn']],
    ['hello', 'live', arn],
  );
});
