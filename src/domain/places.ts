import type { Location } from '../store/auth-events.ts';

/** Tells where in the world addresses are, from a file of the operator's (`--places`). Nothing leaves this machine. */
export interface Places {
  /** Undefined for an address of which the file says nothing. Never rejects: nobody is refused for it. */
  find(ip: string): Promise<Location | undefined>;
}
