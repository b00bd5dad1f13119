import { createSSRApp } from "vue";

import App from "./App.vue";
// #ifdef H5
import { developmentWechat } from "./platform/development";
// #endif

export function createApp() {
  const app = createSSRApp(App);
  // #ifdef H5
  // Browsers have no WeChat; this simulates it.
  app.use(developmentWechat);
  // #endif
  return { app };
}
