import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';

const stack = process.env['DARKROOM_STACK'] ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [sveltekit()],
  // Fonts under 4 kB would be inlined as data:, which the page's policy refuses.
  // light-dark() stays as it is: every current browser knows it, and a swatch can show the theme that is not on.
  build: { assetsInlineLimit: 0, cssTarget: ['chrome123', 'edge123', 'firefox120', 'safari17.5'] },
  // `npm run dev` borrows the API of a running local stack.
  server: { proxy: { '/api': stack, '/ws': { target: stack, ws: true }, '/_local': stack } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
