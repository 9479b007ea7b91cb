import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** What each requirement says. One stands on the page once a test bears its ID. */
const requirements: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Input (IN)': {
    'IN-1':
      'Whatever is sent, the answer is the modelled 400: no 500, no crash, no hang, no memory that stays.',
    'IN-2': 'NUL, lone surrogates, line ends, quotes, markup and prototype names do no harm in any text.',
    'IN-3': 'A body over its limit gets 413 and is not read to its end.',
    'IN-4': 'JSON deeper than 32 levels or with more than 2,000 keys in an object is refused.',
    'IN-5': '`__proto__`, `constructor` and `prototype` as keys change nothing.',
    'IN-6': 'Of a key that comes twice the last one counts, for checking and for using alike.',
    'IN-7': 'Bytes that are not UTF-8 are refused, not replaced.',
    'IN-8': 'A compressed body is refused.',
    'IN-9': 'Patterns, filters, policies and headers are read in time linear in their length.',
    'IN-10': 'Page tokens are sealed, and serve for the list that gave them out.',
    'IN-11': 'A sealed or signed value that is cut, lengthened or spelled otherwise is refused.',
    'IN-12': 'Values reach SQL as parameters; no statement is put together from them.',
    'IN-13': 'Names that users choose become no file names, header names or metric labels.',
  },
  'Who exists (EN), where the client hides it': {
    'EN-1': 'Answers for users that exist, cannot sign in or do not exist are the same.',
    'EN-2': 'SRP with an unknown name looks as with a known one: one salt and one id for each name, always.',
    'EN-3': 'Known and unknown names cost the same work.',
    'EN-4': 'Unknown names are locked after wrong guesses like known ones.',
    'EN-5': 'The masked destination that is told for an unknown name is always the same.',
    'EN-6': 'SignUp tells that a name is taken, as Cognito does: see above.',
    'EN-7': 'No answer waits for a mail or text message.',
    'EN-8': 'Mail goes to the stored address, never to a look-alike that was typed.',
  },
  'Guessing (LO)': {
    'LO-1':
      'A guess is counted before it is looked at: of many at once five are, also over servers and processes.',
    'LO-2': 'From the fifth failure on a user is locked for 1, 2, 4 … seconds, 15 minutes at most.',
    'LO-3': 'Nobody gets more than 1,010 guesses a day at one user, however cleverly they wait.',
    'LO-4': 'With `maxConsecutiveFailures` a long row of failures ends in a password that must be reset.',
    'LO-5': 'Aliases, letter case, flows and clients share the count of the user.',
    'LO-6': 'The count outlives the server, `kill -9` too.',
    'LO-7': 'Codes that are sent or tried, and password changes, are limited for each user and hour.',
    'LO-8': 'One address has 300 failures a minute in a pool, over all users.',
    'LO-9': 'Who is locked out keeps what they are signed in with.',
  },
  'SRP (SR)': {
    'SR-1': 'Values of A that would give the secret away are refused and leave no state.',
    'SR-2': 'SECRET_BLOCK is sealed for its user, client, pool and time; no byte of it can be changed.',
    'SR-3': 'SECRET_BLOCK serves once.',
    'SR-4': 'The timestamp of a proof is within five minutes, and in the one form that clients write.',
    'SR-5': 'A proof of any other length is refused.',
    'SR-6': 'The exponentiation is native and does not hold up other requests.',
    'SR-7': 'Verifiers are sealed in the database.',
  },
  'Codes and second factors (MF)': {
    'MF-1': 'A code of an authenticator app serves once.',
    'MF-2': 'Codes of authenticator apps are taken one step before and after their time.',
    'MF-3': 'Wrong codes of a second factor count for the user, not for the session.',
    'MF-4': 'A code serves its user, purpose and address only, as long as it lives; a newer one voids it.',
    'MF-5': 'A code serves once, however many right answers come together.',
    'MF-6': 'A change of the address voids the code that went to the one before.',
    'MF-7': 'Where a second factor is demanded, there are no tokens without it.',
    'MF-8': 'A remembered device is believed only with proof of its secret.',
    'MF-9': 'The counter of a passkey goes up alone: a copy is noticed.',
  },
  'Challenge sessions (SE)': {
    'SE-1':
      'A session serves once, for its client, pool, user and step, as long as it lives; an invented one never.',
    'SE-2': 'A sign-in begun by one user never ends in tokens of another.',
    'SE-3': 'Browser sessions change their id at sign-in and sign-out.',
    'SE-4': 'Disabling, deleting, signing out everywhere and new passwords end open sign-ins.',
  },
  'Tokens (JW)': {
    'JW-1':
      'The key says the algorithm; `none`, other algorithms, keys in the header and `crit` are refused.',
    'JW-2': 'A token has one spelling.',
    'JW-3': 'Unknown key ids are looked up exactly, and cost one read, not one each.',
    'JW-4': 'A token without `exp` or after it is refused.',
    'JW-5': 'An ID token is no access token, and the other way round.',
    'JW-6': 'A token whose JSON has a key twice, or is no object, is refused.',
    'JW-7': 'A token of one pool is refused by every other.',
    'JW-8': 'Keys from outside are checked before they are used.',
    'JW-9': 'Triggers cannot set the claims that are the pool’s own.',
  },
  'Refresh and revocation (RF)': {
    'RF-1': 'A refresh token serves its user, client and pool only.',
    'RF-2': 'Of many who rotate one refresh token one wins; within the grace period all stay in one family.',
    'RF-3': 'A rotated token that is shown after its grace period ends the whole family.',
    'RF-4': 'No use makes a refresh token live longer than its sign-in allows.',
    'RF-5':
      'After revocation, sign-out, disabling or deleting, tokens open nothing; a revocation that failed is not acknowledged.',
    'RF-6': 'A change of groups shows at the next refresh.',
  },
  'Who may do what (AT)': {
    'AT-1': 'Users write the attributes that their client may write, and none that are the pool’s own.',
    'AT-2':
      'A client that names no attributes may write every custom one, as with Cognito, and none that is reserved.',
    'AT-3': 'A new address is unverified, or waits for its code and is used for nothing until then.',
    'AT-4': 'An access token needs the scope `aws.cognito.signin.user.admin` for the user’s own operations.',
    'AT-5': 'No administrator’s operation works unsigned; the policy is asked before the input is looked at.',
    'AT-6': 'What belongs to another pool, account or tenant does not exist.',
    'AT-7': 'Who is deleted and made again inherits no token, code, name or membership.',
    'AT-8': 'Names that differ in letter case alone are one where the pool says so.',
    'AT-9': 'Of many sign-ups with one name or address at once one succeeds.',
  },
  'Signatures and policies (ID)': {
    'ID-5': 'Values of policy variables are literals: no `*` in them widens anything.',
    'ID-6': 'A Deny wins; what is not understood never allows.',
    'ID-7': 'SigV4 is verified to the byte: the published test suites pass, and every change is refused.',
  },
  'Secrets, files and names (SEC)': {
    'SEC-1': 'Secrets are sealed in the database for their own row; moved to another they open nothing.',
    'SEC-2': 'No secret is found in files, logs, errors or metrics.',
    'SEC-3': 'A log line is one line of JSON, whatever the values hold.',
    'SEC-4': 'A wrong or missing master key stops the start; it is changed while servers run.',
    'SEC-5': 'Files are for their owner alone; secrets do not show in the list of processes.',
    'SEC-6':
      'Every sign-in and change is an audit line, written before it is acknowledged; a change is a row besides, which is there if and only if the change is, after `kill -9` too.',
    'SEC-7': 'Issuer and links come from the configuration, and names that are not the server’s are refused.',
  },
  'Requests and mail that the server sends (OUT)': {
    'OUT-1':
      'Functions are called at public addresses by HTTPS, on this machine, or at hosts that the operator names.',
    'OUT-2': 'Answers from outside that are slow, endless, huge or compressed end.',
    'OUT-3': 'Addresses and subjects cannot add recipients or headers to a mail.',
    'OUT-4': 'Certificates of others are verified.',
  },
  'Pages of other sites, and what is open (WEB)': {
    'WEB-1': 'Pages run nothing, load nothing, and are framed by nobody.',
    'WEB-2': 'What users and clients write is shown as text, in pages and mails.',
    'WEB-3': 'Style sheets hold rules for the known classes only; nothing in them loads or runs anything.',
    'WEB-4': 'Images are what they say they are, or they are refused.',
    'WEB-5': 'Pages of other sites cannot drive the development control.',
    'WEB-7': 'What is not safe to serve does not start; metrics are not for everybody.',
  },
  'Overload (DOS)': {
    'DOS-1':
      'Work that keeps a core busy takes turns; what would wait too long is refused with TooManyRequestsException.',
    'DOS-2': 'Slow senders and readers, and floods of header fields, are cut.',
    'DOS-3': 'Idle connections cost little.',
    'DOS-4': 'What is remembered in memory is bounded, and what bodies take that are being read.',
    'DOS-5': 'Memory and descriptors do not grow with time.',
  },
  'Durability (DU)': {
    'DU-1': 'What was acknowledged survives `kill -9`.',
    'DU-2': 'Every commit is on the disk before it is acknowledged.',
    'DU-3':
      'With a full or read-only disk reads go on, writes fail honestly, and all is well again by itself.',
    'DU-4': 'A damaged database is refused at the start.',
    'DU-5': 'A backup made under load holds everything acknowledged before its start.',
    'DU-6': 'No statement waits for ever; broken connections are replaced.',
    'DU-7': 'A request whose answer was lost may be sent again.',
    'DU-8': 'Two versions of the server can share a database during an upgrade.',
    'DU-9': 'Each step of a sign-in may reach another server.',
    'DU-10': 'A server that is stopped answers what is under way.',
    'DU-11': 'A clock that jumps makes no old token valid and no lock longer than 15 minutes.',
    'DU-12':
      'New signing keys are published before they sign; the former stay until their last token has ended.',
    'DU-13': 'A start with many waiting clients fails none of them.',
  },
  Others: {
    'GW-1': 'A request with two Host fields is refused.',
    'DL-1': 'Dependencies are pinned, have licences that go with ours, and run nothing at install.',
    'DL-2': 'Randomness comes from `node:crypto` alone.',
  },
};

