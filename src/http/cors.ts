import type { Request, Response } from '../protocol/wire.ts';

/** On every answer of the services, refusals included: browsers call them from any page. Source: reference/auth.md 1.1. */
export const corsHeaders: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date',
};

/** What the SDKs for browsers send. The list is inferred from them; no recorded preflight shows the service's own. */
const allowedHeaders = [
  'Authorization',
  'Cache-Control',
  'Content-Type',
  'X-Amz-Api-Version',
  'X-Amz-Client-Context',
  'X-Amz-Content-Sha256',
  'X-Amz-Date',
  'X-Amz-Security-Token',
  'X-Amz-Target',
  'X-Amz-User-Agent',
  'amz-sdk-invocation-id',
  'amz-sdk-request',
].join(', ');

export const isPreflight = ({ method, headers }: Request): boolean =>
  method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;

/** Credentials are never allowed: no door of the services reads a cookie. */
export const preflight = (): Response => ({
  status: 200,
  headers: {
    ...corsHeaders,
    'Access-Control-Allow-Methods': 'POST, GET, DELETE, OPTIONS',
    'Access-Control-Allow-Headers': allowedHeaders,
    'Access-Control-Max-Age': '172800',
  },
  body: '',
});
