// Compiles against WeChat's own types of `wx`, its calls and its events.

import { CancelSignal, WxloginClient, wxPlatform } from "wxlogin-client";

const client = new WxloginClient({
  baseUrl: "https://login.example.com",
  appId: "wx0123456789abcdef",
  platform: wxPlatform(wx),
  origins: ["https://api.example.com"],
});

Page({
  async onShow() {
    const signal = new CancelSignal();
    const { data } = await client.request<{ orders: string[] }>({
      url: "https://api.example.com/orders",
      signal,
    });
    data.orders.concat((await client.me()).nickname ?? "");
  },
  async onPhone(event: WechatMiniprogram.ButtonGetPhoneNumber) {
    await client.bindPhone(event);
  },
  async onAvatar(event: WechatMiniprogram.CustomEvent<{ avatarUrl: string }>) {
    await client.uploadAvatar(event.detail.avatarUrl);
  },
  async onProfile() {
    const profile = await wx.getUserProfile({ desc: "show who you are" });
    await client.verifyOpenData(profile);
    await client.decryptOpenData<{ nickName: string }>(profile);
  },
  async onSteps() {
    await client.decryptOpenData(await wx.getWeRunData());
  },
});
