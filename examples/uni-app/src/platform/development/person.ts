import { ref, watch } from "vue";

import { config } from "../config";

/** The user of this browser's WeChat. */
interface Person {
  /** The openid from the simulator, set at the first login. */
  openid?: string;
  /** Whether the user has consented to the use of personal data. */
  agreed?: boolean;
}

const STORAGE_KEY = "development-wechat";

export const person = ref<Person>(JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "{}"));

watch(person, (now) => localStorage.setItem(STORAGE_KEY, JSON.stringify(now)), { deep: true });

/** Switches to a new user with a new phone: clears the storage. */
export function switchToNewUser(): void {
  localStorage.clear();
  location.reload();
}

/** Returns a code for `wx.login`. */
export async function loginCode(): Promise<string> {
  return (await askSimulator<{ code: string; openid: string }>("/sim/codes")).code;
}

export interface PhoneCode {
  code: string;
  openid: string;
  phoneNumber: string;
  countryCode: string;
}

/** Returns a code for the user's phone number, and the number. */
export function phoneCode(): Promise<PhoneCode> {
  return askSimulator("/sim/phone-codes");
}

async function askSimulator<T extends { openid: string }>(path: string): Promise<T> {
  const { simulator, appId } = await config();
  const body = JSON.stringify({ appId, openid: person.value.openid });
  const response = await fetch(simulator + path, { method: "POST", body });
  if (!response.ok) throw new Error(`The simulator returned HTTP ${response.status} for ${path}.`);
  const answer: T = await response.json();
  person.value.openid = answer.openid;
  return answer;
}
