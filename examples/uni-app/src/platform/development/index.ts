import type { App } from "vue";

import { showBadge } from "./badge";
import { enableButtons } from "./buttons";
import { wechat } from "./calls";
import "./development.css";

/** A simulated WeChat for development in browsers. Its users are those of the simulator. */
export const developmentWechat = {
  install(app: App) {
    Object.assign(uni, wechat);
    enableButtons(app);
    showBadge();
  },
};
