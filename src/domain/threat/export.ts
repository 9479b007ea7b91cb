import type { Context } from '../../context.ts';
import type { AuthEvent } from '../../store/auth-events.ts';
import type { User } from '../../store/users.ts';

const types: Readonly<Record<AuthEvent['type'], string>> = {
  SignIn: 'SIGN_IN',
  SignUp: 'SIGN_UP',
  ForgotPassword: 'FORGOT_PASSWORD',
  PasswordChange: 'PASSWORD_CHANGE',
  ResendCode: 'RESEND_CODE',
};

/** What is told of an event whose sign-in goes on: how it ended. */
type Concluded = Pick<AuthEvent, 'poolId' | 'id' | 'at' | 'type' | 'response' | 'challenges' | 'clientId'> &
  Partial<AuthEvent>;

/**
 * Gives an event of a user to the pool's log, in the words of Cognito's export (developer guide, "Exporting logs from
 * Amazon Cognito user pools"); members of which nothing is known are empty texts.
 */
export function exportEvent(ctx: Context, user: User, event: Concluded): void {
  const { poolId, decision, level, compromised } = event;
  ctx.logDelivery.add({
    poolId,
    source: 'userAuthEvents',
    at: ctx.now(),
    message: {
      version: '1',
      eventId: event.id,
      eventType: types[event.type],
      userSub: user.id,
      userName: user.username,
      userPoolId: poolId,
      clientId: event.clientId,
      creationDate: new Date(event.at).toUTCString(),
      eventResponse: event.response,
      riskLevel: level ?? '',
      riskDecision: decision ?? '',
      challenges: event.challenges.map(
        ({ ChallengeName, ChallengeResponse }) => `${ChallengeName}:${ChallengeResponse}`,
      ),
      deviceName: event.deviceName ?? '',
      ipAddress: event.ip ?? '',
      requestId: ctx.requestId,
      idpName: '',
      compromisedCredentialDetected: compromised === undefined ? '' : String(compromised),
      city: event.location?.city ?? '',
      country: event.location?.country ?? '',
      eventFeedbackValue: '',
      eventFeedbackDate: '',
      eventFeedbackProvider: '',
      hasContextData: String(event.ip !== undefined),
    },
  });
}
