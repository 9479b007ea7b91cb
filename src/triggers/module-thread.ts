import { statSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { randomUUID } from 'node:crypto';
import type { Outcome } from './function.ts';
import type { ThreadCall, ThreadData, ThreadMessage } from './module.ts';

// The thread in which the functions of one module run: see module.ts.

type Handler = (event: unknown, context: object, callback: Callback) => unknown;
type Callback = (error?: unknown, answer?: unknown) => void;

const { file, handler: name } = workerData as ThreadData;
const port = parentPort;
const tell = (message: ThreadMessage) => port?.postMessage(message);

registerHooks({
  load(url, context, next) {
    // Its time is from before it is read: a change that comes meanwhile is seen as one.
    if (url.startsWith('file:') && !url.includes('/node_modules/')) {
      const path = fileURLToPath(url.replace(/[?#].*$/, ''));
      tell({ at: 'loaded', file: path, stamp: statSync(path, { throwIfNoEntry: false })?.mtimeMs });
    }
    return next(url, context);
  },
});

const loaded = load();
// A module that cannot be loaded fails each call.
loaded.catch(() => undefined);
port?.on('message', (call: ThreadCall) => void answer(call));

async function load(): Promise<Handler> {
  const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  // CommonJS exports may come as the default alone.
  const exported = module[name] ?? (module['default'] as Record<string, unknown> | undefined)?.[name];
  if (typeof exported !== 'function') throw new Error(`${name} is undefined or not exported`);
  return exported as Handler;
}

async function answer({ id, arn, event, limit }: ThreadCall): Promise<void> {
  tell({ at: 'done', id, outcome: await outcomeOf(arn, event, Date.now() + limit) });
}

async function outcomeOf(arn: string, event: string, deadline: number): Promise<Outcome> {
  try {
    const given = await run(await loaded, JSON.parse(event), contextOf(arn, deadline));
    return { at: 'answered', body: JSON.stringify(given ?? null) ?? 'null' };
  } catch (error) {
    console.error(error);
    return { at: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * What gives no promise must call back, or end by its context as functions of the first runtimes do, AWS's examples among
 * them; a function that cannot has answered nothing.
 */
function run(handler: Handler, event: unknown, context: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const callback: Callback = (error, answer) => (error ? reject(error) : resolve(answer));
    const ends = { done: callback, succeed: resolve, fail: reject };
    const given = handler(event, { ...context, ...ends }, callback);
    if (isThenable(given)) resolve(given);
    else if (handler.length < 3) resolve(null);
  });
}

const isThenable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function';

/** What functions look at of Lambda's context object. */
function contextOf(arn: string, deadline: number): object {
  const [, , , , , , functionName = '', functionVersion = '$LATEST'] = arn.split(':');
  return {
    functionName,
    functionVersion,
    invokedFunctionArn: arn,
    memoryLimitInMB: '128',
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'cognate',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}
