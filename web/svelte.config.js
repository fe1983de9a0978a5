import adapter from '@sveltejs/adapter-static';

/** @type {import('@sveltejs/kit').Config} */
const config = {
  compilerOptions: { runes: true },
  kit: {
    // One page for every address: the gateway answers unknown paths outside /api with it.
    adapter: adapter({ fallback: 'index.html', strict: true }),
    // Kit's own bootstrap is the only inline script; its hash stands in the page's policy.
    csp: {
      mode: 'hash',
      directives: {
        'script-src': ['self'],
        'worker-src': ['self'],
        'object-src': ['none'],
        'base-uri': ['none'],
        'form-action': ['self'],
        'font-src': ['self'],
      },
    },
    // Registered by hand, so that an update waits until the person asks for it.
    serviceWorker: { register: false },
  },
};

export default config;
