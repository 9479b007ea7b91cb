import type { LambdaConfigType, Operations } from '../../src/api/cognito-idp.ts';
import type { ErrorCode } from '../../src/api/errors.ts';
import type { TriggerName } from '../../src/triggers/triggers.ts';
import { arnOf } from '../functions.ts';
import type { Call } from '../test-server.ts';
import type { OperationName } from './facts.ts';
import type { Scene } from './scene.ts';

type Input<Name extends OperationName> = Operations[Name]['input'];

/** Brings about the state that a case needs, through the wire, and gives the input of the call that shows it. */
export type Prepare<Name extends OperationName> = (scene: Scene) => Input<Name> | Promise<Input<Name>>;

/** What an operation shows. */
export interface Cases<Name extends OperationName> {
  /**
   * Inputs that are answered. All together they bring every member of the output about. From the first one the errors are
   * derived that many operations share (derived.ts): it should have whatever names a pool, a client or a user.
   */
  readonly answers: readonly Prepare<Name>[];
  /**
   * By their code: the words (the pattern of what holds names or numbers), what is refused so, and by which call of the
   * scene, if not its own.
   */
  readonly refusals?: {
    readonly [Code in ErrorCode]?: readonly [
      words: string | RegExp,
      prepare: Prepare<Name>,
      by?: (scene: Scene) => Promise<Call>,
    ];
  };
}

/** The cases of a family of operations. */
export type Table = { readonly [Name in OperationName]?: Cases<Name> };

/**
 * The ways in which a function that an operation asks fails: its own error, none there, and an answer that is no event.
 * `prepare` gets the pool's triggers.
 */
export function failing<Name extends OperationName>(
  trigger: TriggerName,
  prepare: (scene: Scene, LambdaConfig: LambdaConfigType) => Input<Name> | Promise<Input<Name>>,
) {
  const by =
    (arn: (scene: Scene) => string): Prepare<Name> =>
    (scene) =>
      prepare(scene, { [trigger]: arn(scene) });
  return {
    UserLambdaValidationException: [`${trigger} failed with error No.`, by(({ lambda }) => lambda('throws'))],
    UnexpectedLambdaException: [
      `${trigger} invocation failed due to error ResourceNotFoundException.`,
      by(() => arnOf('nobody')),
    ],
    InvalidLambdaResponseException: [
      'Invalid lambda function output : Invalid JSON',
      by(({ lambda }) => lambda('lies')),
    ],
  } as const;
}
