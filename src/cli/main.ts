import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { SettingError } from '../config.ts';
import { flagOf, isSeveral, settings } from '../settings.ts';
import type { Flags } from '../config.ts';
import type { SettingName } from '../settings.ts';
import { CommandError } from './command-error.ts';

// Each command's code is loaded when the command runs: the others cost its start nothing.

/** Runs the command that `argv` names. What its user has to know of a failure is one line on standard error. */
export async function run(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', answerLost);
  try {
    await program().parseAsync(argv);
  } catch (error) {
    if (!isForUsers(error) && !isFromOutside(error)) throw error;
    process.stderr.write(`${isForUsers(error) ? '' : 'The command failed: '}${error.message}\n`);
    process.exitCode = error instanceof CommandError ? error.exitCode : 1;
  }
}

/** Who reads the answer may have had enough, as `head` has; a full disk is a failure. A server goes on in either case. */
function answerLost({ code }: NodeJS.ErrnoException): void {
  if (code === 'EPIPE') return;
  process.stderr.write(`The answer could not be written: ${code}.\n`);
  process.exitCode = 1;
}

/** Some are known by their name: their modules are not loaded for commands that need no database. */
function isForUsers(error: unknown): error is Error {
  const known = error instanceof CommandError || error instanceof SettingError;
  return known || (error instanceof Error && ['DatabaseError', 'MasterKeyError'].includes(error.name));
}

/** What SQLite, PostgreSQL or the operating system said while a command worked: no fault of this program, and no stack. */
function isFromOutside(error: unknown): error is Error {
  return error instanceof Error && ['errcode', 'severity', 'syscall'].some((name) => name in error);
}

function program(): Command {
  const cognate = new Command('cognate')
    .description('Amazon Cognito on your own machine: the same API, the same rules, the same tokens.')
    .version(version(), '--version', 'print the version')
    .enablePositionalOptions()
    .showHelpAfterError('(--help shows what there is)');
  addServers(cognate);
  addToken(cognate);
  addJwt(cognate);
  addKeys(cognate);
  addImport(cognate);
  addAudit(cognate);
  addBackup(cognate);
  addRun(cognate);
  return cognate;
}

function version(): string {
  const manifest = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as unknown;
  return (manifest as { version: string }).version;
}

/** Adds the flags of these settings. Secrets have none (security SEC-5). */
function withSettings(command: Command, names: readonly SettingName[]): Command {
  for (const name of names) {
    const { value, help } = settings[name];
    const flag = value === '' ? flagOf(name) : `${flagOf(name)} <${value}>`;
    if (isSeveral(name)) command.option(flag, help, collector(command, name));
    else command.option(flag, help);
  }
  return command.option(
    '--config <file>',
    'settings as JSON (cognate.config.json of this folder, if there is one)',
  );
}

/** Puts what a repeated flag gives under the name of its setting, a line for each. */
function collector(command: Command, name: SettingName): (text: string) => string {
  return (text) => {
    const before = command.getOptionValue(name) as string | undefined;
    command.setOptionValue(name, before === undefined ? text : `${before}\n${text}`);
    return text;
  };
}

const kept: readonly SettingName[] = ['data', 'database', 'region', 'account', 'masterKeyFile'];
const served: readonly SettingName[] = [
  'host',
  'port',
  'publicUrl',
  'issuer',
  'keyLead',
  'triggers',
  'allowedHosts',
  'compromisedPasswords',
  'places',
  'logDeliveryEndpoint',
  'analyticsEndpoint',
  ...kept,
];

function addServers(cognate: Command): void {
  withSettings(cognate.command('dev'), [...served, 'memory', 'requestRates', 'quotas'])
    .description('start a development server with a first pool, client and user')
    .action(async (flags: Flags) => {
      const { dev } = await import('./dev.ts');
      await dev(flags, process.env);
    });
  withSettings(cognate.command('serve'), [
    ...served,
    'smtp',
    'mail',
    'mailFrom',
    'mailLimit',
    'sms',
    'smsFrom',
    'smsRole',
    'workers',
    'trustedProxies',
    'hosts',
    'connections',
    'failures',
    'requestRates',
    'quotas',
    'maxConsecutiveFailures',
    'auditDays',
  ])
    .description('start a server for real users')
    .addHelpText(
      'after',
      '\nThe master key is COGNATE_MASTER_KEY or, without it, the master key file. COGNATE_METRICS_TOKEN opens /metrics.',
    )
    .action(async (flags: Flags) => {
      const { serve } = await import('./serve.ts');
      await serve(flags, process.env);
    });
}

