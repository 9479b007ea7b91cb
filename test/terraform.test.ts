import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { cognate, development, folderOf, server } from './cli/cognate.ts';
import { callTo } from './test-server.ts';
import { terraformMirror } from './tools.ts';
import { awsEnvironment, run } from './wire/program.ts';
import type { Ended } from './wire/program.ts';

// The runner takes files by their names. Among those of wire/ this one, the longest, would be the last, and run alone.

/** A working folder of Terraform, and its commands in it. */
interface Terraform {
  readonly folder: string;
  readonly terraform: (...parameters: readonly string[]) => Promise<Ended>;
}

const mirror = terraformMirror();
const skip = mirror === undefined && 'needs terraform and its AWS provider (COGNATE_TEST_TF_PLUGINS)';

/** Copies a configuration into a folder of the test's own and prepares it. */
async function prepared(
  t: TestContext,
  configuration: string,
  more: Readonly<Record<string, string>>,
): Promise<Terraform> {
  const folder = folderOf(t);
  cpSync(join(import.meta.dirname, '..', configuration), folder, { recursive: true });
  const settings = join(folder, 'terraform.rc');
  writeFileSync(
    settings,
    `provider_installation {\n filesystem_mirror {\n path = ${JSON.stringify(mirror)}\n }\n}\n`,
  );
  const env = { TF_CLI_CONFIG_FILE: settings, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', ...more };
  const terraform = (...parameters: readonly string[]) =>
    run('terraform', [`-chdir=${folder}`, ...parameters, '-no-color'], { env });
  const { status, stderr } = await terraform('init');
  assert.equal(status, 0, stderr);
  return { folder, terraform };
}

/** What an apply or destroy did: `2 added, 0 changed, 0 destroyed`. */
async function done(running: Promise<Ended>): Promise<string | undefined> {
  const { status, stdout, stderr } = await running;
  assert.equal(status, 0, stderr);
  return /complete! Resources: (.*)\./.exec(stdout)?.[1];
}

/** A plan finds nothing to do. */
async function settled(running: Promise<Ended>): Promise<void> {
  const { status, stdout, stderr } = await running;
  assert.equal(status, 0, `${stdout}${stderr}`);
}

interface Resource {
  readonly mode: string;
  readonly type: string;
  readonly name: string;
  readonly instances: readonly [{ readonly attributes: Readonly<Record<string, string>> }];
}

/** What the provider cannot import, or not to the end, because the service never tells it: secrets given, files sent. */
const notImported =
  /^aws_cognito_(?:user|user_in_group|managed_user_pool_client|user_pool_ui_customization)$/;

function isImported({ mode, type, instances: [{ attributes }] }: Resource): boolean {
  const hasSecret = type === 'aws_cognito_user_pool_client' && attributes['generate_secret'];
  return mode === 'managed' && !notImported.test(type) && !hasSecret;
}

/** An `import` block, by the id that the provider's documentation names. */
function importBlock({ type, name, instances: [{ attributes }] }: Resource): string {
  const { id, user_pool_id: pool } = attributes;
  const imported = type === 'aws_cognito_user_pool_client' ? `${pool}/${id}` : id;
  return `import {\n to = ${type}.${name}\n id = "${imported}"\n}\n`;
}

/** What a plan would do that has forgotten all that can be imported, and is to import it. */
async function planOfImports(
  { folder, terraform }: Terraform,
  ...parameters: readonly string[]
): Promise<string | undefined> {
  const path = join(folder, 'terraform.tfstate');
  const blocks = join(folder, 'imports.tf');
  const text = readFileSync(path, 'utf8');
  const state = JSON.parse(text) as { readonly resources: readonly Resource[] };
  const kept = state.resources.filter((resource) => !isImported(resource));
  writeFileSync(path, JSON.stringify({ ...state, resources: kept }));
  writeFileSync(blocks, state.resources.filter(isImported).map(importBlock).join(''));
  const { status, stdout, stderr } = await terraform('plan', ...parameters);
  assert.equal(status, 0, stderr);
  rmSync(blocks);
  writeFileSync(path, text);
  return /Plan: (.*)\./.exec(stdout)?.[1];
}

test(
  'Terraform makes, changes, imports and destroys all that its AWS provider knows of user pools',
  { skip },
  async (t) => {
    const functions = folderOf(t);
    const echo = join(functions, 'echo.mjs');
    writeFileSync(echo, 'export const handler = async (event) => event;');
    const dev = await development(t, functions, '--trigger', `*=${echo}`);
    const env = { ...awsEnvironment(dev.url), TF_VAR_endpoint: dev.url };
    const at = await prepared(t, 'test/terraform', env);
    const { terraform } = at;

    assert.equal(await done(terraform('apply', '-auto-approve')), '26 added, 0 changed, 0 destroyed');
    await settled(terraform('plan', '-detailed-exitcode'));

    const changed = '-var=changed=true';
    assert.equal(
      await done(terraform('apply', '-auto-approve', '-refresh=false', changed)),
      '0 added, 21 changed, 0 destroyed',
      'everything is changed in its place',
    );
    const { stdout: found } = await terraform('output', '-json', 'found');
    assert.deepEqual(JSON.parse(found), {
      callbacks: ['https://example.com/back', 'https://example.org/back'],
      clients: ['plain'],
      editors: 'Those who write',
      groups: ['editors', 'readers'],
      schema: ['custom:trial', 'custom:seats', 'custom:joined', 'custom:tenant', 'custom:plan'],
      signs: true,
      staff: true,
      tags: { owner: 'ada', stage: 'production', team: 'identity' },
      threats: 'AUDIT',
    });

    assert.equal(
      await planOfImports(at, changed),
      '18 to import, 0 to add, 0 to change, 0 to destroy',
      'nothing is left to do, whether it is remembered or imported',
    );

    assert.equal(
      await done(terraform('destroy', '-auto-approve', '-refresh=false', changed)),
      '26 destroyed',
    );
    const { UserPools = [] } = await callTo(dev.url)('ListUserPools', { MaxResults: 60 });
    assert.deepEqual(
      UserPools.map(({ Name }) => Name),
      ['first pool'],
    );
  },
);

interface Key {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
}

test(
  'the Terraform example makes its pool on a server for real users, by an access key',
  { skip },
  async (t) => {
    const where = ['--data', folderOf(t)];
    const { url } = await server(t, ['serve', '--port', '0', ...where]);
    const key = JSON.parse((await cognate(['keys', 'create', '--json', ...where])).stdout) as Key;
    const env = {
      ...awsEnvironment(url),
      AWS_ACCESS_KEY_ID: key.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: key.SecretAccessKey,
    };
    const { terraform } = await prepared(t, 'examples/terraform', env);
    assert.equal(await done(terraform('apply', '-auto-approve')), '5 added, 0 changed, 0 destroyed');
    await settled(terraform('plan', '-detailed-exitcode'));
  },
);
