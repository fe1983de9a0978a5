import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';

const stack = process.env['DARKROOM_STACK'] ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [sveltekit()],
  // Fonts under 4 kB would be inlined as data:, which the page's policy refuses.
  build: { assetsInlineLimit: 0 },
  // `npm run dev` borrows the API of a running local stack.
  server: { proxy: { '/api': stack, '/ws': { target: stack, ws: true }, '/_local': stack } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
