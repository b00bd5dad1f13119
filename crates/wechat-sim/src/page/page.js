"use strict";

const byId = (id) => document.getElementById(id);
const signIn = byId("sign-in");
const faultForm = byId("fault");
const SHOWN_CALLS = 30;

const COPY = "复制 Copy";
const COPIED = "已复制 Copied";

const CALLS = [
  ["code2session", "登录 · code2Session"],
  ["stable_token", "稳定版 access_token · stable_token"],
  ["token", "普通 access_token · token"],
  ["getuserphonenumber", "手机号 · getuserphonenumber"],
  ["checksession", "检验登录态 · checksession"],
  ["resetusersessionkey", "重置登录态 · resetusersessionkey"],
  ["checkencryptedmsg", "校验加密数据 · checkencryptedmsg"],
];

// Faults that only the calls with a session key in their response can meet.
const SESSION_KEY_FAULTS = ["noSessionKey", "noOpenid", "shortSessionKey"];
const SESSION_KEY_CALLS = ["code2session", "resetusersessionkey"];

// Each choice: the fault it sends, and its label.
const FAULTS = [
  [{ fault: "errcode", errcode: -1 }, "-1 系统繁忙 · system busy"],
  [{ fault: "errcode", errcode: 40001 }, "40001 access_token 无效 · invalid access token"],
  [{ fault: "errcode", errcode: 40029 }, "40029 code 无效 · invalid code"],
  [{ fault: "errcode", errcode: 40029, asString: true }, "\"40029\" 字符串错误码 · errcode as a string"],
  [{ fault: "errcode", errcode: 40163 }, "40163 code 已被使用 · code used"],
  [{ fault: "errcode", errcode: 40226 }, "40226 高风险用户 · high-risk user"],
  [{ fault: "errcode", errcode: 45011 }, "45011 调用太频繁 · minute quota"],
  [{ fault: "errcode", errcode: 45009 }, "45009 超过每日限额 · daily quota"],
  [{ fault: "errcode", errcode: 40125 }, "40125 AppSecret 错误 · wrong AppSecret"],
  [{ fault: "errcode", errcode: 40164 }, "40164 IP 不在白名单 · IP not whitelisted"],
  [{ fault: "delay", delayMs: 3000 }, "延迟响应 · delayed response"],
  [{ fault: "dropBefore" }, "断开连接，code 未消耗 · dropped, code not spent"],
  [{ fault: "dropAfter" }, "断开连接，code 已消耗 · dropped, code spent"],
  [{ fault: "badGateway" }, "状态码 502 和 HTML 页面 · 502 with HTML"],
  [{ fault: "html" }, "状态码 200 和 HTML 页面 · 200 with HTML"],
  [{ fault: "empty" }, "空响应 · empty body"],
  [{ fault: "truncated" }, "JSON 不完整 · truncated JSON"],
  [{ fault: "huge" }, "超大响应 · oversized body"],
  [{ fault: "noSessionKey" }, "缺少 session_key · no session_key"],
  [{ fault: "noOpenid" }, "缺少 openid · no openid"],
  [{ fault: "shortSessionKey" }, "session_key 过短 · short session_key"],
  [{ fault: "zeroErrcode" }, "成功响应带 errcode 0 · success with errcode 0"],
  [{ fault: "extraFields" }, "未知字段 · unknown fields"],
  [{ fault: "escapedSlashes" }, "斜杠转义为 \\/ · slashes escaped as \\/"],
];

let settings = { apps: [], wxloginUrl: null };
let people = [];
let clockOffset = 0;

