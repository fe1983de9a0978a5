declare global {
  namespace App {
    interface PageState {
      /** A dialog opened over the page: the browser's back closes it. */
      dialog?: string;
    }
  }
}

export {};
