import type { SchemaAttributeType } from '../api/cognito-idp.ts';
import * as errors from '../errors.ts';
import type { Pool } from '../store/pools.ts';

type Schema = readonly SchemaAttributeType[];

/** The schema's entry of an attribute by its full name (`email`, `custom:x`, `dev:custom:x`), if there is one. */
export function attributeOf(pool: Pool, name: string): SchemaAttributeType | undefined {
  return pool.schema.find((attribute) => attribute.Name === name);
}

const text = (Name: string, MinLength = '0', MaxLength = '2048') => ({
  ...usual(Name, 'String'),
  StringAttributeConstraints: { MinLength, MaxLength },
});

const usual = (Name: string, AttributeDataType: 'String' | 'Boolean' | 'Number') => ({
  Name,
  AttributeDataType,
  DeveloperOnlyAttribute: false,
  Mutable: true,
  Required: false,
});

/** What every pool has (developer guide, "Standard attributes"). */
export const standardAttributes: Schema = [
  { ...text('sub', '1'), Mutable: false, Required: true },
  text('name'),
  text('given_name'),
  text('family_name'),
  text('middle_name'),
  text('nickname'),
  text('preferred_username'),
  text('profile'),
  text('picture'),
  text('website'),
  text('email'),
  usual('email_verified', 'Boolean'),
  text('gender'),
  text('birthdate', '10', '10'),
  text('zoneinfo'),
  text('locale'),
  text('phone_number'),
  usual('phone_number_verified', 'Boolean'),
  text('address'),
  { ...usual('updated_at', 'Number'), NumberAttributeConstraints: { MinValue: '0' } },
];

/** As many custom attributes as a pool may have (developer guide, "Quotas"). */
const mostCustom = 50;

/**
 * The schema of a new pool: the standard attributes, some of them perhaps made required, immutable or tighter, and the
 * custom ones after them in the order given. Bounds of a standard attribute are read only where its type is named too.
 *
 * Throws InvalidParameterException.
 */
export function makeSchema(given: Schema = []): Schema {
  checkNamed(given, 'schema');
  const standard = given.filter(isStandard);
  const custom = given.filter((entry) => !isStandard(entry)).map(customAttribute);
  for (const entry of standard) checkStandard(entry);
  checkDistinct([...standard, ...custom]);
  const changed = standardAttributes.map((usual) =>
    changeStandard(
      usual,
      standard.find(({ Name }) => Name === usual.Name),
    ),
  );
  return [...changed, ...custom];
}

/**
 * The schema with more custom attributes; none that is there is ever changed or removed (API reference:
 * AddCustomAttributes). Throws InvalidParameterException.
 */
export function withCustomAttributes(schema: Schema, given: Schema): Schema {
  checkNamed(given, 'customAttributes');
  const custom = given.map(customAttribute);
  checkDistinct(custom);
  const existing = custom.find(({ Name }) => schema.some((entry) => entry.Name === Name));
  if (existing !== undefined) throw errors.attributeInSchema(existing.Name ?? '');
  const kept = schema.filter(({ Name }) => Name?.includes('custom:'));
  if (kept.length + custom.length > mostCustom) throw errors.tooManyCustomAttributes(mostCustom);
  return [...schema, ...custom];
}

/**
 * The schema with the attribute that tells through which providers a user signs in; pools show it once they have one
 * (recorded answers of DescribeUserPool), after the standard attributes.
 */
export function withIdentities(schema: Schema): Schema {
  if (schema.some(({ Name }) => Name === 'identities')) return schema;
  const identities = { ...usual('identities', 'String'), StringAttributeConstraints: {} };
  const standard = schema.filter(({ Name }) => !Name?.includes('custom:'));
  return [...standard, identities, ...schema.slice(standard.length)];
}

/** The model asks for no name, but there is none to make up. */
function checkNamed(entries: Schema, path: string): void {
  const nameless = entries.findIndex(({ Name }) => Name === undefined);
  if (nameless !== -1) throw errors.memberMissing(`${path}.${nameless + 1}.member.name`);
}

