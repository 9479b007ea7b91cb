import assert from 'node:assert/strict';
import type { Operations } from '../../src/api/cognito-idp.ts';
import { CallError } from '../test-server.ts';
import type { Call } from '../test-server.ts';
import { brokenInput, derived } from './derived.ts';
import { declaredErrors, readAnswer } from './facts.ts';
import type { OperationName } from './facts.ts';
import { errorsLeft } from './left.ts';
import type { Scene } from './scene.ts';
import type { Cases } from './table.ts';

/** What was seen of an operation. */
export interface Shown {
  readonly errors: Set<string>;
  readonly members: Set<string>;
}

/** The call of a scene that looks at every answer, whichever case it belongs to: it must be as the facts declare it. */
export function watchedCall(call: Call, shown: (name: string) => Shown): Call {
  return async (name, input, options) => {
    const answer = await call(name, input, options);
    const { members, faults } = readAnswer(name, answer);
    assert.deepEqual(faults, [], name);
    for (const member of members) shown(name).members.add(member);
    return answer;
  };
}

/** Plays the cases of an operation and notes which declared errors they show. The answers are noted by the call. */
export async function playOperation<Name extends OperationName>(
  scene: Scene,
  name: Name,
  { answers, refusals = {} }: Cases<Name>,
  { errors }: Shown,
): Promise<void> {
  const refused = async (
    code: string,
    words: string | RegExp,
    input: unknown,
    call = scene.call,
  ): Promise<void> => {
    assert.ok(declaredErrors(name).includes(code), `${name} does not declare ${code}`);
    const error = await refusalOf(call, name, input);
    assert.equal(
      error?.code,
      code,
      `${name} ${code}: ${error?.code ?? 'was answered'} ${error?.message ?? ''}`,
    );
    assert.equal(error.status, code.startsWith('Internal') ? 500 : 400, `${name} ${code}`);
    if (typeof words === 'string') assert.equal(error.message, words, name);
    else assert.match(error.message, words, name);
    errors.add(code);
  };

  await refused('InvalidParameterException', /^\d+ validation errors? detected: /, brokenInput(name));
  for (const [index, prepare] of answers.entries()) {
    const input = await prepare(scene);
    if (index === 0) {
      const own = new Set(Object.keys(refusals));
      await playDerived(scene, name, input, own, { refused, errors });
    }
    const gaveUp = index === 0 && (await lostRaces(scene, name, input, errors));
    if (index > 0) await scene.call(name, input);
    await scene.tidy();
    // What serves once may be spent by now.
    if (gaveUp) await scene.call(name, await prepare(scene));
    await scene.tidy();
  }
  for (const [code, [words, prepare, by]] of Object.entries(refusals)) {
    await refused(code, words, await prepare(scene), await by?.(scene));
    await scene.tidy();
  }
}

interface Noting {
  readonly refused: (code: string, words: RegExp, input: unknown, call?: Call) => Promise<void>;
  readonly errors: Set<string>;
}

/** What the operation has cases of its `own` for is left to them; what is in left.ts need not be refused so. */
async function playDerived(
  scene: Scene,
  name: OperationName,
  input: object,
  own: ReadonlySet<string>,
  { refused, errors }: Noting,
): Promise<void> {
  const listed = errorsLeft(name);
  for (const { code, words, input: changed, by, during } of derived) {
    if (!declaredErrors(name).includes(code) || own.has(code)) continue;
    const asked = await changed(scene, input as Record<string, unknown>, name);
    if (asked === undefined) continue;
    const call = (await by?.(scene)) ?? scene.call;
    const run = during?.(scene) ?? (<T>(it: () => Promise<T>) => it());
    if (!listed.includes(code)) await run(() => refused(code, words, asked, call));
    else if ((await run(() => refusalOf(call, name, asked)))?.code === code) errors.add(code);
  }
}

/** How an operation ends when others always come first: with one of these, or it does not care and is answered. */
const lost = ['ConcurrentModificationException', 'TooManyRequestsException'];

/** The call while others come first at every write. False: it was answered even so. */
async function lostRaces<Name extends OperationName>(
  scene: Scene,
  name: Name,
  input: Operations[Name]['input'],
  errors: Set<string>,
): Promise<boolean> {
  const error = await scene.contended(() => refusalOf(scene.call, name, input));
  if (error === undefined) return false;
  assert.ok(lost.includes(error.code), `${name}, races lost: ${error.code} ${error.message}`);
  if (declaredErrors(name).includes(error.code)) errors.add(error.code);
  return true;
}

async function refusalOf(call: Call, name: OperationName, input: unknown): Promise<CallError | undefined> {
  try {
    await call(name, input as never);
    return undefined;
  } catch (error) {
    if (error instanceof CallError) return error;
    throw error;
  }
}
