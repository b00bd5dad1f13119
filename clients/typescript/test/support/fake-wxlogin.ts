import type { HttpResponse, Method } from "../../src/index.js";

export interface Call {
  method: Method;
  /** Without the origin. */
  path: string;
  header: Record<string, string>;
  data: any;
}

/** What becomes of a call, in place of the usual. */
export type Fate =
  /** It is acted upon, and the answer is lost. */
  | "lost"
  /** It is never answered. */
  | "hangs"
  /** This is the answer, `after` so many milliseconds. */
  | (Partial<HttpResponse> & { after?: number });

/** Enough of wxlogin to sign in to, in memory. Its clock is the test's. */
export class FakeWxlogin {
  readonly calls: Call[] = [];
  /** How long an access token holds, in seconds. */
  lifetime = 900;

  private issued = 0;
  private readonly fates = new Map<string, Fate[]>();
  private readonly usedCodes = new Set<string>();
  private readonly replays = new Map<string, string>();
  private readonly sessions = new Map<string, { generation: number; ended: boolean }>();
  private readonly accessTokens = new Map<string, { session: string; expires: number }>();

  /** What becomes of the next calls of a path. */
  next(path: string, ...fates: Fate[]): void {
    this.fates.set(path, [...(this.fates.get(path) ?? []), ...fates]);
  }

  /** The calls of a path. */
  of(path: string): Call[] {
    return this.calls.filter((call) => call.path === path);
  }

  /** Ends the sessions that there are, as a ban or another device would. */
  endSessions(): void {
    for (const session of this.sessions.values()) session.ended = true;
  }

  /** Makes the access tokens that there are invalid; their sessions go on. */
  refuseTokens(): void {
    this.accessTokens.clear();
  }

  isEnded(session: string): boolean {
    return this.sessions.get(session)!.ended;
  }

  async answer(call: Call): Promise<HttpResponse> {
    this.calls.push(call);
    const fate = this.fates.get(call.path)?.shift();
    const { after = 20 } = Object(fate) as { after?: number };
    await new Promise<void>((resolve) => setTimeout(resolve, after));
    if (fate === "hangs") return new Promise(() => {});
    if (fate && fate !== "lost") {
      const { statusCode = 200, header = {}, data = {} } = fate;
      return { statusCode, header, data };
    }
    const answer = this.act(call);
    if (fate === "lost") throw { errMsg: "request:fail " };
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
    const holds = token && Date.now() < token.expires && !this.isEnded(token.session);
    if (!holds) return problem(401, "token_invalid");
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
