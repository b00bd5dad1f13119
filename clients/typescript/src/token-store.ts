import type { PlatformStorage } from "./platform.js";

/** A session's tokens, as stored on the device. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** When to refresh the access token, by the device's clock. */
  readonly refreshAt: number;
  /** Identifies the login; the same for all tokens of a session. */
  readonly login: string;
}

/** The tokens in a response of wxlogin. */
export interface IssuedTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresIn: number;
}

const SIGNED_OUT = "signed out";

/** Tokens, nothing, or the fact that the user has signed out. */
type State = Tokens | undefined | typeof SIGNED_OUT;

/** The share of an access token's lifetime after which it is replaced. */
const REFRESH_AT = 0.9;

/**
 * The tokens of one app in the device's storage. Every access reads the storage, because another
 * client of the same app, for example in another tab, may have replaced the tokens.
 */
export class TokenStore {
  /** The state that could not be stored, kept in memory instead. */
  private unsaved?: { state: State };

  constructor(
    private readonly storage: PlatformStorage,
    private readonly key: string,
  ) {}

  get tokens(): Tokens | undefined {
    const { state } = this;
    return state === SIGNED_OUT ? undefined : state;
  }

  /** Whether the user has signed out. */
  get signedOut(): boolean {
    return this.state === SIGNED_OUT;
  }

  save({ accessToken, refreshToken, expiresIn }: IssuedTokens, login: string): Tokens {
    const refreshAt = Date.now() + expiresIn * 1000 * REFRESH_AT;
    return (this.state = { accessToken, refreshToken, refreshAt, login });
  }

  /** Marks an access token for refresh, unless it has been replaced already. */
  expire({ accessToken }: Tokens): void {
    const { tokens } = this;
    if (tokens?.accessToken === accessToken) this.state = { ...tokens, refreshAt: 0 };
  }

  /** Removes the tokens and allows a silent login. */
  clear(): void {
    this.state = undefined;
  }

  /** Removes the tokens and forbids silent logins. */
  signOut(): void {
    this.state = SIGNED_OUT;
  }

  private get state(): State {
    if (this.unsaved) return this.unsaved.state;
    try {
      return checkState(JSON.parse(this.storage.get(this.key) as string));
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

/** Returns the stored state, or nothing if it is damaged. */
function checkState(stored: any): State {
  const intact =
    stored === SIGNED_OUT ||
    (typeof stored.accessToken === "string" &&
      typeof stored.refreshToken === "string" &&
      typeof stored.refreshAt === "number" &&
      typeof stored.login === "string");
  return intact ? stored : undefined;
}
