// A Chromium that is watched: whatever a page should not do is written down.

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const SCREENSHOTS = fileURLToPath(new URL("screenshots/", import.meta.url));

const SCREENS = {
  desktop: { viewport: { width: 1280, height: 900 } },
  phone: {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true,
  },
};

export function launch() {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: [
      // Chromium refuses to sandbox itself as root; it only ever opens our own pages.
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

function chromiumPath() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const found = (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "chromium"))
    .find((path) => existsSync(path));
  if (!found) throw new Error("chromium is not on the PATH; CHROMIUM can say where it is");
  return found;
}

/**
 * A page that reaches these origins alone. `complaints` gathers requests to anywhere else, errors and
 * warnings of the console, exceptions, and violations of the content security policy.
 */
export async function openPage(browser, origins, { screen = "desktop", ...options } = {}) {
  const context = await browser.newContext({
    ...SCREENS[screen],
    locale: "zh-CN",
    serviceWorkers: "block",
    ...options,
  });
  const complaints = [];
  await context.route("**/*", (route) => {
    const url = route.request().url();
    if ([origins].flat().includes(new URL(url).origin)) return route.continue();
    complaints.push(`request to ${url}`);
    return route.abort();
  });
  await context.exposeBinding("reportViolation", (_source, text) => {
    complaints.push(`content security policy: ${text}`);
  });
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      globalThis.reportViolation(`${event.effectiveDirective} ${event.blockedURI}`);
    });
  });

  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on("websocket", (socket) => complaints.push(`websocket to ${socket.url()}`));
  page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      complaints.push(`console ${message.type()}: ${message.text()}`);
    }
  });
  return { page, complaints, close: () => context.close() };
}

/** The whole page as a picture, for people to look at. */
export async function screenshot(page, name, options) {
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true, ...options });
}

/** How many pixels the page is wider than the window; people on phones notice one. */
export function overflow(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
}
