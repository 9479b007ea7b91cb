import type { AuthFlowType, AuthenticationResultType, ChallengeNameType } from '../../api/cognito-idp.ts';
import * as errors from '../../errors.ts';
import type { Device } from '../../store/devices.ts';
import type { Client, Pool } from '../../store/pools.ts';
import type { Level, Method } from '../assurance.ts';
import type { SignInEvent } from '../threat/sign-in-event.ts';
import type { Visit } from '../threat/visit.ts';
import type { Visitor } from '../threat/visitor.ts';

/** Where somebody signs in, and what the app sent along for the pool's triggers (developer guide, "clientMetadata"). */
export interface Place {
  readonly pool: Pool;
  readonly client: Client;
  /** ClientMetadata of the request that starts a sign-in: for pre-authentication and migration. */
  readonly validationData: Metadata;
  /** ClientMetadata of an answer: for all other triggers. */
  readonly clientMetadata: Metadata;
  /** Who asks, if it is not who sent the request. */
  readonly visitor?: Visitor | undefined;
  /** Where they come from, in a pool that threat protection watches. */
  readonly visit?: Visit | undefined;
  /** DEVICE_KEY of the request, where the pool remembers devices. */
  readonly deviceKey?: string | undefined;
  /** The endpoint of the app, where what it does is counted (AnalyticsMetadata). */
  readonly endpointId?: string | undefined;
}

type Metadata = Readonly<Record<string, string>>;

/** A sign-in under way: its place, and the flow and the name by which it was begun. */
export interface SignIn extends Place {
  readonly flow: AuthFlowType;
  readonly name: string;
  /** The device of `deviceKey`, once it was looked up in this request. */
  readonly device?: Device | undefined;
  /** What has been answered in a custom flow, the oldest first. */
  readonly rounds?: readonly Round[];
  /** What has been proven on the way here. */
  readonly proven?: readonly Method[] | undefined;
  /** The level of assurance that is to be reached, if one was asked for. */
  readonly stepUp?: StepUp;
  /** What may come in place of the session of DEVICE_SRP_AUTH, if this answer leads there: see `awaitDevice`. */
  readonly awaitedBy?: string | undefined;
  /** Its record, once threat protection has looked at it. */
  readonly event?: SignInEvent | undefined;
}

/** USER_AUTH toward a level of assurance (TARGET_ACR_VALUES). */
export interface StepUp {
  /** The best first; the first that the user can reach is to be reached. */
  readonly levels: readonly Level[];
  /** The sign-in whose access token has brought what was proven before. */
  readonly family?: string | undefined;
}

/** The sign-in with one more proof of who the user is. */
export function withProof<T extends SignIn>(signIn: T, method: Method): T {
  const { proven = [] } = signIn;
  return proven.includes(method) ? signIn : { ...signIn, proven: [...proven, method] };
}

/** A finished challenge, as the functions of custom flows see it (developer guide, "Define Auth challenge"). */
export interface Round {
  readonly challengeName: ChallengeNameType | 'SRP_A';
  readonly challengeResult: boolean;
  readonly challengeMetadata: string | null;
}

/** The sign-in with one more challenge answered; other flows than CUSTOM_AUTH do not remember them. */
export function withRound<T extends SignIn>(
  signIn: T,
  challengeName: Round['challengeName'],
  challengeResult = true,
  challengeMetadata: string | null = null,
): T {
  if (signIn.flow !== 'CUSTOM_AUTH') return signIn;
  return {
    ...signIn,
    rounds: [...(signIn.rounds ?? []), { challengeName, challengeResult, challengeMetadata }],
  };
}

/** What a sign-in has come to: another challenge, or tokens. */
export type Step =
  | {
      readonly at: 'challenge';
      readonly challenge: ChallengeNameType;
      /** Absent where the challenge carries its state itself. */
      readonly session?: string | undefined;
      readonly parameters: Readonly<Record<string, string>>;
      /** The ways to sign in that are open to the user (USER_AUTH). */
      readonly available?: readonly ChallengeNameType[] | undefined;
    }
  | { readonly at: 'done'; readonly tokens: AuthenticationResultType };

/** AuthParameters or ChallengeResponses. Clients send keys of other challenges along, and null for what they lack. */
export type Parameters = Readonly<Record<string, string | null | undefined>>;

/** Throws InvalidParameterException when the parameter is absent; an empty one counts as absent (unconfirmed). */
export function required(parameters: Parameters, name: string): string {
  const value = optional(parameters, name);
  if (value === undefined) throw errors.missingParameter(name);
  return value;
}

export function optional(parameters: Parameters, name: string): string | undefined {
  const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}
