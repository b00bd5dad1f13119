import { endpoint } from "./endpoint.js";
import { type ErrorCode, WxloginError } from "./errors.js";
import type { components } from "./generated/openapi.js";
import { type Http, success } from "./http.js";
import { logIn, type LoginAnswer, type LoginDetails } from "./login.js";
import type { Platform } from "./platform.js";
import { repeatWhenLost } from "./repeat.js";
import type { Tokens, TokenStore } from "./token-store.js";
import type { Limits } from "./within.js";

type RefreshAnswer = components["schemas"]["RefreshAnswer"];

/** The answers to a refresh after which only a login helps. */
const ENDED: ErrorCode[] = ["refresh_token_invalid", "refresh_token_reused"];

/**
 * The session on this device. Logins, refreshes and sign-outs take turns; those that would do the
 * same share a turn.
 */
export class DeviceSession {
  private readonly turns = new Map<string, Promise<unknown>>();
  /** The last turn in the queue, while there is one. */
  private last: Promise<unknown> | undefined;

  constructor(
    private readonly http: Http,
    private readonly platform: Platform,
    private readonly store: TokenStore,
    /** What every login says. */
    private readonly details: LoginDetails,
  ) {}

  get signedIn(): boolean {
    return !!this.store.tokens;
  }

  /**
   * Tokens that hold as far as is known here, after a refresh or a silent login if need be. What is
   * under way is waited for, and its failure is shared.
   */
  async tokens(): Promise<Tokens> {
    const failed = this.last && (await this.last.then(nothing, (error) => ({ error })));
    const { tokens, signedOut } = this.store;
    if (tokens && Date.now() < tokens.refreshAt) return tokens;
    if (signedOut) throw new WxloginError("signed_out");
    if (failed) throw failed.error;
    if (!tokens) return (await this.logIn()).tokens;
    return (await this.turn("refresh", () => this.refresh())) || this.tokens();
  }

  /** Notes that these tokens were refused. */
  expire(tokens: Tokens): void {
    this.store.expire(tokens);
  }

  /** Signs in again, unless somebody has since the login that gave these tokens. */
  async renew({ login }: Tokens): Promise<void> {
    const { tokens } = this.store;
    if (tokens && tokens.login === login) await this.logIn();
  }

  /** Signs in, in place of the session before. */
  logIn(details: LoginDetails = {}): Promise<{ answer: LoginAnswer; tokens: Tokens }> {
    return this.turn(`login ${JSON.stringify(details)}`, async () => {
      const before = this.store.tokens;
      const { answer, key } = await logIn(this.http, this.platform, { ...this.details, ...details });
      const tokens = this.store.keep(answer, key);
      // Otherwise the list of devices would name this one twice. Nobody waits for it: unused, the
      // old session ends by itself.
      if (before) this.end(before).catch(nothing);
      return { answer, tokens };
    });
  }

  /** Forgets the session for good, and gives its last tokens. */
  signOut(): Promise<Tokens | undefined> {
    // Whoever signs in after this must not share a login from before.
    this.turns.clear();
    return this.turn("sign out", async () => {
      const { tokens } = this.store;
      this.store.signOut();
      return tokens;
    });
  }

  /** Ends a session at wxlogin. */
  async end({ refreshToken }: Tokens, limits?: Limits): Promise<void> {
    const request = endpoint("post", "/v1/logout", { refreshToken });
    await repeatWhenLost(async () => success(await this.http.call(request, {}, limits)));
  }

  /** The next tokens; none if the session has ended. */
  private async refresh(): Promise<Tokens | undefined> {
    const { tokens } = this.store;
    if (!tokens) return undefined;
    const { refreshToken, login } = tokens;
    const request = endpoint("post", "/v1/token/refresh", { refreshToken });
    try {
      const send = async () => success<RefreshAnswer>(await this.http.call(request, {}));
      return this.store.keep(await repeatWhenLost(send), login);
    } catch (error) {
      if (!ENDED.includes((error as WxloginError).code)) throw error;
      this.store.clear();
      return undefined;
    }
  }

  private turn<T>(what: string, work: () => Promise<T>): Promise<T> {
    const shared = this.turns.get(what);
    if (shared) return shared as Promise<T>;

    const turn = this.last ? this.last.then(work, work) : work();
    const over = () => {
      if (this.turns.get(what) === turn) this.turns.delete(what);
      if (this.last === turn) this.last = undefined;
    };
    this.turns.set(what, turn);
    this.last = turn;
    turn.then(over, over);
    return turn;
  }
}

function nothing(): void {}
