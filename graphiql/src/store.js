/** The part of the browser's store under a prefix: each language keeps tabs of its own. */
export class Shelf {
  #emptied = false;

  constructor(prefix) {
    this.prefix = prefix;
  }

  get #keys() {
    return Object.keys(localStorage).filter((key) => key.startsWith(this.prefix));
  }

  get length() {
    return this.#keys.length;
  }

  getItem(key) {
    return localStorage.getItem(this.prefix + key);
  }

  setItem(key, value) {
    if (!this.#emptied) localStorage.setItem(this.prefix + key, value);
  }

  removeItem(key) {
    localStorage.removeItem(this.prefix + key);
  }

  /** For good: what is still on its way into it, as the page goes, is dropped. */
  empty() {
    this.#emptied = true;
    this.clear();
  }

  clear() {
    this.#keys.forEach((key) => localStorage.removeItem(key));
  }
}
