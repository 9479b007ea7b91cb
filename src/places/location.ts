import type { Location, Point } from '../store/auth-events.ts';

/**
 * What the record of a network says, in the form of MaxMind's and DB-IP's files (`country.iso_code`, `city.names.en`,
 * `location`) or in a flat one (`country_code`, `city`, `latitude`). Undefined for a record that names no country.
 */
export function locationIn(record: unknown): Location | undefined {
  const { country, country_code: flatCode, city, location, latitude, longitude } = membersOf(record);
  const code = codeIn(membersOf(country)['iso_code'] ?? flatCode ?? country);
  const name = code === undefined ? undefined : (englishName(country) ?? regionNames.of(code));
  if (code === undefined || name === undefined) return undefined;
  const cityName = englishName(city) ?? textIn(city);
  // Where only the country is known, files give its middle: nobody is there.
  const point = cityName === undefined ? undefined : pointIn({ latitude, longitude, ...membersOf(location) });
  return { country: name, countryCode: code, city: cityName, point };
}

const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

/** Of two letters; ZZ is that of places unknown. */
function codeIn(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^[a-z]{2}$/i.test(value)) return undefined;
  const code = value.toUpperCase();
  return code === 'ZZ' ? undefined : code;
}

const englishName = (value: unknown) => textIn(membersOf(membersOf(value)['names'])['en']);

/** A name that is longer is cut. */
const longest = 128;

const textIn = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value.slice(0, longest).toWellFormed() : undefined;

/** Codes that stand for no country have no name. */
const regionNames = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

function pointIn({ latitude, longitude }: Readonly<Record<string, unknown>>): Point | undefined {
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return undefined;
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : undefined;
}