/** Sends a request to the control API; throws its error message. */
async function control(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: { accept: "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const content = await response.json().catch(() => null);
  if (!response.ok) throw new Error(content?.error ?? `HTTP ${response.status}`);
  return content;
}

/** Runs an action, and shows its error until the next action succeeds. */
async function attempt(action) {
  const problem = byId("problem");
  try {
    await action();
    problem.hidden = true;
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
  }
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

const time = (millis) => new Date(millis).toLocaleTimeString("zh-CN", { hour12: false });

function personChoice(value, title, detail, checked) {
  const label = element("label");
  const radio = element("input");
  Object.assign(radio, { type: "radio", name: "openid", value, checked });
  const text = element("span", "", title);
  if (detail) text.append(element("small", "", detail));
  label.append(radio, text);
  return label;
}

function showPeople() {
  const chosen = new FormData(signIn).get("openid") ?? "";
  const here = people.filter((person) => person.appId === signIn.appId.value);
  const known = here.some((person) => person.openid === chosen);
  byId("people").replaceChildren(
    personChoice("", "新用户 · new person", "", !known),
    ...here.map((person) =>
      personChoice(person.openid, person.openid, person.unionid, person.openid === chosen)),
  );
}

async function refreshPeople() {
  ({ people } = await control("GET", "/sim/people"));
  showPeople();
}

/** The label of a fault, or its name if it is not one of the choices. */
function faultName(fault) {
  const same = ([sent]) =>
    sent.fault === fault.fault && sent.errcode === fault.errcode &&
    Boolean(sent.asString) === Boolean(fault.asString);
  return FAULTS.find(same)?.[1] ?? `${fault.fault} ${fault.errcode ?? ""}`;
}

function showFaults(faults) {
  byId("faults").replaceChildren(...faults.map((fault) => {
    const times = fault.times === "always" ? "始终 always" : `×${fault.times}`;
    const delay = fault.delayMs ? `，${fault.delayMs} ms` : "";
    return element("li", "", `${fault.call}：${faultName(fault)}（${times}${delay}）`);
  }));
}

function showCalls(calls) {
  byId("no-calls").hidden = calls.length > 0;
  byId("calls").replaceChildren(...calls.reverse().map((call) => {
    const { errcode, fault } = call.outcome;
    const ok = errcode === 0 && fault === undefined;
    const outcome = [errcode === 0 ? "ok" : errcode, fault].filter((part) => part !== undefined);
    const item = element("li");
    item.append(
      element("time", "", time(call.at)),
      element("span", "mono", call.code ?? call.openid ?? "—"),
      element("span", ok ? "good" : "bad", outcome.join(" · ")),
      element("small", "mono", `${call.call} ${call.appId ?? ""}`),
    );
    return item;
  }));
}

async function refresh() {
  const [faults, calls, clock] = await Promise.all([
    control("GET", "/sim/faults"),
    control("GET", `/sim/calls?last=${SHOWN_CALLS}`),
    control("GET", "/sim/clock"),
  ]);
  showFaults(faults);
  showCalls(calls.calls);
  clockOffset = clock.now - Date.now();
  showClock();
}

function showClock() {
  byId("now").textContent = new Date(Date.now() + clockOffset).toLocaleString("zh-CN", { hour12: false });
}

/** Quotes a text for a POSIX shell. */
const shellQuote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function showPhoneCode(code) {
  byId("kind").textContent = "手机号凭证 Phone code";
  byId("code").textContent = code;
  byId("use").hidden = true;
  byId("result").hidden = false;
}

function showCode(appId, code) {
  const url = `${(settings.wxloginUrl ?? "http://127.0.0.1:8080").replace(/\/+$/, "")}/v1/login`;
  byId("kind").textContent = "登录凭证 Login code";
  byId("code").textContent = code;
  byId("use").hidden = false;
  byId("curl").textContent =
    `curl -s ${shellQuote(url)} -H 'content-type: application/json' -d ${shellQuote(JSON.stringify({ appId, code }))}`;
  byId("result").hidden = false;
}

signIn.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => {
    const chosen = Object.fromEntries([...new FormData(signIn)].filter(([, value]) => value !== ""));
    if (event.submitter?.value === "phone") {
      const { appId, openid } = chosen;
      const { code } = await control("POST", "/sim/phone-codes", { appId, openid });
      showPhoneCode(code);
    } else {
      const { code } = await control("POST", "/sim/codes", chosen);
      showCode(chosen.appId, code);
      signIn.unionid.value = "";
    }
    await refreshPeople();
  });
});

signIn.appId.addEventListener("change", showPeople);

faultForm.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => {
    const [sent] = FAULTS[faultForm.fault.selectedIndex];
    const times = faultForm.times.value;
    const script = { call: faultForm.call.value, ...sent, times: times === "" ? null : Number(times) };
    const delayMs = Number(faultForm.delayMs.value);
    if (delayMs > 0) script.delayMs = delayMs;
    showFaults(await control("PUT", "/sim/faults", [script]));
  });
});

faultForm.call.addEventListener("change", () => {
  const returnsKey = SESSION_KEY_CALLS.includes(faultForm.call.value);
  FAULTS.forEach(([sent], index) => {
    const option = faultForm.fault.options[index];
    option.hidden = option.disabled = !returnsKey && SESSION_KEY_FAULTS.includes(sent.fault);
  });
  if (faultForm.fault.selectedOptions[0]?.disabled) faultForm.fault.selectedIndex = 0;
});

byId("no-faults").addEventListener("click", () =>
  attempt(async () => showFaults(await control("PUT", "/sim/faults", []))));

byId("reset").addEventListener("click", () => {
  if (!confirm("清除所有用户、凭证、故障和调用记录？\nDelete all people, codes, faults and calls?")) return;
  attempt(async () => {
    await control("DELETE", "/sim");
    byId("result").hidden = true;
    await Promise.all([refreshPeople(), refresh()]);
  });
});

for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => attempt(async () => {
    await control("POST", "/sim/clock", { advanceSeconds: Number(button.dataset.advance) });
    await refresh();
  }));
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.textContent = COPY;
  button.addEventListener("click", () => attempt(async () => {
    await navigator.clipboard.writeText(byId(button.dataset.copy).textContent);
    button.textContent = COPIED;
    setTimeout(() => { button.textContent = COPY; }, 1500);
  }));
}

faultForm.call.append(...CALLS.map(([value, name]) =>
  Object.assign(element("option", "", name), { value })));
faultForm.fault.append(...FAULTS.map(([, name]) => element("option", "", name)));
setInterval(showClock, 1000);
setInterval(() => { if (!document.hidden) refresh().catch(() => {}); }, 2000);
attempt(async () => {
  settings = await control("GET", "/sim/settings");
  signIn.appId.append(...settings.apps.map((appId) => element("option", "", appId)));
  byId("app-field").hidden = settings.apps.length < 2;
  await Promise.all([refreshPeople(), refresh()]);
});
