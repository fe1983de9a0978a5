// Runs before the first paint. The person's choice wins; without one the system's does (see tokens.css).
(() => {
  try {
    const choice = localStorage.getItem('darkroom-theme');
    if (choice === 'paper' || choice === 'safelight') document.documentElement.dataset.theme = choice;
  } catch {
    // Storage is switched off: the system's theme serves.
  }
})();
