// Chromium pages that record everything a page should not do.

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
  if (!found) throw new Error("chromium is not on the PATH. Install it, or set CHROMIUM to its path.");
  return found;
}

/**
 * Opens a page that can reach these origins only. `violations` collects requests to other origins,
 * console errors and warnings, exceptions, and violations of the content security policy.
 */
export async function openPage(browser, origins, { screen = "desktop", ...options } = {}) {
  const context = await browser.newContext({
    ...SCREENS[screen],
    locale: "zh-CN",
    serviceWorkers: "block",
    ...options,
  });
  const violations = [];
  await context.route("**/*", (route) => {
    const url = route.request().url();
    if ([origins].flat().includes(new URL(url).origin)) return route.continue();
    violations.push(`request to ${url}`);
    return route.abort();
  });
  await context.exposeBinding("reportViolation", (_source, text) => {
    violations.push(`content security policy: ${text}`);
  });
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      globalThis.reportViolation(`${event.effectiveDirective} ${event.blockedURI}`);
    });
  });

  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on("websocket", (socket) => violations.push(`websocket to ${socket.url()}`));
  page.on("pageerror", (error) => violations.push(`exception: ${error.message}`));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      violations.push(`console ${message.type()}: ${message.text()}`);
    }
  });
  return { page, violations, close: () => context.close() };
}

/** Saves a screenshot of the whole page, for people to look at. */
export async function screenshot(page, name, options) {
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true, ...options });
}

/** How many pixels the page is wider than the window. */
export function overflow(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
}
