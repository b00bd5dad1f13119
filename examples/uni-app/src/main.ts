import { createSSRApp } from "vue";

import App from "./App.vue";
// #ifdef H5
import { developmentWechat } from "./platform/development";
// #endif

export function createApp() {
  const app = createSSRApp(App);
  // #ifdef H5
  // A browser has no WeChat in it; this one stands in for it.
  app.use(developmentWechat);
  // #endif
  return { app };
}
