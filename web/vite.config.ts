import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

/** Where `vite` (the development server) finds the API: a running `inkseal serve`. */
const api = 'http://127.0.0.1:8640';

/** The capture module of this repository, as it was built: `./dev` does that before. */
const capture = new URL('../sdk/capture', import.meta.url).pathname;

export default defineConfig({
  root: 'src',
  base: '/',
  plugins: [vue({ features: { optionsAPI: false } })],
  resolve: {
    alias: [
      { find: /^@inkseal\/capture$/, replacement: `${capture}/dist/index.js` },
      { find: /^@inkseal\/capture\/open$/, replacement: `${capture}/dist/open.js` },
    ],
  },
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    // Nothing inline: the pages are served under a policy that allows only files of their own origin.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { sign: 'src/sign/index.html' } },
  },
  server: { proxy: { '/api': api }, fs: { allow: ['..', capture] } },
  test: { root: '.', include: ['test/**/*.test.ts'] },
});
