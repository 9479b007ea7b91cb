import type { RiskLevelType } from '../../api/cognito-idp.ts';
import type { AuthEvent } from '../../store/auth-events.ts';
import { isUnlikely } from './journey.ts';
import type { Visit } from './visit.ts';

const minute = 60 * 1000;

type Visited = Pick<Visit, 'network' | 'devices' | 'location'>;

/**
 * How risky a sign-in is, from the user's past alone and the same for the same past; undefined for no risk. Points:
 *
 * - a device that has never signed in: 1
 * - a network that has never: 1; in a place where the user can hardly be: 1 more
 * - failures within an hour: 1 for three, 2 for five
 * - four networks or more within ten minutes: 2
 * - a network, or a device with a mark of its own, that was reported: 3
 *
 * One point is Low, two are Medium, three High. Who signs in for the first time has nothing to compare with. What others
 * do at a user's name counts less against who comes from where the user is known: it must not keep the user out.
 */
export function rate(history: readonly AuthEvent[], visit: Visited, now: number): RiskLevelType | undefined {
  const known = history.filter(isKnown);
  const newDevice = known.length > 0 && !known.some((event) => sharesDevice(event, visit));
  const newNetwork = known.length > 0 && !known.some(({ network }) => network === visit.network);
  const isFamiliar = known.length > 0 && !newDevice && !newNetwork;
  const relevant = isFamiliar
    ? history.filter(({ network, response }) => network === visit.network || response === 'Pass')
    : history;
  const points =
    Number(newDevice) +
    Number(newNetwork) +
    Number(newNetwork && isUnlikely(visit.location, known, now)) +
    failurePoints(relevant, now) +
    networkPoints(relevant, visit, now) +
    (isReported(history, visit) ? 3 : 0);
  return points === 0 ? undefined : (levels[points - 1] ?? 'High');
}

const levels: readonly RiskLevelType[] = ['Low', 'Medium'];

/** The user was there: they signed in, or said so later; unless they said that it was not them. Where is known, too. */
function isKnown({ type, response, network, feedback }: AuthEvent): boolean {
  if (type !== 'SignIn' || network === undefined || feedback?.FeedbackValue === 'Invalid') return false;
  return response === 'Pass' || feedback?.FeedbackValue === 'Valid';
}

const sharesDevice = ({ devices }: AuthEvent, visit: Visited) =>
  visit.devices.some((mark) => devices.includes(mark));

function failurePoints(history: readonly AuthEvent[], now: number): number {
  const failures = history.filter(
    ({ type, response, at, feedback }) =>
      type === 'SignIn' &&
      response === 'Fail' &&
      at > now - 60 * minute &&
      feedback?.FeedbackValue !== 'Valid',
  );
  if (failures.length >= 5) return 2;
  return failures.length >= 3 ? 1 : 0;
}

function networkPoints(history: readonly AuthEvent[], { network }: Visited, now: number): number {
  const recent = history.filter(({ type, at }) => type === 'SignIn' && at > now - 10 * minute);
  return new Set([network, ...recent.map((event) => event.network)]).size >= 4 ? 2 : 0;
}

/** Many share a user agent: it alone accuses nobody. The last word on a network or device holds. */
function isReported(history: readonly AuthEvent[], visit: Visited): boolean {
  const own = visit.devices.filter((mark) => !mark.startsWith('agent:'));
  const words = history
    .filter(({ network, devices }) => network === visit.network || own.some((mark) => devices.includes(mark)))
    .flatMap(({ feedback }) => feedback ?? [])
    .toSorted((one, two) => two.at - one.at);
  return words[0]?.FeedbackValue === 'Invalid';
}
