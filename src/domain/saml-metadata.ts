import * as errors from '../errors.ts';

/*
 * What a SAML identity provider says of itself (SAML 2.0 Metadata §2.4.3), as far as a description shows it. Whom to
 * trust is not read here: who signs a user in parses the document with a parser.
 */

/**
 * Refuses a document that is not the metadata of an identity provider, and one with a DOCTYPE: its entities may name
 * files and grow without bounds. Throws InvalidParameterException (the words are unconfirmed).
 */
export function checkMetadata(xml: string): void {
  const isMetadata =
    /^\uFEFF?\s*</.test(xml) && hasElement(xml, 'EntityDescriptor') && hasElement(xml, 'IDPSSODescriptor');
  if (!isMetadata || /<!(?:DOCTYPE|ENTITY)/i.test(xml)) throw errors.metadataInvalid();
}

const hasElement = (xml: string, name: string) => new RegExp(`<(?:[\\w.-]+:)?${name}[\\s>]`).test(xml);

/** Ports 80 and 443 alone (developer guide, "Adding SAML identity providers"). */
export function checkMetadataUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isWeb = parsed?.protocol === 'https:' || parsed?.protocol === 'http:';
  if (!isWeb || !['', '80', '443'].includes(parsed.port)) throw errors.metadataUnreachable(url);
}

const redirect = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';

/** Where the provider takes requests by redirect, as a description shows it; what the metadata lacks is left out. */
export function redirectBindings(xml: string): Readonly<Record<string, string>> {
  const signOut = locationOf(xml, 'SingleLogoutService');
  const signIn = locationOf(xml, 'SingleSignOnService');
  return {
    ...(signOut !== undefined && { SLORedirectBindingURI: signOut }),
    ...(signIn !== undefined && { SSORedirectBindingURI: signIn }),
  };
}

function locationOf(xml: string, element: string): string | undefined {
  const start = xml.search(/<(?:[\w.-]+:)?IDPSSODescriptor[\s>]/);
  const tags = xml.slice(start).matchAll(new RegExp(`<(?:[\\w.-]+:)?${element}\\s([^<>]*)>`, 'g'));
  for (const [, attributes = ''] of tags) {
    if (attributeIn(attributes, 'Binding') === redirect) return attributeIn(attributes, 'Location');
  }
  return undefined;
}

function attributeIn(attributes: string, name: string): string | undefined {
  const [, , value] = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(["'])(.*?)\\1`, 's').exec(attributes) ?? [];
  return value?.replace(/&(amp|lt|gt|quot|apos);/g, (_, entity: string) => entities[entity] ?? '').trim();
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
