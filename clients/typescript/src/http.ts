import type { Endpoint } from "./endpoint.js";
import { type ErrorCode, reasonOf, WxloginError } from "./errors.js";
import type { components } from "./generated/openapi.js";
import type { HttpResponse, Platform, PlatformRequest, PlatformTask } from "./platform.js";
import { type Limits, withLimits } from "./limits.js";

type Problem = components["schemas"]["Problem"];

export type Headers = Record<string, string>;

/** Sends HTTP requests with a timeout and a cancel signal. */
export class Http {
  private readonly baseUrl: string;

  constructor(
    baseUrl: string,
    private readonly platform: Platform,
    private readonly timeout: number,
  ) {
    this.baseUrl = baseUrl.replace(/\/+$/, "");
  }

  /** Calls an endpoint of wxlogin and returns the response, whatever its status. */
  call({ method, path, data }: Endpoint<unknown>, header: Headers, limits?: Limits) {
    return this.request({ url: this.baseUrl + path, method, data, header }, limits);
  }

  /** Sends a request to any URL. */
  request(request: Omit<PlatformRequest, "timeout">, limits?: Limits): Promise<HttpResponse> {
    return this.send(limits, (timeout) => this.platform.request({ ...request, timeout }));
  }

  /** Uploads a file to wxlogin. */
  upload(path: string, filePath: string, header: Headers, limits?: Limits): Promise<HttpResponse> {
    const upload = { url: this.baseUrl + path, filePath, name: "file", header };
    return this.send(limits, (timeout) => this.platform.upload({ ...upload, timeout }));
  }

  private async send(
    { timeout = this.timeout, signal }: Limits = {},
    start: (timeout: number) => PlatformTask,
  ): Promise<HttpResponse> {
    let task: PlatformTask;
    const answered = async () => (task = start(timeout)).response;
    try {
      const response = await withLimits({ timeout, signal }, answered, () => task.abort());
      // Some phones return the status as text.
      return { ...response, statusCode: Number(response.statusCode) };
    } catch (failure) {
      throw failure instanceof WxloginError ? failure : noResponse(failure);
    }
  }
}

/** Returns the body of a successful response. Throws an error for any other response. */
export function success<Answer>({ statusCode, header, data }: HttpResponse): Answer {
  const fields = (typeof data === "object" && data) as Partial<Problem> | false;
  if (statusCode === 204 || (statusCode === 200 && fields)) return data as Answer;
  if (!fields || typeof fields.code !== "string") {
    const message = `The response is not from wxlogin (HTTP ${statusCode}). Check baseUrl.`;
    throw new WxloginError("unexpected_answer", message, statusCode);
  }
  const { code, title, detail = title } = fields;
  const retryAfter = Object.keys(header).find((name) => name.toLowerCase() === "retry-after");
  throw new WxloginError(
    code as ErrorCode,
    detail,
    statusCode,
    retryAfter === undefined ? retryAfter : Number(header[retryAfter]),
  );
}

/** The error for a request to which the platform got no response. */
function noResponse(failure: unknown): WxloginError {
  const reason = reasonOf(failure);
  return new WxloginError(reason && /timeout/i.test(reason) ? "timeout" : "network", reason);
}