function addToken(cognate: Command): void {
  cognate
    .command('token')
    .description('sign a user in, at this server or at Cognito, and print the ID token')
    .option('--id', 'print the ID token (the default)')
    .option('--access', 'print the access token')
    .option('--refresh', 'print the refresh token')
    .option('--json', "print the sign-in's whole result")
    .option('--username <name>', 'who signs in (COGNITO_USER_NAME)')
    .option('--client-id <id>', 'app client (COGNITO_CLIENT_ID)')
    .option('--user-pool-id <id>', 'pool; SRP needs it (COGNITO_USER_POOL_ID)')
    .option('--region <name>', 'region (COGNITO_REGION, AWS_REGION; else that of the pool)')
    .option(
      '--endpoint <url>',
      'server (COGNITO_ENDPOINT, that of config.json, or Cognito itself; "aws" for Cognito)',
    )
    .option('--flow <flow>', 'srp or password', 'srp')
    .option('--data <folder>', 'folder whose config.json has the defaults', '.cognate')
    .addHelpText(
      'after',
      '\nThe password is COGNITO_PASSWORD, a client secret COGNITO_CLIENT_SECRET; a missing password is asked for on a\n' +
        'terminal. Without anything the first user of `cognate dev` signs in.',
    )
    .action(async (flags) => {
      const { token } = await import('./token.ts');
      await token(flags, process.env);
    });
}

function addJwt(cognate: Command): void {
  const jwt = cognate.command('jwt').description('look into tokens');
  jwt
    .command('decode')
    .description('print header and claims of a token without checking it')
    .argument('[token]', 'the token (standard input without it)')
    .action(async (token?: string) => (await import('./jwt.ts')).decode(token));
  jwt
    .command('verify')
    .description(
      'check signature, issuer and times of a token and print its claims; exit code 1 when it is not valid',
    )
    .argument('[token]', 'the token (standard input without it)')
    .option('--issuer <url>', 'the issuer it must have, and whose keys are fetched (that of the token)')
    .option('--jwks <url>', 'where the keys are, when not at the issuer')
    .option('--client-id <id>', 'the app client it must be for')
    .option('--use <use>', 'what it must be: id or access')
    .action(async (token: string | undefined, flags) => (await import('./jwt.ts')).verify(token, flags));
}

function addKeys(cognate: Command): void {
  const keys = cognate
    .command('keys')
    .description('access keys of administrators and programs; master and signing keys');
  const add = (name: string) => withSettings(keys.command(name), kept);
  add('create')
    .description('make an access key; its secret is shown this once')
    .option('--user <name>', 'whom it stands for', 'admin')
    .option('--description <text>', 'what it is for')
    .option('--policy <file>', 'IAM policy (JSON) that says what it may do (everything without it)')
    .option('--json', 'print JSON')
    .action(async (flags) => (await import('./keys.ts')).create(flags, process.env));
  add('list')
    .description('list the access keys')
    .option('--json', 'print JSON')
    .action(async (flags) => (await import('./keys.ts')).list(flags, process.env));
  add('disable')
    .description('make an access key unusable until it is enabled again')
    .argument('<id>')
    .action(async (id: string, flags) =>
      (await import('./keys.ts')).setActive(id, false, flags, process.env),
    );
  add('enable')
    .description('make a disabled access key usable again')
    .argument('<id>')
    .action(async (id: string, flags) => (await import('./keys.ts')).setActive(id, true, flags, process.env));
  add('delete')
    .description('delete an access key for good')
    .argument('<id>')
    .action(async (id: string, flags) => (await import('./keys.ts')).remove(id, flags, process.env));
  add('rotate-master')
    .description('seal everything under a new master key')
    .addHelpText(
      'after',
      '\nA key from the environment is replaced by COGNATE_NEW_MASTER_KEY, a key file by a new file.',
    )
    .action(async (flags) => (await import('./keys.ts')).rotateMaster(flags, process.env));
  add('rotate-signing')
    .description('give a user pool new signing keys; tokens that are out stay valid')
    .argument('<pool>', 'user pool id')
    .action(async (pool: string, flags) =>
      (await import('./keys.ts')).rotateSigning(pool, flags, process.env),
    );
  addPoolKeys(keys);
}

