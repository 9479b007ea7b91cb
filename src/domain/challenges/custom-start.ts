import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import { hidesUsers } from '../user.ts';
import { resumed, sessionOf, spendSession } from '../session.ts';
import type { Claimant } from './claimant.ts';
import { nextRound } from './custom.ts';
import { provenByPassword } from './password.ts';
import { passwordVerifier } from './srp.ts';
import { srpA } from './srp-exchange.ts';
import { checkStanding } from './standing.ts';
import { optional, required, withRound } from './step.ts';
import type { Parameters, Place, SignIn, Step } from './step.ts';
import { afterPassword } from './tail.ts';

/**
 * Begins a custom flow: alone (without CHALLENGE_NAME, or with `CUSTOM_CHALLENGE`), with SRP first (`SRP_A`; without a
 * value of this name, alone), or, for a trusted server, with the password (`ADMIN_NO_SRP_AUTH`). Users who may not sign
 * in are refused at once where the client does not hide who exists, else with the last answer.
 */
export async function startCustom(
  ctx: Context,
  signIn: SignIn,
  claimant: Claimant,
  parameters: Parameters,
): Promise<Step> {
  if (claimant.user !== undefined && !hidesUsers(signIn.client)) checkStanding(claimant.user);
  switch (optional(parameters, 'CHALLENGE_NAME')) {
    case undefined:
    case 'CUSTOM_CHALLENGE':
      return nextRound(ctx, signIn, claimant);
    case 'SRP_A': {
      if (optional(parameters, 'SRP_A') === undefined) return nextRound(ctx, signIn, claimant);
      const A = srpA(parameters);
      const started = withRound(signIn, 'SRP_A');
      return nextRound(ctx, started, claimant, (known) => passwordVerifier(ctx, started, known, A));
    }
    case 'ADMIN_NO_SRP_AUTH': {
      const user = await provenByPassword(ctx, signIn, claimant, required(parameters, 'PASSWORD'));
      return afterPassword(
        ctx,
        withRound(signIn, 'ADMIN_NO_SRP_AUTH'),
        user,
        optional(parameters, 'PASSWORD'),
      );
    }
    default:
      throw errors.challengeNameUnknown();
  }
}

/** Takes the password that a function has asked for. A wrong one leaves the session usable. */
export async function answerAdminPassword(
  ctx: Context,
  place: Place,
  claimant: Claimant,
  responses: Parameters,
  sealed: string | undefined,
): Promise<Step> {
  const session = await sessionOf(ctx, place, sealed, claimant, ['ADMIN_NO_SRP_AUTH']);
  const signIn = resumed(place, session);
  const password = required(responses, 'PASSWORD');
  const user = await provenByPassword(ctx, signIn, claimant, password);
  await spendSession(ctx, place, session);
  return afterPassword(ctx, withRound(signIn, 'ADMIN_NO_SRP_AUTH'), user, password);
}
