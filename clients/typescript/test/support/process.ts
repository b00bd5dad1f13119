import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const BINARY =
  process.env["WXLOGIN_BINARY"] ??
  fileURLToPath(new URL("../../../../target/debug/wxlogin", import.meta.url));
const START_LIMIT = 30_000;

/** A running `wxlogin`. */
export interface Wxlogin {
  /** Its base URL. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Runs the executable in a directory with only these settings. `printed` matches its address in its
 * output.
 */
export async function run(
  args: string[],
  cwd: string,
  env: Record<string, string>,
  printed: RegExp,
): Promise<Wxlogin> {
  const child = spawn(BINARY, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  // Ends the process even if the test run crashes.
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  const stop = async () => {
    const ended = once(child, "exit");
    child.kill("SIGINT");
    await ended;
    process.off("exit", kill);
  };
  try {
    return { url: `http://${await addressOf(child, printed)}`, stop };
  } catch (error) {
    kill();
    throw error;
  }
}

function addressOf(child: ChildProcess, printed: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const fail = (why: string) => reject(new Error(`${BINARY} ${why}\n${text}`));
    const timer = setTimeout(fail, START_LIMIT, "does not print its address");
    const look = (piece: string) => {
      text += piece;
      const address = printed.exec(text)?.[1];
      if (!address) return;
      clearTimeout(timer);
      resolve(address);
    };
    child.stdout!.setEncoding("utf8").on("data", look);
    child.stderr!.setEncoding("utf8").on("data", look);
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code) => fail(`exits with ${code}`));
  });
}
