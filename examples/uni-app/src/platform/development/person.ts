import { ref, watch } from "vue";

import { config } from "../config";

/** Who uses this browser's WeChat. */
interface Person {
  /** As the simulator named them at their first login. */
  openid?: string;
  /** Whether they have agreed to how the mini-program uses personal data. */
  agreed?: boolean;
}

const STORED = "development-wechat";

export const person = ref<Person>(JSON.parse(localStorage.getItem(STORED) ?? "{}"));

watch(person, (now) => localStorage.setItem(STORED, JSON.stringify(now)), { deep: true });

/** As if somebody else went on, with a phone of their own: nothing of this one is there. */
export function becomeSomebodyNew(): void {
  localStorage.clear();
  location.reload();
}

/** A code for `wx.login`. */
export async function loginCode(): Promise<string> {
  return (await askSimulator<{ code: string; openid: string }>("/sim/codes")).code;
}

export interface PhoneCode {
  code: string;
  openid: string;
  phoneNumber: string;
  countryCode: string;
}

/** A code for the person's phone number, and the number. */
export function phoneCode(): Promise<PhoneCode> {
  return askSimulator("/sim/phone-codes");
}

async function askSimulator<T extends { openid: string }>(path: string): Promise<T> {
  const { simulator, appId } = await config();
  const body = JSON.stringify({ appId, openid: person.value.openid });
  const response = await fetch(simulator + path, { method: "POST", body });
  if (!response.ok) throw new Error(`${path} answers ${response.status}`);
  const answer: T = await response.json();
  person.value.openid = answer.openid;
  return answer;
}
