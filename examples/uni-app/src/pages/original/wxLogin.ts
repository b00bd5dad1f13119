import { config } from "../../platform/config";

/** The user in the response of `POST /wxLogin`. */
export interface OriginalUser {
  _id: string;
  userType: number;
  status: number;
  token: string;
  userName: string;
  avatarUrl: string;
}

export interface WxLoginAnswer {
  code?: number;
  message: string;
  data?: OriginalUser;
}

export async function wxLogin(data: {
  code: string;
  avatarUrl: string;
  userName: string;
}): Promise<WxLoginAnswer> {
  const { wxlogin } = await config();
  const answer = await uni.request({ url: `${wxlogin}/wxLogin`, method: "POST", data });
  return answer.data as WxLoginAnswer;
}
