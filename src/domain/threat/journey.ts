import type { AuthEvent, Location, Point } from '../../store/auth-events.ts';

/** What an airliner makes, in kilometres an hour. */
const fastest = 1000;
/** By so many kilometres a file may be wrong. */
const slack = 500;

/**
 * Whether somebody is where they can hardly be: in a country where none of these events was, or farther from the newest
 * of them than an airliner has come since. False where a place is not known.
 */
export function isUnlikely(here: Location | undefined, known: readonly AuthEvent[], now: number): boolean {
  const placed = known.flatMap(({ at, location }) => (location === undefined ? [] : [{ at, ...location }]));
  if (here === undefined || placed.length === 0) return false;
  if (!placed.some(({ countryCode }) => countryCode === here.countryCode)) return true;
  const [last] = placed.toSorted((one, two) => two.at - one.at);
  if (last?.point === undefined || here.point === undefined) return false;
  return distance(last.point, here.point) > slack + (fastest * (now - last.at)) / 3_600_000;
}

/** In kilometres, along the globe (haversine formula). */
function distance(from: Point, to: Point): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const half = (degrees: number) => Math.sin(radians(degrees) / 2) ** 2;
  const along = Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude));
  const square = half(to.latitude - from.latitude) + along * half(to.longitude - from.longitude);
  return 2 * 6371 * Math.asin(Math.min(1, Math.sqrt(square)));
}
