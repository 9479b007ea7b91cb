import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import type { User } from '../../store/users.ts';
import { reserveFailure } from '../failures.ts';
import type { Asked } from '../migration.ts';
import { subjectOf } from '../password.ts';
import { findUser, hidesUsers } from '../user.ts';
import { signsInBy } from '../username.ts';
import type { Place } from './step.ts';

/**
 * Who wants to sign in: the user whom the name stands for, or nobody. Nobody is treated in every step as a user with a
 * password that no one knows, so that the answers do not tell who exists (security EN-1 to EN-4).
 */
export interface Claimant {
  readonly user: User | undefined;
  /** As it was given in this request. */
  readonly name: string;
  /**
   * The `sub`; for nobody one that is always the same for the folded name. Guesses are counted under it: one count
   * whatever name, alias, letter case, flow or client is used (security LO-5, EN-4).
   */
  readonly id: string;
  /** A guess at their password is counted already in this request. */
  readonly guessed?: boolean;
}

/**
 * Finds out who wants to sign in; `elsewhere` may bring a user whom nobody here knows, and counts a guess.
 * UserNotFoundException for nobody, where the client does not hide who exists.
 */
export async function claimantOf(
  ctx: Context,
  place: Place,
  name: string,
  elsewhere?: (nobody: Claimant) => Promise<Asked | undefined>,
): Promise<Claimant> {
  const claimant = await hiddenClaimantOf(ctx, place, name);
  if (claimant.user !== undefined) return claimant;
  const asked = await elsewhere?.(claimant);
  if (asked?.user !== undefined) return claimantFor(ctx, place, asked.user, name);
  if (hidesUsers(place.client)) return { ...claimant, guessed: asked !== undefined };
  if (asked === undefined) reserveFailure(ctx, place.pool);
  throw errors.userNotFound();
}

/** As `claimantOf`, for the answer to a challenge: that somebody is gone by now is told by the challenge's refusal. */
export async function hiddenClaimantOf(ctx: Context, place: Place, name: string): Promise<Claimant> {
  const found = await findUser(ctx, place.pool, name);
  const user = found && signsInBy(place.pool, found, name) ? found : undefined;
  return claimantFor(ctx, place, user, name);
}

/** Where the client hides who exists it is as much work for everybody (security EN-3), elsewhere none for users. */
function claimantFor(ctx: Context, place: Place, user: User | undefined, name: string): Claimant {
  const { pool, client } = place;
  const id = user === undefined || hidesUsers(client) ? subjectOf(ctx, pool, user, name) : user.id;
  ctx.note({ user: id });
  return { user, name, id };
}
