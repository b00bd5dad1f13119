import uni from "@dcloudio/vite-plugin-uni";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [uni()],
  // What phones with the oldest supported base library understand.
  build: { target: "es2017" },
});
