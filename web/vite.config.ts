import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

/** Where `vite` (the development server) finds the API: a running `inkseal serve`. */
const api = 'http://127.0.0.1:8640';

export default defineConfig({
  root: 'src',
  base: '/',
  plugins: [vue({ features: { optionsAPI: false } })],
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    // Nothing inline: the pages are served under a policy that allows only files of their own origin.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { sign: 'src/sign/index.html' } },
  },
  server: { proxy: { '/api': api } },
  test: { root: '.', include: ['test/**/*.test.ts'] },
});
