import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the proxy does to a request. */
export type Fault =
  /** wxlogin handles the request, and the connection closes without a response. */
  | { drop: true }
  /** wxlogin handles the request, and its response is delayed, in milliseconds. */
  | { delay: number }
  /** wxlogin does not receive the request; this problem is the response. */
  | { status: number; code: string };

export interface SeenRequest {
  method: string;
  path: string;
  /** The status from wxlogin or from a fault. */
  status: number;
  idempotencyKey: string | undefined;
}

/** A proxy between a client and wxlogin that records requests and injects faults. */
export class Proxy {
  seen: SeenRequest[] = [];

  private faults: { call: string; fault: Fault }[] = [];

  private constructor(
    private readonly target: string,
    private readonly server: Server,
  ) {}

  static async start(target: string): Promise<Proxy> {
    const server = createServer();
    const proxy = new Proxy(target, server);
    server.on("request", (from, to) => void proxy.pass(from, to));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Sets the faults of the next requests of a call, such as `POST /v1/login`. */
  next(call: string, ...faults: Fault[]): void {
    this.faults.push(...faults.map((fault) => ({ call, fault })));
  }

  /** Returns the requests of a call since the last `reset`. */
  of(call: string): SeenRequest[] {
    return this.seen.filter(({ method, path }) => `${method} ${path}` === call);
  }

  reset(): void {
    this.seen = [];
    this.faults = [];
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async pass(from: IncomingMessage, to: ServerResponse): Promise<void> {
    const fault = this.faultFor(`${from.method} ${from.url}`);
    if (fault && "code" in fault) {
      this.note(from, fault.status);
      to.writeHead(fault.status, { "content-type": "application/problem+json" });
      to.end(JSON.stringify({ type: "about:blank", title: fault.code, ...fault }));
      return;
    }
    const { method, headers } = from;
    const onward = request(this.target + from.url, { method, headers });
    onward.on("error", () => to.destroy());
    onward.on("response", async (answer) => {
      const body = await bytes(answer);
      this.note(from, answer.statusCode!);
      if (fault && "drop" in fault) return void to.destroy();
      if (fault) await new Promise((resolve) => setTimeout(resolve, fault.delay));
      to.writeHead(answer.statusCode!, answer.headers);
      to.end(body);
    });
    from.pipe(onward);
  }

  private faultFor(call: string): Fault | undefined {
    const at = this.faults.findIndex((next) => next.call === call);
    return at < 0 ? undefined : this.faults.splice(at, 1)[0]!.fault;
  }

  private note({ method, url, headers }: IncomingMessage, status: number): void {
    const idempotencyKey = headers["idempotency-key"] as string | undefined;
    this.seen.push({ method: method!, path: url!, status, idempotencyKey });
  }
}

async function bytes(stream: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
