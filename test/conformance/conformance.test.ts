/**
 * Every operation over the wire, held to the facts in api/: each error that it declares is provoked, each member of its
 * output brought about, or left.ts says why not. CONTRIBUTING.md tells how an operation is added.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from './cases/index.ts';
import { builtOperations, declaredErrors, declaredMembers } from './facts.ts';
import { errorsLeft, leftErrors, leftMembers, membersLeft, operationsOf } from './left.ts';
import { playOperation, watchedCall } from './play.ts';
import type { Shown } from './play.ts';
import { makeScene } from './scene.ts';

const all = new Map<string, Shown>(
  builtOperations.map((name) => [name, { errors: new Set(), members: new Set() }]),
);

const shown = (name: string): Shown => {
  const its = all.get(name);
  if (its === undefined) throw new Error(`${name} is not built`);
  return its;
};

test('every operation that is built has cases', () => {
  assert.deepEqual(Object.keys(cases).sort(), builtOperations);
});

test('every operation does what its cases say', async (t) => {
  const scene = await makeScene(t, (call) => watchedCall(call, shown));
  for (const name of builtOperations) {
    const its = cases[name];
    if (its !== undefined) await t.test(name, () => playOperation(scene, name, its as never, shown(name)));
  }
});

for (const [what, declared, left] of [
  ['errors', declaredErrors, errorsLeft],
  ['members', declaredMembers, membersLeft],
] as const) {
  test(`all declared ${what} are shown but those of left.ts, and none of those`, () => {
    const wrong = builtOperations.flatMap((name) => {
      const [seen, listed] = [shown(name)[what], new Set(left(name))];
      return declared(name)
        .filter((item) => seen.has(item) === listed.has(item))
        .map((item) => `${name} ${item}: ${seen.has(item) ? 'is shown, and in left.ts' : 'is not shown'}`);
    });
    assert.deepEqual(wrong, []);
  });
}

test('every entry of left.ts is about operations that are built and declare it', () => {
  for (const left of [...leftErrors, ...leftMembers]) {
    const meant = operationsOf(left);
    assert.ok(meant.length > 0, left.what);
    const unknown = [...(left.of ?? []), ...(left.but ?? [])].filter(
      (name) => !builtOperations.some((built) => built === name),
    );
    assert.deepEqual(unknown, [], left.what);
  }
});
