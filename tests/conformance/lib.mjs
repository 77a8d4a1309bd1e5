// What the suites share: arguments, the score, timeouts.
import { readFileSync } from 'node:fs';

/** The operations that the suites send. */
export const ops = JSON.parse(readFileSync(new URL('./ops.json', import.meta.url), 'utf8'));

/** `--name value` and what stands alone (in `_`); `--header "name: value"` may come several times. */
export function args(usage) {
  const out = { _: [], headers: {} };
  const given = process.argv.slice(2);
  for (let i = 0; i < given.length; i++) {
    if (!given[i].startsWith('--')) {
      out._.push(given[i]);
      continue;
    }
    const name = given[i].slice(2);
    const value = i + 1 < given.length && !given[i + 1].startsWith('--') ? given[++i] : true;
    if (name === 'header') {
      const colon = value.indexOf(':');
      out.headers[value.slice(0, colon).trim().toLowerCase()] = value.slice(colon + 1).trim();
    } else out[name] = value;
  }
  if (!out._.length) {
    console.error(`usage: ${usage}`);
    process.exit(2);
  }
  return out;
}

export class Score {
  constructor(name) {
    this.name = name;
    this.rows = [];
  }

  add(level, id, title, ok, detail = '') {
    this.rows.push({ level, id, title, ok, detail: String(detail).slice(0, 240) });
  }

  /** A case passes when its function returns (what it returns is its detail) and fails when it throws. */
  async run(level, id, title, test) {
    try {
      this.add(level, id, title, true, (await test()) ?? '');
    } catch (e) {
      this.add(level, id, title, false, e?.message ?? e);
    }
  }

  /** Prints the rows and the sum. Exit code 1: a MUST failed, or fewer passed than `--at-least` (a number, or `all`). */
  finish({ 'at-least': mark }) {
    // what may be missing is no failure
    const word = (ok, level) => (ok ? 'PASS' : level === 'MAY' ? 'NONE' : 'FAIL');
    for (const { level, id, title, ok, detail } of this.rows)
      console.log(`${word(ok, level)} ${level.padEnd(6)} ${id.padEnd(6)} ${title}${detail && `  [${detail}]`}`);
    const failed = this.rows.filter((row) => !row.ok);
    const passed = this.rows.length - failed.length;
    console.log(`${passed} of ${this.rows.length}: ${this.name}`);
    const enough = mark === undefined || passed >= (mark === 'all' ? this.rows.length : +mark);
    process.exit(enough && !failed.some((row) => row.level === 'MUST') ? 0 : 1);
  }
}

export function assert(condition, message) {
  if (!condition) throw new Error(message);
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export function timeout(promise, ms, what) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`timeout after ${ms} ms: ${what}`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
