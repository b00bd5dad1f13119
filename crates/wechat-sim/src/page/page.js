"use strict";

const byId = (id) => document.getElementById(id);
const signIn = byId("sign-in");
const faultForm = byId("fault");
const SHOWN_CALLS = 30;

const COPY = "复制 Copy";
const COPIED = "已复制 Copied";

const CALLS = [
  ["code2session", "登录 · code2Session"],
  ["stable_token", "稳定版令牌 · stable_token"],
  ["token", "普通令牌 · token"],
  ["getuserphonenumber", "手机号 · getuserphonenumber"],
  ["checksession", "校验登录态 · checksession"],
  ["resetusersessionkey", "重置登录态 · resetusersessionkey"],
  ["checkencryptedmsg", "校验加密数据 · checkencryptedmsg"],
];

// These spoil what only two calls answer.
const OF_SESSION_KEYS = ["noSessionKey", "noOpenid", "shortSessionKey"];
const ANSWER_SESSION_KEYS = ["code2session", "resetusersessionkey"];

// What each choice sends, and how it reads.
const FAULTS = [
  [{ fault: "errcode", errcode: -1 }, "-1 系统繁忙 · system busy"],
  [{ fault: "errcode", errcode: 40001 }, "40001 令牌失效 · dead access token"],
  [{ fault: "errcode", errcode: 40029 }, "40029 登录码无效 · invalid code"],
  [{ fault: "errcode", errcode: 40029, asString: true }, "\"40029\" 字符串错误码 · as a string"],
  [{ fault: "errcode", errcode: 40163 }, "40163 登录码已用 · code used"],
  [{ fault: "errcode", errcode: 40226 }, "40226 高风险用户 · blocked person"],
  [{ fault: "errcode", errcode: 45011 }, "45011 每分钟限额 · minute quota"],
  [{ fault: "errcode", errcode: 45009 }, "45009 每日限额 · daily quota"],
  [{ fault: "errcode", errcode: 40125 }, "40125 密钥错误 · wrong AppSecret"],
  [{ fault: "errcode", errcode: 40164 }, "40164 IP 不在白名单 · IP not allowed"],
  [{ fault: "delay", delayMs: 3000 }, "延迟应答 · late answer"],
  [{ fault: "dropBefore" }, "断开连接，码未用 · dropped, code unspent"],
  [{ fault: "dropAfter" }, "断开连接，码已用 · dropped, code spent"],
  [{ fault: "badGateway" }, "502 网页 · 502 with HTML"],
  [{ fault: "html" }, "200 网页 · 200 with HTML"],
  [{ fault: "empty" }, "空应答 · empty body"],
  [{ fault: "truncated" }, "半截 JSON · truncated JSON"],
  [{ fault: "huge" }, "超大应答 · enormous body"],
  [{ fault: "noSessionKey" }, "缺少 session_key · no session_key"],
  [{ fault: "noOpenid" }, "缺少 openid · no openid"],
  [{ fault: "shortSessionKey" }, "过短的 session_key · short session_key"],
  [{ fault: "zeroErrcode" }, "成功且 errcode 为 0 · success with errcode 0"],
  [{ fault: "extraFields" }, "未知字段 · unknown fields"],
];

let settings = { apps: [], wxloginUrl: null };
let people = [];
let clockAhead = 0;

/** One control request. A refusal becomes the visible problem. */
async function control(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: { accept: "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new Error(answer?.error ?? `HTTP ${response.status}`);
  return answer;
}

/** Runs an action; whatever goes wrong is shown until the next one. */
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
    personChoice("", "新用户 · a new person", "", !known),
    ...here.map((person) =>
      personChoice(person.openid, person.openid, person.unionid, person.openid === chosen)),
  );
}

async function refreshPeople() {
  ({ people } = await control("GET", "/sim/people"));
  showPeople();
}

/** The name a fault was chosen by, or its own if it was set elsewhere. */
function faultName(fault) {
  const same = ([sent]) =>
    sent.fault === fault.fault && sent.errcode === fault.errcode &&
    Boolean(sent.asString) === Boolean(fault.asString);
  return FAULTS.find(same)?.[1] ?? `${fault.fault} ${fault.errcode ?? ""}`;
}

function showFaults(faults) {
  byId("faults").replaceChildren(...faults.map((fault) => {
    const times = fault.times === "always" ? "一直 always" : `×${fault.times}`;
    const delay = fault.delayMs ? `，${fault.delayMs} ms` : "";
    return element("li", "", `${fault.call}：${faultName(fault)}（${times}${delay}）`);
  }));
}

function showCalls(calls) {
  byId("no-calls").hidden = calls.length > 0;
  byId("calls").replaceChildren(...calls.reverse().map((call) => {
    const { errcode, fault } = call.outcome;
    const good = errcode === 0 && fault === undefined;
    const outcome = [errcode === 0 ? "ok" : errcode, fault].filter((part) => part !== undefined);
    const item = element("li");
    item.append(
      element("time", "", time(call.at)),
      element("span", "mono", call.code ?? call.openid ?? "—"),
      element("span", good ? "good" : "bad", outcome.join(" · ")),
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
  clockAhead = clock.now - Date.now();
  showClock();
}

function showClock() {
  byId("now").textContent = new Date(Date.now() + clockAhead).toLocaleString("zh-CN", { hour12: false });
}

/** What a POSIX shell reads as exactly this text. */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function showPhoneCode(code) {
  byId("kind").textContent = "手机号凭证 Phone code:";
  byId("code").textContent = code;
  byId("use").hidden = true;
  byId("result").hidden = false;
}

function showCode(appId, code) {
  const url = `${(settings.wxloginUrl ?? "http://127.0.0.1:8080").replace(/\/+$/, "")}/v1/login`;
  byId("kind").textContent = "登录码 Code:";
  byId("code").textContent = code;
  byId("use").hidden = false;
  byId("curl").textContent =
    `curl -s ${quoted(url)} -H 'content-type: application/json' -d ${quoted(JSON.stringify({ appId, code }))}`;
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
  const answersKey = ANSWER_SESSION_KEYS.includes(faultForm.call.value);
  FAULTS.forEach(([sent], index) => {
    const option = faultForm.fault.options[index];
    option.hidden = option.disabled = !answersKey && OF_SESSION_KEYS.includes(sent.fault);
  });
  if (faultForm.fault.selectedOptions[0]?.disabled) faultForm.fault.selectedIndex = 0;
});

byId("no-faults").addEventListener("click", () =>
  attempt(async () => showFaults(await control("PUT", "/sim/faults", []))));

byId("reset").addEventListener("click", () => {
  if (!confirm("忘记所有用户、登录码、故障和调用？\nForget all people, codes, faults and calls?")) return;
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
