import type { AllHandlers, Handler } from '../../protocol/wire.ts';

/** Where each operation is found under its own name. */
type Files<Operations> = {
  readonly [Name in keyof Operations]: () => Promise<Pick<AllHandlers<Operations>, Name>>;
};

/** The handlers of a service, each of which reads its file at its first call; and what reads the files of all. */
export function handlersIn<Operations>(
  files: Files<Operations>,
): readonly [handlers: AllHandlers<Operations>, readAll: () => Promise<unknown>] {
  const entries = Object.entries<() => Promise<object>>(files);
  const handlers = Object.fromEntries(entries.map(([name, file]) => [name, reading(name, file)]));
  const readAll = () => Promise.all(entries.map(([, file]) => file()));
  return [handlers as AllHandlers<Operations>, readAll];
}

type AnyHandler = Handler<object, unknown>;

function reading(name: string, file: () => Promise<object>): AnyHandler {
  let known: AnyHandler | undefined;
  return (ctx, input) => {
    if (known !== undefined) return known(ctx, input);
    return file().then((read) => {
      known = (read as Readonly<Record<string, AnyHandler>>)[name];
      return known?.(ctx, input);
    });
  };
}
