import type { App } from "vue";

import { showBadge } from "./badge";
import { playButtons } from "./buttons";
import { wechat } from "./calls";
import "./development.css";

/** A WeChat for browsers, to develop with: its people are those of the simulator. */
export const developmentWechat = {
  install(app: App) {
    Object.assign(uni, wechat);
    playButtons(app);
    showBadge();
  },
};
