/** Paper, safelight, or whichever the system prefers. `static/theme.js` applies the choice before the first paint. */
export type Theme = 'system' | 'paper' | 'safelight';

const KEPT = 'darkroom-theme';

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEPT);
    return value === 'paper' || value === 'safelight' ? value : 'system';
  } catch {
    return 'system';
  }
}

class ThemeChoice {
  #system = matchMedia('(prefers-color-scheme: dark)');
  choice = $state<Theme>(stored());
  #systemDark = $state(this.#system.matches);

  constructor() {
    this.#system.addEventListener('change', ({ matches }) => (this.#systemDark = matches));
    addEventListener('storage', ({ key }) => {
      if (key === KEPT) this.#apply(stored());
    });
  }

  get shown(): 'paper' | 'safelight' {
    if (this.choice !== 'system') return this.choice;
    return this.#systemDark ? 'safelight' : 'paper';
  }

  choose(theme: Theme): void {
    try {
      if (theme === 'system') localStorage.removeItem(KEPT);
      else localStorage.setItem(KEPT, theme);
    } catch {
      // Nothing can be kept here; the choice holds until the page is left.
    }
    this.#apply(theme);
  }

  toggle(): void {
    this.choose(this.shown === 'paper' ? 'safelight' : 'paper');
  }

  #apply(theme: Theme): void {
    this.choice = theme;
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  }
}

export const theme = new ThemeChoice();
