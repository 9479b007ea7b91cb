import { administrators } from './administrators.ts';
import { attributes } from './attributes.ts';
import { borders } from './borders.ts';
import { codes } from './codes.ts';
import { devices } from './devices.ts';
import { existence } from './existence.ts';
import { forgedTokens } from './forged-tokens.ts';
import { inventedSessions } from './invented-sessions.ts';
import { lockout } from './lockout.ts';
import { revocation } from './revocation.ts';
import type { Attack, Attacks, Scene } from './scene.ts';
import { NotApplicable, openScene } from './scene.ts';
import { srp } from './srp.ts';
import type { Target } from './target.ts';

export interface Result {
  readonly attack: string;
  readonly outcome: 'held' | 'FELL' | 'n/a';
  /** How it fell, or why it could not be played. */
  readonly reason: string | undefined;
}

/** All attacks, the harmless ones first: 64 guesses at once may be too much for a server. */
export const attacks: Attacks = {
  ...administrators,
  ...inventedSessions,
  ...forgedTokens,
  ...srp,
  ...codes,
  ...borders,
  ...attributes,
  ...existence,
  ...devices,
  ...revocation,
  ...lockout,
};

const longest = 50_000;

/**
 * Plays every attack in pools of its own, which it removes at the end. Those for which no time is left after 50 seconds
 * are not played. Throws when the scene cannot be set.
 */
export async function play(target: Target, report: (result: Result) => void): Promise<readonly Result[]> {
  const scene = await openScene(target);
  const until = performance.now() + longest;
  const results: Result[] = [];
  for (const [attack, run] of Object.entries(attacks)) {
    const result = { attack, ...(performance.now() < until ? await outcomeOf(run, scene) : noTime) };
    results.push(result);
    report(result);
  }
  await scene.end();
  return results;
}

const noTime = { outcome: 'n/a', reason: 'no time is left' } as const;

async function outcomeOf(run: Attack, scene: Scene): Promise<Omit<Result, 'attack'>> {
  try {
    const reason = await run(scene);
    return { outcome: reason === undefined ? 'held' : 'FELL', reason };
  } catch (error) {
    const reason = error instanceof NotApplicable ? error.message : `no answer: ${String(error)}`;
    return { outcome: 'n/a', reason };
  }
}
