import uni from "@dcloudio/vite-plugin-uni";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [uni()],
  // Supported by the oldest supported base library.
  build: { target: "es2017" },
});
