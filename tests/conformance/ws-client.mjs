// A WebSocket client that says what it is told and keeps what it hears.
import WebSocket from 'ws';
import { sleep } from './lib.mjs';

/** A socket that says raw frames. */
export class Raw {
  constructor(url, protocols, headers) {
    this.q = [];
    this.w = [];
    this.closed = null;
    this.ws = new WebSocket(url, protocols, { headers });
    this.open = new Promise((res, rej) => {
      this.ws.on('open', res);
      this.ws.on('unexpected-response', (_, r) => {
        this.status = r.statusCode;
        rej(new Error(`handshake answered HTTP ${r.statusCode}`));
        this.ws.terminate();
      });
      this.ws.on('error', rej);
    });
    this.open.catch(() => {});
    this.ws.on('message', (d) => {
      let m;
      try {
        m = JSON.parse(d.toString());
      } catch {
        m = { raw: d.toString() };
      }
      this.q.push(m);
      this.flush();
    });
    this.ws.on('close', (code, r) => {
      this.closed = { code, reason: r.toString() };
      this.flush();
    });
    this.pings = 0;
    this.ws.on('ping', () => this.pings++);
  }
  flush() {
    const w = this.w;
    this.w = [];
    for (const f of w) f();
  }
  send(m) {
    this.ws.send(typeof m === 'string' ? m : JSON.stringify(m));
  }
  async next(ms = 3000, skip = ['ka', 'ping']) {
    const end = Date.now() + ms;
    for (;;) {
      while (this.q.length) {
        const m = this.q.shift();
        if (m.type === 'ping') this.send({ type: 'pong' });
        if (!skip.includes(m.type)) return m;
      }
      if (this.closed) throw new Error(`closed ${this.closed.code} ${this.closed.reason}`);
      const left = end - Date.now();
      if (left <= 0) throw new Error(`no message in ${ms} ms`);
      await Promise.race([new Promise((r) => this.w.push(r)), sleep(left)]);
    }
  }
  async close(ms = 3000) {
    const end = Date.now() + ms;
    while (!this.closed) {
      const left = end - Date.now();
      if (left <= 0)
        throw new Error(
          `socket still open after ${ms} ms${this.q.length ? `; got ${JSON.stringify(this.q.slice(0, 2)).slice(0, 120)}` : ''}`,
        );
      await Promise.race([new Promise((r) => this.w.push(r)), sleep(left)]);
    }
    return this.closed;
  }
  async quiet(ms) {
    await sleep(ms);
    return this.q.splice(0);
  }
  end() {
    try {
      this.ws.close(1000);
    } catch {}
    setTimeout(() => {
      try {
        this.ws.terminate();
      } catch {}
    }, 300).unref();
  }
}