/** The service takes the two flags for custom attributes when they are named in a schema. */
function isStandard({ Name }: SchemaAttributeType): boolean {
  if (Name === 'email_verified' || Name === 'phone_number_verified') return false;
  return standardAttributes.some((usual) => usual.Name === Name);
}

function checkStandard(entry: SchemaAttributeType): void {
  const type = standardAttributes.find(({ Name }) => Name === entry.Name)?.AttributeDataType;
  if ((entry.AttributeDataType ?? type) !== type || entry.DeveloperOnlyAttribute === true)
    throw errors.standardAttributeFixed(entry.Name ?? '');
}

function changeStandard(
  standard: SchemaAttributeType,
  given: SchemaAttributeType | undefined,
): SchemaAttributeType {
  // The sub is what the service makes it; nobody relaxes it.
  if (given === undefined || given.Name === 'sub') return standard;
  const { Mutable = standard.Mutable, Required = standard.Required } = given;
  const typed = given.AttributeDataType === undefined ? {} : given;
  const changed = {
    ...standard,
    Mutable,
    Required,
    ...merged('StringAttributeConstraints', standard, typed),
    ...merged('NumberAttributeConstraints', standard, typed),
  };
  checkBounds(changed, changed.Name ?? '');
  return changed;
}

function merged(
  member: 'StringAttributeConstraints' | 'NumberAttributeConstraints',
  standard: SchemaAttributeType,
  given: SchemaAttributeType,
) {
  return standard[member] && { [member]: { ...standard[member], ...given[member] } };
}

/** An entry as the schema keeps it: with its prefix and all members. Mutable unless said otherwise. */
function customAttribute(given: SchemaAttributeType): SchemaAttributeType {
  if (given.Required === true) throw errors.customAttributeRequired();
  const { AttributeDataType, DeveloperOnlyAttribute = false, Mutable = true } = given;
  if (AttributeDataType === undefined) throw errors.attributeTypeMissing();
  const attribute = {
    Name: `${DeveloperOnlyAttribute ? 'dev:' : ''}custom:${given.Name}`,
    AttributeDataType,
    DeveloperOnlyAttribute,
    Mutable,
    Required: false,
    ...(AttributeDataType === 'String' && {
      StringAttributeConstraints: { ...given.StringAttributeConstraints },
    }),
    ...(AttributeDataType === 'Number' && {
      NumberAttributeConstraints: { ...given.NumberAttributeConstraints },
    }),
  };
  checkBounds(attribute, given.Name ?? '');
  return attribute;
}

const mostLength = 2048;

function checkBounds(attribute: SchemaAttributeType, givenName: string): void {
  const { Name = '', StringAttributeConstraints, NumberAttributeConstraints } = attribute;
  const { MinLength, MaxLength } = StringAttributeConstraints ?? {};
  const { MinValue, MaxValue } = NumberAttributeConstraints ?? {};
  if (!isBound(MinLength) || !isBound(MaxLength))
    throw errors.constraintsInvalid('StringAttributeConstraints', givenName);
  if (!isBound(MinValue) || !isBound(MaxValue))
    throw errors.constraintsInvalid('NumberAttributeConstraints', givenName);
  if (Number(MinLength ?? 0) > mostLength || Number(MaxLength ?? 0) > mostLength)
    throw errors.attributeLengthTooLong(Name, mostLength);
  if (isCrossed(MinLength, MaxLength)) throw errors.boundsCrossed(Name, 'max length shorter', 'min length');
  if (isCrossed(MinValue, MaxValue)) throw errors.boundsCrossed(Name, 'max value smaller', 'min value');
}

/** Without sign, and short enough to be a number at all. */
const isBound = (bound: string | undefined) => bound === undefined || /^[0-9]{1,19}$/.test(bound);

const isCrossed = (min: string | undefined, max: string | undefined) =>
  min !== undefined && max !== undefined && BigInt(max) < BigInt(min);

function checkDistinct(entries: Schema): void {
  const names = entries.map(({ Name }) => Name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw errors.attributeTwice(twice);
}
