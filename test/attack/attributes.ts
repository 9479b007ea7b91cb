import type { AttributeType } from '../../src/api/cognito-idp.ts';
import type { Attack, Attacks, Person, Scene } from './scene.ts';
import { attributesOf, clientLike, newAddress, newPassword } from './scene.ts';

/** Signs up with attributes that nobody may give themselves, and looks what became of them. */
const signUpWith =
  (given: readonly AttributeType[]): Attack =>
  async (scene) => {
    const { pool, call } = scene;
    const username = newAddress('newcomer');
    const person: Person = { pool, username, password: newPassword(), email: `${username}@example.com` };
    const { ok, output } = await call('SignUp', {
      ClientId: pool.client,
      Username: username,
      Password: person.password,
      UserAttributes: [{ Name: 'email', Value: person.email }, ...given],
    });
    return ok ? written(scene, { ...person, username: output.UserSub ?? username }, given) : undefined;
  };

const updateWith =
  (given: readonly AttributeType[]): Attack =>
  async (scene) => {
    const person = await scene.person();
    await scene.arrange('AdminUpdateUserAttributes', {
      UserPoolId: person.pool.id,
      Username: person.username,
      UserAttributes: [
        { Name: 'email', Value: person.email },
        { Name: 'email_verified', Value: 'false' },
      ],
    });
    const { AccessToken } = await scene.signIn(person);
    const { ok } = await scene.call('UpdateUserAttributes', { AccessToken, UserAttributes: given });
    return ok ? written(scene, person, given) : undefined;
  };

/** What everybody may write of themselves; an address then counts as not verified. */
const free: ReadonlySet<string> = new Set(['email', 'name']);

async function written(
  scene: Scene,
  person: Person,
  given: readonly AttributeType[],
): Promise<string | undefined> {
  const attributes = await attributesOf(scene, person);
  const taken = given.filter(({ Name, Value }) => !free.has(Name) && attributes[Name] === Value);
  return taken.length === 0 ? undefined : `the user wrote ${taken.map(({ Name }) => Name).join(', ')}`;
}

const verified = [{ Name: 'email_verified', Value: 'true' }];
const someone = '00000000-0000-4000-8000-000000000000';

/** An address stays verified only while it is the one that was verified. */
const otherAddress: Attack = async (scene) => {
  const person = await scene.person();
  const { AccessToken } = await scene.signIn(person);
  const UserAttributes = [{ Name: 'email', Value: 'victim@example.org' }];
  await scene.call('UpdateUserAttributes', { AccessToken, UserAttributes });
  const { email, email_verified: isVerified } = await attributesOf(scene, person);
  return email === 'victim@example.org' && isVerified === 'true'
    ? 'another address counts as verified'
    : undefined;
};

const notWritable: Attack = async (scene) => {
  const { UserPoolClient } = await scene.arrange(
    'CreateUserPoolClient',
    clientLike(scene.pool.id, { WriteAttributes: ['email', 'name'] }),
  );
  const person = await scene.person();
  const { AccessToken } = await scene.signIn(person, UserPoolClient?.ClientId ?? '');
  const given = [{ Name: 'custom:role', Value: 'admin' }];
  const { ok } = await scene.call('UpdateUserAttributes', { AccessToken, UserAttributes: given });
  return ok ? written(scene, person, given) : undefined;
};

export const attributes: Attacks = {
  'SignUp with email_verified': signUpWith(verified),
  'SignUp with a sub': signUpWith([{ Name: 'sub', Value: someone }]),
  'UpdateUserAttributes with email_verified': updateWith(verified),
  'UpdateUserAttributes with email and email_verified': updateWith([
    { Name: 'email', Value: 'victim@example.org' },
    ...verified,
  ]),
  'UpdateUserAttributes with a sub': updateWith([{ Name: 'sub', Value: someone }]),
  'UpdateUserAttributes with identities': updateWith([{ Name: 'identities', Value: '[{"userId":"1"}]' }]),
  'UpdateUserAttributes with cognito:user_status': updateWith([
    { Name: 'cognito:user_status', Value: 'CONFIRMED' },
  ]),
  'another address that stays verified': otherAddress,
  'an attribute that the client may not write': notWritable,
};
