const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** How far the clock of a client may be off (the real window is unconfirmed; security SR-4). */
const skew = 5 * 60_000;

const halfDay = 12 * 60 * 60_000;

/** TIMESTAMP of this instant: `Tue Mar 3 07:05:09 UTC 2026`. */
export function timestampOf(now: number): string {
  const date = new Date(now);
  const [hours, minutes, seconds] = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(
    (number) => String(number).padStart(2, '0'),
  );
  const day = `${days[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${date.getUTCDate()}`;
  return `${day} ${hours}:${minutes}:${seconds} UTC ${date.getUTCFullYear()}`;
}

/** What Cognito can read as a date, the zone in capitals (measured in ministack#1758); it signs its own spelling. */
const dateForm = new RegExp(
  String.raw`^(?i:${days.join('|')}) (?i:${months.join('|')}) \d{1,2} \d{2}:\d{2}:\d{2} (?:UTC|GMT) \d{4}$`,
);

export const isDate = (text: string): boolean => dateForm.test(text);

/**
 * Whether the text is a TIMESTAMP of five minutes ago to in five minutes. One instant has one spelling: English names,
 * the right day of the week, UTC, the day without a leading zero, the time with. The hours may be those of a 12-hour clock,
 * as a library for Go writes them (alexrudd/cognito-srp), of which nobody says that Cognito refuses it after noon.
 */
export function checkTimestamp(text: string, now: number): boolean {
  const parts = /^\w{3} (\w{3}) (\d{1,2}) (\d{2}):(\d{2}):(\d{2}) UTC (\d{4})$/.exec(text);
  if (parts === null) return false;
  const [month = '', ...numbers] = parts.slice(1);
  const [day = 0, hours = 0, minutes = 0, seconds = 0, year = 0] = numbers.map(Number);
  const at = Date.UTC(year, months.indexOf(month), day, hours, minutes, seconds);
  const isNear = (instant: number) => Math.abs(now - instant) <= skew;
  if (timestampOf(at) !== text) return false;
  return isNear(at) || (hours >= 1 && hours <= 12 && isNear(at + (hours === 12 ? -halfDay : halfDay)));
}
