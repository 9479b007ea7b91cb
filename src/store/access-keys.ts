/** An access key of an administrator or program, with the IAM policy that says what it may do. */
export interface AccessKey {
  /** 20 characters, `AKIA…`. */
  readonly id: string;
  readonly account: string;
  /** Whom it stands for: the name of an IAM user. */
  readonly userName: string;
  /** The secret under the vault (purpose `access-key`, bound to the id). */
  readonly sealedSecret: string;
  /** An IAM policy document (JSON text). */
  readonly policy: string;
  readonly active: boolean;
  readonly createdAt: number;
  readonly description?: string | undefined;
}

export interface AccessKeyStore {
  find(id: string): Promise<AccessKey | undefined>;
  /** As `find`, as it was at most a second ago. For every signed request. */
  recent(id: string): Promise<AccessKey | undefined>;
  insert(key: AccessKey): Promise<boolean>;
  replace(key: AccessKey): Promise<boolean>;
  delete(id: string): Promise<boolean>;
  list(): Promise<readonly AccessKey[]>;
}
