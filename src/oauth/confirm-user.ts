import type { About, Context, RequestRates } from '../context.ts';
import { clientOf } from '../domain/client.ts';
import { confirmSignUp } from '../domain/confirmation.ts';
import { ApiError } from '../errors.ts';
import { noticePage, pageHeaders } from '../pages/notice.ts';
import type { Notice } from '../pages/notice.ts';

/** An answer that is a page. */
export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Where the link of a sign-up mail leads, at the domain of a pool: opening it confirms the user, once, and shows what came
 * of it (reference/oauth-federation.md 8.1). It is a GET as in Cognito, so a mail scanner that opens links confirms too; it
 * proves no less by that, since the mail has arrived.
 *
 * The client must be of the domain's pool. All that ConfirmSignUp counts, hides and refuses, this does (security LO-7,
 * EN-1): in a secondary region, and while the pool's key cannot be used, too. It is within the rates of ConfirmSignUp.
 */
export async function confirmUser(
  ctx: Context,
  domain: string,
  query: URLSearchParams,
  rates?: RequestRates,
): Promise<PageAnswer> {
  const found = await ctx.store.resources.findByName(undefined, 'domain', domain);
  if (found === undefined) return page(404, { title: 'Page not found', text: 'There is nothing here.' });
  const given = (name: string) => query.get(name) ?? '';
  const [clientId, username, code] = [given('client_id'), given('user_name'), given('confirmation_code')];
  const isWhole = isClient.test(clientId) && isUsername.test(username) && /^\d{6}$/.test(code);
  if (!isWhole) return incomplete();
  try {
    rates?.admit(operation, ctx, {});
    const known = await ctx.store.clients.recent(clientId);
    if (known?.pool.id !== found.poolId) return incomplete();
    const asked: Context = { ...ctx, operation };
    const { pool, client } = await clientOf(asked, clientId);
    const admitted = { ...asked, note: admitting(ctx, pool.id, rates) };
    await confirmSignUp(admitted, pool, client, { username, code, takeOver: false, metadata: undefined });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return refused(wordsOf(error));
  }
  return page(200, confirmed);
}

const operation = 'ConfirmSignUp';

/** `note` that counts the user whom the request turns out to be about, once. */
function admitting({ note }: Context, poolId: string, rates: RequestRates | undefined): Context['note'] {
  let isFirst = true;
  return (about: About) => {
    note(about);
    if (isFirst && about.user !== undefined) {
      isFirst = false;
      rates?.admitUser(operation, poolId, about.user);
    }
  };
}

/** As the facts bound them in ConfirmSignUp. */
const isClient = /^[\w+]{1,128}$/;
const isUsername = /^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}$/u;

const confirmed: Notice = {
  title: 'Your registration has been confirmed',
  text: 'You can close this page and sign in.',
};

/** What people can do about it, where the words for programs do not say so. */
function wordsOf({ code, message }: ApiError): string {
  switch (code) {
    case 'ExpiredCodeException':
    case 'CodeMismatchException':
      return 'The link is not valid any more. Ask for another one where you signed up.';
    case 'TooManyRequestsException':
      return 'Too much is asked for at once. Open the link again in a moment.';
    case 'NotAuthorizedException':
      return /CONFIRMED/.test(message) ? 'You are confirmed already: you can sign in.' : message;
    default:
      return message;
  }
}

const incomplete = () => refused('The link is not complete.');

const refused = (text: string) => page(400, { title: 'You could not be confirmed', text });

function page(status: number, notice: Notice): PageAnswer {
  return { status, headers: pageHeaders, body: noticePage(notice) };
}
