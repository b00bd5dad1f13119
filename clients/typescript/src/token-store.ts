import type { PlatformStorage } from "./platform.js";

/** A session's tokens, as they are kept on the device. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** From when on, by the device's clock, the access token should be replaced. */
  readonly refreshAt: number;
  /** What is the same for all tokens that came of one login. */
  readonly login: string;
}

/** What wxlogin says of tokens. */
export interface IssuedTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresIn: number;
}

const SIGNED_OUT = "signed out";

/** Tokens, nothing, or somebody's wish to be signed out. */
type State = Tokens | undefined | typeof SIGNED_OUT;

/** The share of an access token's lifetime after which it is replaced. */
const REFRESH_AT = 0.9;

/**
 * One app's tokens in the device's storage. It is read each time: another client of the same app,
 * in another tab, say, may have replaced them.
 */
export class TokenStore {
  /** What the storage would not take; it lasts as long as the program. */
  private unsaved?: { state: State };

  constructor(
    private readonly storage: PlatformStorage,
    private readonly key: string,
  ) {}

  get tokens(): Tokens | undefined {
    const { state } = this;
    return state === SIGNED_OUT ? undefined : state;
  }

  /** Whether somebody wanted to be signed out. */
  get signedOut(): boolean {
    return this.state === SIGNED_OUT;
  }

  keep({ accessToken, refreshToken, expiresIn }: IssuedTokens, login: string): Tokens {
    const refreshAt = Date.now() + expiresIn * 1000 * REFRESH_AT;
    return (this.state = { accessToken, refreshToken, refreshAt, login });
  }

  /** Notes that an access token does not hold any more, unless it has been replaced already. */
  expire({ accessToken }: Tokens): void {
    const { tokens } = this;
    if (tokens?.accessToken === accessToken) this.state = { ...tokens, refreshAt: 0 };
  }

  /** Forgets the tokens; the next login may be a silent one. */
  clear(): void {
    this.state = undefined;
  }

  /** Forgets the tokens for good. */
  signOut(): void {
    this.state = SIGNED_OUT;
  }

  private get state(): State {
    if (this.unsaved) return this.unsaved.state;
    try {
      return stateFrom(JSON.parse(this.storage.get(this.key) as string));
    } catch {
      return undefined;
    }
  }

  private set state(state: State) {
    try {
      if (state) this.storage.set(this.key, JSON.stringify(state));
      else this.storage.remove(this.key);
      delete this.unsaved;
    } catch {
      this.unsaved = { state };
    }
  }
}

/** What was stored; damaged tokens are none. */
function stateFrom(stored: any): State {
  const intact =
    stored === SIGNED_OUT ||
    (typeof stored.accessToken === "string" &&
      typeof stored.refreshToken === "string" &&
      typeof stored.refreshAt === "number" &&
      typeof stored.login === "string");
  return intact ? stored : undefined;
}
