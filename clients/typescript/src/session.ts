import { endpoint } from "./endpoint.js";
import { type ErrorCode, WxloginError } from "./errors.js";
import type { components } from "./generated/openapi.js";
import { type Http, success } from "./http.js";
import { logIn, type LoginAnswer, type LoginDetails } from "./login.js";
import type { Platform } from "./platform.js";
import { retryIfLost } from "./retry.js";
import type { Tokens, TokenStore } from "./token-store.js";
import type { Limits } from "./limits.js";

type RefreshAnswer = components["schemas"]["RefreshAnswer"];

/** The responses to a refresh that mean that the session has ended. */
const SESSION_ENDED: ErrorCode[] = ["refresh_token_invalid", "refresh_token_reused"];

/**
 * The session on this device. Logins, refreshes and sign-outs run one after another; equal ones share
 * one run.
 */
export class DeviceSession {
  private readonly queued = new Map<string, Promise<unknown>>();
  /** The last task in the queue, if the queue is not empty. */
  private last: Promise<unknown> | undefined;

  constructor(
    private readonly http: Http,
    private readonly platform: Platform,
    private readonly store: TokenStore,
    /** The parameters of every login. */
    private readonly details: LoginDetails,
  ) {}

  get signedIn(): boolean {
    return !!this.store.tokens;
  }

  /**
   * Returns tokens that are valid by the device's clock, after a refresh or silent login if
   * necessary. Waits for a task in progress; if it fails and there are no valid tokens, fails with
   * the same error.
   */
  async tokens(): Promise<Tokens> {
    const failed = this.last && (await this.last.then(noop, (error) => ({ error })));
    const { tokens, signedOut } = this.store;
    if (tokens && Date.now() < tokens.refreshAt) return tokens;
    if (signedOut) throw new WxloginError("signed_out");
    if (failed) throw failed.error;
    if (!tokens) return (await this.logIn()).tokens;
    return (await this.enqueue("refresh", () => this.refresh())) || this.tokens();
  }

  /** Marks the access token as rejected. */
  expire(tokens: Tokens): void {
    this.store.expire(tokens);
  }

  /** Signs in again, unless another call has done so since these tokens were issued. */
  async renew({ login }: Tokens): Promise<void> {
    const { tokens } = this.store;
    if (tokens && tokens.login === login) await this.logIn();
  }

  /** Signs in and replaces the previous session. */
  logIn(details: LoginDetails = {}): Promise<{ answer: LoginAnswer; tokens: Tokens }> {
    return this.enqueue(`login ${JSON.stringify(details)}`, async () => {
      const previous = this.store.tokens;
      const { answer, key } = await logIn(this.http, this.platform, { ...this.details, ...details });
      const tokens = this.store.save(answer, key);
      // Otherwise this device would appear twice in the list of sessions. A failure does not
      // matter: the old session ends after its idle time.
      if (previous) this.end(previous).catch(noop);
      return { answer, tokens };
    });
  }

  /** Signs out on this device and returns the last tokens. */
  signOut(): Promise<Tokens | undefined> {
    // A later login must not share a login that was queued before the sign-out.
    this.queued.clear();
    return this.enqueue("sign out", async () => {
      const { tokens } = this.store;
      this.store.signOut();
      return tokens;
    });
  }

  /** Ends a session on the server. */
  async end({ refreshToken }: Tokens, limits?: Limits): Promise<void> {
    const request = endpoint("post", "/v1/logout", { refreshToken });
    await retryIfLost(async () => success(await this.http.call(request, {}, limits)));
  }

  /** Returns new tokens, or nothing if the session has ended. */
  private async refresh(): Promise<Tokens | undefined> {
    const { tokens } = this.store;
    if (!tokens) return undefined;
    const { refreshToken, login } = tokens;
    const request = endpoint("post", "/v1/token/refresh", { refreshToken });
    try {
      const send = async () => success<RefreshAnswer>(await this.http.call(request, {}));
      return this.store.save(await retryIfLost(send), login);
    } catch (error) {
      if (!SESSION_ENDED.includes((error as WxloginError).code)) throw error;
      this.store.clear();
      return undefined;
    }
  }

  /** Runs `work` after all queued tasks. Tasks with the same name share one run. */
  private enqueue<T>(name: string, work: () => Promise<T>): Promise<T> {
    const shared = this.queued.get(name);
    if (shared) return shared as Promise<T>;

    const task = this.last ? this.last.then(work, work) : work();
    const done = () => {
      if (this.queued.get(name) === task) this.queued.delete(name);
      if (this.last === task) this.last = undefined;
    };
    this.queued.set(name, task);
    this.last = task;
    task.then(done, done);
    return task;
  }
}

function noop(): void {}
