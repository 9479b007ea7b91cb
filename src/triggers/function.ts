/** What stands for a Lambda function. */
export interface LambdaFunction {
  /** Calls it once and waits for its answer, as long as the limit at most. Never throws. */
  invoke(invocation: Invocation): Promise<Outcome>;
  close(): void;
}

export interface Invocation {
  readonly arn: string;
  /** JSON. */
  readonly event: string;
  /** Milliseconds. */
  readonly limit: number;
  /** Nobody waits for the answer. */
  readonly isTold?: boolean;
}

/** How a call ended. `detail` is for the operator alone. */
export type Outcome =
  | { readonly at: 'answered'; readonly body: string }
  /** The function itself says what is wrong. */
  | { readonly at: 'failed'; readonly message: string }
  /** It was not called: the name of the error as the Lambda API has it. */
  | { readonly at: 'refused'; readonly reason: string; readonly detail?: string | undefined }
  /** It gave back what is no event. */
  | { readonly at: 'unreadable'; readonly detail?: string | undefined }
  /** Whether it was called is not known; another call may fare better. */
  | { readonly at: 'lost'; readonly reason: 'timeout' | 'connection'; readonly detail?: string | undefined };
