// Runs `wxlogin dev` with the real executable.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, request } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BINARY =
  process.env.WXLOGIN_BINARY ??
  fileURLToPath(new URL("../../target/debug/wxlogin", import.meta.url));
const START_TIMEOUT = 30_000;
/** The example, built by `npm run build:h5` in its folder. */
export const EXAMPLE = fileURLToPath(new URL("../../examples/uni-app/dist/build/h5", import.meta.url));
// Longer than the service's own shutdown timeout.
const STOP_TIMEOUT = 20_000;

/** Starts wxlogin on free ports, with a new database. */
export async function startWxlogin() {
  const dataDir = await mkdtemp(join(tmpdir(), "wxlogin-browser-"));
  const child = spawn(
    BINARY,
    [
      "dev",
      ...["--listen", "127.0.0.1:0"],
      ...["--sim-listen", "127.0.0.1:0"],
      ...["--data-dir", dataDir],
      ...["--example", EXAMPLE],
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const ended = once(child, "exit");
  // Kill the service if the test run crashes.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);

  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text) => { log += text; });

  async function stop() {
    child.kill("SIGTERM");
    const timer = setTimeout(kill, STOP_TIMEOUT);
    const [code, signal] = await ended;
    clearTimeout(timer);
    process.off("exit", kill);
    await rm(dataDir, { recursive: true, force: true });
    assert.deepEqual({ code, signal }, { code: 0, signal: null }, `It did not shut down cleanly on SIGTERM.\n${log}`);
  }

  try {
    const { api, sim } = await addresses(child, ended);
    return { api, sim, stop };
  } catch (error) {
    kill();
    await rm(dataDir, { recursive: true, force: true });
    throw new Error(`${BINARY} does not start: ${error.message}\n${log}`);
  }
}

/** Reads the two addresses that it prints. */
function addresses(child, ended) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("it did not print its addresses in time")), START_TIMEOUT);
    const fail = (error) => { clearTimeout(timer); reject(error); };
    ended.then(([code, signal]) => fail(new Error(`it ended with ${code ?? signal}`)), fail);

    let printed = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      printed += text;
      const api = printed.match(/Swagger UI\s+(http:\S+)\/docs\s/)?.[1];
      const sim = printed.match(/Simulated WeChat\s+(http:\S+)\/\s/)?.[1];
      if (api && sim) {
        clearTimeout(timer);
        resolve({ api, sim });
      }
    });
  });
}

/** Gets what `wx.login` gives a mini-program, `{code, openid}`: for a new person by default. */
export async function wxLoginCode({ sim }, person = {}) {
  const response = await fetch(`${sim}/sim/codes`, { method: "POST", body: JSON.stringify(person) });
  assert.equal(response.status, 200);
  return response.json();
}

export function postLogin({ api }, code) {
  return fetch(`${api}/v1/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code }),
  });
}

/** Signs a new person in and returns the response. */
export async function signIn(wxlogin) {
  const { code } = await wxLoginCode(wxlogin);
  const response = await postLogin(wxlogin, code);
  assert.equal(response.status, 200);
  return response.json();
}

/** Starts wxlogin behind a proxy that serves it under `/auth/` only, and strips that path. */
export async function startBehindPrefix() {
  const dataDir = await mkdtemp(join(tmpdir(), "wxlogin-prefix-"));
  const child = spawn(BINARY, ["serve"], {
    cwd: dataDir,
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      PATH: process.env.PATH,
      WXLOGIN__MASTER_KEY: "0".repeat(64),
      WXLOGIN__SERVER__PUBLIC_URL: "https://login.example.com/auth",
      WXLOGIN__SERVER__LISTEN: "127.0.0.1:0",
      WXLOGIN__DATABASE__URL: `sqlite:${join(dataDir, "wxlogin.db")}`,
      WXLOGIN__APPS__WX0123456789ABCDEF__SECRET: "0".repeat(32),
      WXLOGIN__LOG__FORMAT: "json",
    },
  });
  const ended = once(child, "exit");
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const port = await new Promise((resolve, reject) => {
    let log = "";
    ended.then(() => reject(new Error(`it ended: ${log}`)), reject);
    child.stderr.setEncoding("utf8").on("data", (text) => {
      log += text;
      const address = log.match(/"wxlogin answers","address":"127\.0\.0\.1:(\d+)"/);
      if (address) resolve(Number(address[1]));
    });
  });
  const proxy = createServer((incoming, answer) => {
    if (!incoming.url.startsWith("/auth/")) {
      answer.writeHead(404).end();
      return;
    }
    const { method, headers } = incoming;
    const path = incoming.url.slice("/auth".length);
    const forwarded = request({ host: "127.0.0.1", port, method, headers, path }, (response) => {
      answer.writeHead(response.statusCode, response.headers);
      response.pipe(answer);
    });
    incoming.pipe(forwarded);
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");

  async function stop() {
    proxy.closeAllConnections();
    proxy.close();
    child.kill("SIGTERM");
    const timer = setTimeout(kill, STOP_TIMEOUT);
    await ended;
    clearTimeout(timer);
    process.off("exit", kill);
    await rm(dataDir, { recursive: true, force: true });
  }

  return { origin: `http://127.0.0.1:${proxy.address().port}`, stop };
}
