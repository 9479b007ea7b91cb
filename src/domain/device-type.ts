/** A user agent is written by whoever sends it: what is read of it is short, and read in linear time. */
const longestAgent = 1024;

type Named = readonly [name: string, form: RegExp];

/** In this order: the more general ones stand in the user agents of the others too. */
const browsers: readonly Named[] = [
  ['Edge', /\bEdg(?:A|iOS)?\/(\d{1,4})/],
  ['Opera', /\bOPR\/(\d{1,4})/],
  ['Samsung Internet', /\bSamsungBrowser\/(\d{1,4})/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/(\d{1,4})/],
  ['Chrome', /\b(?:Chrome|CriOS)\/(\d{1,4})/],
  ['Safari', /\bVersion\/(\d{1,4})[\d.]{0,16} (?:Mobile\/\w{1,16} )?Safari\//],
];

const systems: readonly Named[] = [
  ['iOS', /\b(?:iPhone|CPU) OS (\d{1,3}[._]\d{1,3})/],
  ['macOS', /\bMac OS X (\d{1,3}[._]\d{1,3})/],
  ['Windows', /\bWindows NT (\d{1,3}\.\d)/],
  ['Android', /\bAndroid (\d{1,3}(?:\.\d{1,3})?)/],
  ['ChromeOS', /\bCrOS\b()/],
  ['Linux', /\bLinux\b()/],
];

/** Programs name themselves first: `aws-cli/2.15.0 …`. */
const program = /^([A-Za-z][\w.-]{0,63})\/(\d{1,4}(?:\.\d{1,4})?)/;

/**
 * What a session shows of the device, as `Chrome 125 / macOS 15.0`; `unknown` where nothing is known. From the user agent
 * alone, so it proves nothing. API reference: SessionDescriptionType (names besides the example's are our own).
 */
export function deviceType(userAgent: string): string {
  const agent = userAgent.slice(0, longestAgent);
  const known = [named(agent, browsers) ?? programIn(agent), named(agent, systems)];
  return known.filter((name) => name !== undefined).join(' / ') || 'unknown';
}

function named(agent: string, names: readonly Named[]): string | undefined {
  for (const [name, form] of names) {
    const version = form.exec(agent)?.[1];
    if (version !== undefined) return `${name} ${version.replace('_', '.')}`.trim();
  }
  return undefined;
}

/** Every browser begins as Mozilla. */
function programIn(agent: string): string | undefined {
  const [, name = 'Mozilla', version] = program.exec(agent) ?? [];
  return name === 'Mozilla' ? undefined : `${name} ${version}`;
}
