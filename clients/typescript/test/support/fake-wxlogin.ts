import type { HttpResponse, Method } from "../../src/index.js";

export interface Call {
  method: Method;
  /** Without the origin. */
  path: string;
  header: Record<string, string>;
  data: any;
}

/** An unusual outcome of a call. */
export type Outcome =
  /** wxlogin handles the call, and its response is lost. */
  | "lost"
  /** There is never a response. */
  | "hangs"
  /** This is the response, after the given number of milliseconds. */
  | (Partial<HttpResponse> & { after?: number });

/** An in-memory wxlogin for sign-in and tokens. Uses the test's clock. */
export class FakeWxlogin {
  readonly calls: Call[] = [];
  /** The lifetime of access tokens in seconds. */
  lifetime = 900;

  private issued = 0;
  private readonly outcomes = new Map<string, Outcome[]>();
  private readonly usedCodes = new Set<string>();
  private readonly replays = new Map<string, string>();
  private readonly sessions = new Map<string, { generation: number; ended: boolean }>();
  private readonly accessTokens = new Map<string, { session: string; expires: number }>();

  /** Sets the outcomes of the next calls of a path. */
  next(path: string, ...outcomes: Outcome[]): void {
    this.outcomes.set(path, [...(this.outcomes.get(path) ?? []), ...outcomes]);
  }

  /** Returns the calls of a path. */
  of(path: string): Call[] {
    return this.calls.filter((call) => call.path === path);
  }

  /** Ends all sessions, as a ban or another device would. */
  endSessions(): void {
    for (const session of this.sessions.values()) session.ended = true;
  }

  /** Invalidates all access tokens; their sessions continue. */
  refuseTokens(): void {
    this.accessTokens.clear();
  }

  isEnded(session: string): boolean {
    return this.sessions.get(session)!.ended;
  }

  async answer(call: Call): Promise<HttpResponse> {
    this.calls.push(call);
    const outcome = this.outcomes.get(call.path)?.shift();
    const { after = 20 } = Object(outcome) as { after?: number };
    await new Promise<void>((resolve) => setTimeout(resolve, after));
    if (outcome === "hangs") return new Promise(() => {});
    if (outcome && outcome !== "lost") {
      const { statusCode = 200, header = {}, data = {} } = outcome;
      return { statusCode, header, data };
    }
    const answer = this.act(call);
    if (outcome === "lost") throw { errMsg: "request:fail " };
    return answer;
  }

  private act(call: Call): HttpResponse {
    switch (call.path) {
      case "/v1/login":
        return this.logIn(call);
      case "/v1/token/refresh":
        return this.refresh(call);
      case "/v1/logout":
        this.sessions.get(call.data.refreshToken.split(" ")[0])!.ended = true;
        return { statusCode: 204, header: {}, data: "" };
      default:
        return this.forSignedIn(call);
    }
  }

  private logIn({ data, header }: Call): HttpResponse {
    const repeat = `${data.code} ${header["Idempotency-Key"]}`;
    const replayed = this.replays.get(repeat);
    if (replayed === undefined && this.usedCodes.has(data.code)) return problem(409, "login_code_used");
    const session = replayed ?? `session-${this.sessions.size + 1}`;
    this.usedCodes.add(data.code);
    this.replays.set(repeat, session);
    this.sessions.set(session, { generation: 1, ended: false });
    return ok({ ...this.tokens(session), isNewUser: this.sessions.size === 1, user: USER });
  }

  private refresh({ data }: Call): HttpResponse {
    const [session, generation] = data.refreshToken.split(" ");
    const state = this.sessions.get(session);
    if (!state || state.ended) return problem(400, "refresh_token_invalid");
    const behind = state.generation - Number(generation);
    if (behind > 1) return problem(400, "refresh_token_reused");
    if (behind === 0) state.generation += 1;
    return ok(this.tokens(session));
  }

  private forSignedIn({ path, header }: Call): HttpResponse {
    const token = this.accessTokens.get(header["Authorization"]?.replace("Bearer ", "") ?? "");
    const valid = token && Date.now() < token.expires && !this.isEnded(token.session);
    if (!valid) return problem(401, "token_invalid");
    return ok(path === "/v1/me" ? USER : { path });
  }

  private tokens(session: string): object {
    const accessToken = `access-${(this.issued += 1)} of ${session}`;
    this.accessTokens.set(accessToken, { session, expires: Date.now() + this.lifetime * 1000 });
    return {
      accessToken,
      tokenType: "Bearer",
      expiresIn: this.lifetime,
      refreshToken: `${session} ${this.sessions.get(session)!.generation}`,
      refreshExpiresIn: 86_400,
    };
  }
}

const USER = {
  id: "01912345-6789-7abc-8def-0123456789ab",
  userType: 2,
  status: 1,
  createdAt: "2026-01-01T00:00:00Z",
  lastLoginAt: "2026-01-01T00:00:00Z",
};

export function ok(data: object): HttpResponse {
  return { statusCode: 200, header: {}, data };
}

export function problem(statusCode: number, code: string, header = {}): HttpResponse {
  return { statusCode, header, data: { type: "", title: code, status: statusCode, code } };
}
