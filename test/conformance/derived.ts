import { isServed } from '../../src/domain/replica.ts';
import { factsOf } from '../../src/protocol/facts.ts';
import { casesOf } from '../hostile/cases.ts';
import type { Call } from '../test-server.ts';
import type { OperationName } from './facts.ts';
import type { Scene } from './scene.ts';

type Input = Readonly<Record<string, unknown>>;

/** An error that many operations share, from an input that would be answered. */
interface Derived {
  readonly code: string;
  readonly words: RegExp;
  /** The input that is refused; undefined where this cannot be had from such an input. */
  readonly input: (
    scene: Scene,
    input: Input,
    name: OperationName,
  ) => Input | undefined | Promise<Input | undefined>;
  /** By another call than the scene's. */
  readonly by?: (scene: Scene) => Promise<Call>;
  /** Around the call. */
  readonly during?: (scene: Scene) => <T>(run: () => Promise<T>) => Promise<T>;
}

/** The input with another value for a member that it has. */
const other = (member: string, value: (scene: Scene) => unknown) => (scene: Scene, input: Input) =>
  Object.hasOwn(input, member) ? { ...input, [member]: value(scene) } : undefined;

const unknownPool = 'us-east-1_nowhere00';

/** Of several for one code all are played that can be had; none where a table has a case of its own for the code. */
export const derived: readonly Derived[] = [
  {
    code: 'ResourceNotFoundException',
    words: /^User pool us-east-1_nowhere00 does not exist\.$/,
    input: other('UserPoolId', () => unknownPool),
  },
  {
    code: 'ResourceNotFoundException',
    words: /^User pool us-east-1_nowhere00 does not exist\.$/,
    input: other('ResourceArn', () => `arn:aws:cognito-idp:us-east-1:000000000000:userpool/${unknownPool}`),
  },
  {
    code: 'ResourceNotFoundException',
    words: /^User pool client nobody does not exist\.$/,
    input: other('ClientId', () => 'nobody'),
  },
  {
    code: 'UserNotFoundException',
    words: /^User does not exist\.$/,
    input: (_scene, input) =>
      Object.hasOwn(input, 'UserPoolId') && Object.hasOwn(input, 'Username')
        ? { ...input, Username: 'nobody' }
        : undefined,
  },
  {
    code: 'UserNotFoundException',
    words: /^User does not exist\.$/,
    input: other('AccessToken', ({ tokens }) => tokens.deleted),
  },
  {
    code: 'PasswordResetRequiredException',
    words: /^Password reset required for the user$/,
    input: other('AccessToken', ({ tokens }) => tokens.reset),
  },
  {
    code: 'UserNotConfirmedException',
    words: /^User is not confirmed\.$/,
    input: other('AccessToken', ({ tokens }) => tokens.unconfirmed),
  },
  {
    code: 'NotAuthorizedException',
    words: /^Invalid Access Token$/,
    input: other('AccessToken', () => 'no.such.token'),
  },
  {
    code: 'OperationNotEnabledException',
    words: /^\w+ is not enabled in a secondary region of the user pool\.$/,
    input: async (scene, input, name) => {
      const { members } = await scene.elsewhere();
      const named = Object.entries(members).filter(([member]) => Object.hasOwn(input, member));
      return isServed(name) || named.length === 0 ? undefined : { ...input, ...Object.fromEntries(named) };
    },
    by: async (scene) => (await scene.elsewhere()).call,
  },
  {
    code: 'TooManyRequestsException',
    words: /^Rate exceeded$/,
    input: (_scene, input) => input,
    by: (scene) => scene.hasty(),
  },
  ...['InternalErrorException', 'InternalServerException'].map((code) => ({
    code,
    words: /^Internal server error$/,
    input: (_scene: Scene, input: Input) => input,
    during: (scene: Scene) => scene.withoutStorage,
  })),
];

/** An input that the model of the operation does not allow. */
export function brokenInput(name: OperationName): unknown {
  const facts = factsOf('cognito-idp');
  const input = facts.operations[name]?.input;
  if (input === undefined) return undefined;
  for (const { expected, value } of casesOf(facts, input)) if (expected === 'violation') return value;
  return undefined;
}