function addPoolKeys(keys: Command): void {
  const pool = keys.command('pool').description('keys of user pools that stand in for keys of AWS KMS');
  const add = (name: string) => withSettings(pool.command(name), ['data', 'database']);
  add('list')
    .description('list the keys of all user pools')
    .option('--json', 'print JSON')
    .action(async (flags) => (await import('./pool-keys.ts')).list(flags, process.env));
  add('disable')
    .description('refuse whatever needs a secret of the user pools with that key, until it is enabled again')
    .argument('<arn>', 'KmsKeyArn of the user pools')
    .action(async (arn: string, flags) =>
      (await import('./pool-keys.ts')).setEnabled(arn, false, flags, process.env),
    );
  add('enable')
    .description('make a disabled key usable again')
    .argument('<arn>', 'KmsKeyArn of the user pools')
    .action(async (arn: string, flags) =>
      (await import('./pool-keys.ts')).setEnabled(arn, true, flags, process.env),
    );
  add('destroy')
    .description('destroy a key: every secret that it sealed is lost for good')
    .argument('<arn>', 'KmsKeyArn of the user pools')
    .option('--yes', 'do it, and do not only say what it would do')
    .action(async (arn: string, flags) => (await import('./pool-keys.ts')).destroy(arn, flags, process.env));
}

function addImport(cognate: Command): void {
  const imports = cognate.command('import').description('users from CSV files');
  withSettings(imports.command('log'), ['data', 'database'])
    .description('print what came of each row of a user import job')
    .argument('<pool>', 'user pool id')
    .argument('<job>', 'job id')
    .action(async (pool: string, job: string, flags: Flags) =>
      (await import('./imports.ts')).log(pool, job, flags, process.env),
    );
}

function addAudit(cognate: Command): void {
  withSettings(cognate.command('audit'), ['data', 'database'])
    .description('print who changed what, the oldest first')
    .option('--pool <id>', 'in this user pool alone')
    .option('--user <sub>', 'to or by this user alone')
    .option('--since <time>', 'from then on: 30m, 24h or 7d ago, or a date (all that is kept)')
    .option('--json', 'print a line of JSON for each')
    .action(async (flags) => (await import('./audit.ts')).audit(flags, process.env));
}

function addBackup(cognate: Command): void {
  withSettings(cognate.command('backup'), ['data', 'database', 'masterKeyFile'])
    .description('copy the database of a data folder into a file while the server runs')
    .argument('<file>', 'must not be there yet')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nTo restore, put the file into an empty folder as cognate.db and start the server on it with the same master key.',
    )
    .action(async (file: string, flags: Flags) => {
      const { backup } = await import('./backup.ts');
      await backup(file, flags, process.env);
    });
}

function addRun(cognate: Command): void {
  cognate
    .command('run')
    .description('run an unchanged program so that it reaches this server where it means Cognito')
    .argument('<command...>', 'the program and its arguments, best after --')
    .passThroughOptions()
    .option(
      '--endpoint <url>',
      'server that stands for Cognito (that of config.json, or http://127.0.0.1:4590)',
    )
    .option(
      '--pass-through <hosts>',
      'other hosts it may reach: all, none, or names with commas between',
      'none',
    )
    .option(
      '--data <folder>',
      'folder whose config.json names the server; for the certificates too',
      '.cognate',
    )
    .action(async (command: string[], flags: { passThrough: string; data: string; endpoint?: string }) => {
      const { run } = await import('./run.ts');
      await run(command, flags, process.env);
    });
}
