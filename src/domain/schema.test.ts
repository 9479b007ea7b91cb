import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SchemaAttributeType } from '../api/cognito-idp.ts';
import { makeSchema, standardAttributes, withCustomAttributes } from './schema.ts';

const tier: SchemaAttributeType = { Name: 'tier', AttributeDataType: 'String' };

/** What CreateUserPool refuses of a schema; AddCustomAttributes too where `added` does not say otherwise. */
const refusals: readonly {
  readonly name: string;
  readonly schema: readonly SchemaAttributeType[];
  readonly message: string;
}[] = [
  {
    name: 'a required custom attribute',
    schema: [{ ...tier, Required: true }],
    message: 'Required custom attributes are not supported currently.',
  },
  {
    name: 'a name twice',
    schema: [tier, { ...tier, AttributeDataType: 'Number' }],
    message: 'Duplicate custom attribute names custom:tier are not allowed in a user pool schema.',
  },
  {
    name: 'a custom attribute without type',
    schema: [{ Name: 'tier' }],
    message: 'Invalid AttributeDataType input, consider using the provided AttributeDataType enum.',
  },
  {
    name: 'lengths that cross',
    schema: [{ ...tier, StringAttributeConstraints: { MinLength: '10', MaxLength: '9' } }],
    message: "Attribute custom:tier cannot have a max length shorter than it's min length",
  },
  {
    name: 'values that cross',
    schema: [
      {
        Name: 'age',
        AttributeDataType: 'Number',
        NumberAttributeConstraints: { MinValue: '10', MaxValue: '9' },
      },
    ],
    message: "Attribute custom:age cannot have a max value smaller than it's min value",
  },
  {
    name: 'a length that is no number',
    schema: [{ ...tier, StringAttributeConstraints: { MaxLength: '1e3' } }],
    message: 'Invalid StringAttributeConstraints for schema attribute tier',
  },
  {
    name: 'a value below zero',
    schema: [{ Name: 'age', AttributeDataType: 'Number', NumberAttributeConstraints: { MinValue: '-1' } }],
    message: 'Invalid NumberAttributeConstraints for schema attribute age',
  },
  {
    name: 'a length beyond that of any attribute',
    schema: [{ ...tier, StringAttributeConstraints: { MaxLength: '2049' } }],
    message: 'user.custom:tier: String attributes cannot have a length of more than 2048',
  },
];

for (const { name, schema, message } of refusals) {
  const refusal = { code: 'InvalidParameterException', message };
  test(`a new schema refuses ${name}`, () => {
    assert.throws(() => makeSchema(schema), refusal);
  });
  test(`a schema that is there refuses ${name}`, () => {
    assert.throws(() => withCustomAttributes(standardAttributes, schema), refusal);
  });
}

const standardRefusals: readonly SchemaAttributeType[] = [
  { Name: 'email', AttributeDataType: 'Number' },
  { Name: 'email', DeveloperOnlyAttribute: true },
];

for (const entry of standardRefusals) {
  test(`a new schema refuses ${JSON.stringify(entry)}`, () => {
    assert.throws(() => makeSchema([entry]), {
      message:
        'You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email',
    });
  });
}

const find = (schema: readonly SchemaAttributeType[], name: string) =>
  schema.find(({ Name }) => Name === name);

test('a standard attribute keeps what is not given', () => {
  const schema = makeSchema([
    { Name: 'email', Required: true },
    { Name: 'name', StringAttributeConstraints: { MaxLength: '20' } },
    {
      Name: 'nickname',
      AttributeDataType: 'String',
      Mutable: false,
      StringAttributeConstraints: { MaxLength: '20' },
    },
    { Name: 'sub', Mutable: true, Required: false },
  ]);
  assert.equal(schema.length, 20);
  assert.deepEqual(find(schema, 'email'), { ...find(standardAttributes, 'email'), Required: true });
  // Bounds count only where the type is named too.
  assert.deepEqual(find(schema, 'name'), find(standardAttributes, 'name'));
  assert.deepEqual(find(schema, 'nickname'), {
    ...find(standardAttributes, 'nickname'),
    Mutable: false,
    StringAttributeConstraints: { MinLength: '0', MaxLength: '20' },
  });
  assert.deepEqual(find(schema, 'sub'), find(standardAttributes, 'sub'));
});

test('custom attributes have their prefix, all members and the bounds given', () => {
  const made = makeSchema([
    { ...tier, StringAttributeConstraints: { MaxLength: '9' } },
    { Name: 'secret', AttributeDataType: 'Number', DeveloperOnlyAttribute: true, Mutable: false },
    { Name: 'on', AttributeDataType: 'Boolean', StringAttributeConstraints: { MaxLength: '9' } },
    { Name: 'email_verified', AttributeDataType: 'Boolean' },
  ]);
  assert.deepEqual(made.slice(20), [
    {
      Name: 'custom:tier',
      AttributeDataType: 'String',
      DeveloperOnlyAttribute: false,
      Mutable: true,
      Required: false,
      StringAttributeConstraints: { MaxLength: '9' },
    },
    {
      Name: 'dev:custom:secret',
      AttributeDataType: 'Number',
      DeveloperOnlyAttribute: true,
      Mutable: false,
      Required: false,
      NumberAttributeConstraints: {},
    },
    {
      Name: 'custom:on',
      AttributeDataType: 'Boolean',
      DeveloperOnlyAttribute: false,
      Mutable: true,
      Required: false,
    },
    {
      Name: 'custom:email_verified',
      AttributeDataType: 'Boolean',
      DeveloperOnlyAttribute: false,
      Mutable: true,
      Required: false,
    },
  ]);
});

test('a schema takes no name twice and fifty custom attributes at most', () => {
  const fifty = Array.from({ length: 50 }, (_, n) => ({ ...tier, Name: `tier${n}` }));
  const full = withCustomAttributes(standardAttributes, fifty);
  assert.equal(full.length, 70);
  assert.throws(() => withCustomAttributes(full, [tier]), { code: 'InvalidParameterException' });
  assert.throws(() => withCustomAttributes(full, fifty.slice(7, 8)), {
    message: 'custom:tier7: Existing attribute already has name custom:tier7.',
  });
  const secret = [{ Name: 'secret', AttributeDataType: 'String', DeveloperOnlyAttribute: true }] as const;
  assert.throws(() => withCustomAttributes(withCustomAttributes(standardAttributes, secret), secret), {
    message: 'custom:secret: Existing attribute already has name dev:custom:secret.',
  });
});
