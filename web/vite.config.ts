import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// One entry for each island. The hub reads the manifest to know what files a page needs, and serves them from itself.
export default defineConfig({
  base: "/static/built/",
  plugins: [react()],
  build: {
    manifest: "manifest.json",
    outDir: "dist",
    // Everything is a file of its own: the content security policy allows no data: URLs of scripts.
    assetsInlineLimit: 0,
    // GraphiQL's editor is large, and loaded by the explorer alone.
    chunkSizeWarningLimit: 5000,
    rollupOptions: {
      input: { page: "islands/page.ts", explorer: "islands/explorer.tsx", liveroom: "islands/liveroom.ts" },
      // htmx can evaluate attributes; it is told not to, and the policy of the pages forbids it.
      checks: { eval: false },
      // The compiler of React has done its work in these packages before they were published.
      onLog: (level, log, handle) => log.code !== "MODULE_LEVEL_DIRECTIVE" && handle(level, log),
    },
  },
});