const inTests = /\b(?:IN|EN|LO|SR|MF|SE|JW|RF|AT|ID|SEC|OUT|WEB|DOS|DU|GW|DL)-\d+\b/g;

/** The test files that bear each ID, in a name of a test or assertion. */
export function testsByRequirement(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  // What is awaited from later parts is listed there by ID.
  for (const file of globSync(['src/**/*.test.ts', 'test/**/*.ts'], { cwd: root }).sort()) {
    if (file === join('test', 'security.test.ts')) continue;
    const code = readFileSync(join(root, file), 'utf8').replaceAll(/^\s*(?:\/?\*|\/\/).*$/gm, '');
    for (const id of new Set(code.match(inTests))) found.set(id, [...(found.get(id) ?? []), file]);
  }
  return found;
}

/** Throws when a test bears an ID of which nothing is said here. */
export function securityTable(): string {
  const tests = testsByRequirement();
  const known = new Set(Object.values(requirements).flatMap((section) => Object.keys(section)));
  const unknown = [...tests.keys()].filter((id) => !known.has(id));
  if (unknown.length > 0) throw new Error(`docs/security-table.ts says nothing of ${unknown.join(', ')}`);
  const sections = Object.entries(requirements).map(([title, sentences]) => {
    const rows = Object.entries(sentences).flatMap(([id, sentence]) => {
      const files = tests.get(id);
      return files === undefined ? [] : [`| ${id} | ${sentence} | ${files.map(linkTo).join(', ')} |`];
    });
    return rows.length === 0
      ? ''
      : [`### ${title}`, '', '| ID | what holds | tests |', '|---|---|---|', ...rows].join('\n');
  });
  return sections.filter((section) => section !== '').join('\n\n');
}

const linkTo = (file: string) => {
  const path = file.replaceAll('\\', '/');
  return `[${path.replace(/^.*\//, '').replace(/(?:\.test)?\.ts$/, '')}](../${path})`;
};
