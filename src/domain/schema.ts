import type { AttributeDataType, SchemaAttributeType } from '../api/cognito-idp.ts';
import type { Pool } from '../store/pools.ts';

/** The schema's entry of an attribute, by its full name (`email`, `custom:x`, `dev:custom:x`); undefined if there is none. */
export function attributeOf(pool: Pool, name: string): SchemaAttributeType | undefined {
  return pool.schema.find((attribute) => attribute.Name === name);
}
