// Chromium by its own protocol over a pipe: no package, no port.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PATIENCE = 60_000;

export class Chromium {
  #waiting = new Map();
  #pages = new Map();
  #last = 0;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'chuishao-chromium-'));
    const options = [
      '--headless=new', '--remote-debugging-pipe', `--user-data-dir=${this.folder}`, '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-gpu', '--disable-dev-shm-usage', '--window-size=1280,800',
      // Chromium refuses to run as root otherwise; it loads nothing but pages of our own
      ...(process.getuid() === 0 ? ['--no-sandbox'] : []),
    ];
    const bin = process.env.CHROMIUM ?? 'chromium';
    this.child = spawn(bin, options, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    this.child.on('error', (error) => { console.error(`${bin}: ${error.message}`); process.exit(1); });
    this.gone = new Promise((resolve) => this.child.once('exit', resolve));
    let rest = '';
    this.child.stdio[4].setEncoding('utf8').on('data', (text) => {
      const messages = (rest + text).split('\0');
      rest = messages.pop();
      messages.forEach((message) => this.#hear(JSON.parse(message)));
    });
  }

  #hear({ id, error, result, method, params, sessionId }) {
    if (!id) return this.#pages.get(sessionId)?.hear(method, params);
    const { resolve, reject, asked } = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) reject(new Error(`${asked}: ${error.message}`));
    else resolve(result);
  }

  send(method, params = {}, sessionId = undefined) {
    const id = ++this.#last;
    this.child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject, asked: method }));
  }

  pages() {
    return [...this.#pages.values()];
  }

  /** A window of a browser that speaks this language, with nothing stored. */
  async open(url, language) {
    const { browserContextId } = await this.send('Target.createBrowserContext');
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank', browserContextId, width: 1280, height: 800 });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page((method, params) => this.send(method, params, sessionId));
    this.#pages.set(sessionId, page);
    await page.begin(url, language);
    return page;
  }

  async close() {
    this.send('Browser.close').catch(() => {});
    await Promise.race([this.gone, new Promise((resolve) => setTimeout(resolve, 5000))]);
    this.child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

class Page {
  /** Every URL that was asked, sockets included. */
  asked = [];
  /** What is wrong with the page: violations of its policy, errors on the console, exceptions, failed requests. */
  faults = [];
  /** What went out over sockets. */
  sent = [];

  constructor(send) {
    this.send = send;
  }

  hear(method, params) {
    if (method === 'Network.requestWillBeSent') this.asked.push(params.request.url);
    if (method === 'Network.webSocketCreated') this.asked.push(params.url);
    if (method === 'Network.webSocketFrameSent') this.sent.push(params.response.payloadData);
    if (method === 'Network.responseReceived' && params.response.status >= 400) this.faults.push(`${params.response.status} ${params.response.url}`);
    if (method === 'Runtime.bindingCalled') this.faults.push(`policy: ${params.payload}`);
    if (method === 'Runtime.exceptionThrown') this.faults.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === 'Runtime.consoleAPICalled' && ['error', 'assert'].includes(params.type)) this.faults.push(params.args.map((arg) => arg.value ?? arg.description).join(' '));
    if (method === 'Log.entryAdded' && params.entry.level === 'error') this.faults.push(`${params.entry.text} ${params.entry.url ?? ''}`);
    if (method === 'Page.javascriptDialogOpening') this.send('Page.handleJavaScriptDialog', { accept: true });
  }

  async begin(url, language) {
    this.language = language;
    for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await this.send(`${domain}.enable`);
    const { result } = await this.send('Runtime.evaluate', { expression: 'navigator.userAgent' });
    await this.send('Emulation.setUserAgentOverride', { userAgent: result.value, acceptLanguage: language });
    await this.send('Runtime.addBinding', { name: 'violated' });
    const source = 'document.addEventListener("securitypolicyviolation", (e) => violated(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`))';
    await this.send('Page.addScriptToEvaluateOnNewDocument', { source });
    await this.send('Page.navigate', { url });
  }

  async look(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, returnByValue: true });
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description}`);
    return result.value;
  }

  /** The first value of the expression that is none of false, null, 0 and ''. While the page changes it may throw. */
  async until(what, expression) {
    const before = Date.now();
    let last;
    while (Date.now() - before < PATIENCE) {
      last = await this.look(expression).catch((error) => void (last = error));
      if (last) return last;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`in vain: ${what}; at last ${last}\n${this.faults.join('\n')}`);
  }

  /** By a real mouse. */
  async click(selector) {
    const place = `(() => { const box = document.querySelector(${JSON.stringify(selector)})?.getBoundingClientRect();
      return box?.width && { x: box.x + box.width / 2, y: box.y + box.height / 2 } })()`;
    const at = { ...await this.until(`a place to click: ${selector}`, place), button: 'left', clickCount: 1 };
    await this.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x: at.x, y: at.y });
    for (const type of ['mousePressed', 'mouseReleased']) await this.send('Input.dispatchMouseEvent', { type, ...at });
  }

  async press(key, code, windowsVirtualKeyCode, modifiers = 0) {
    for (const type of ['rawKeyDown', 'keyUp']) await this.send('Input.dispatchKeyEvent', { type, key, code, windowsVirtualKeyCode, modifiers });
  }

  async choose(selector, value) {
    await this.until(`${value} in ${selector}`, `(() => {
      const select = document.querySelector(${JSON.stringify(selector)});
      if (select.disabled || ![...select.options].some((option) => option.value === ${JSON.stringify(value)})) return false;
      Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value').set.call(select, ${JSON.stringify(value)});
      select.dispatchEvent(new Event('change', { bubbles: true }));
      return true;
    })()`);
    await this.until(`${value} is chosen`, `document.querySelector(${JSON.stringify(selector)}).value === ${JSON.stringify(value)}`);
  }

  async picture() {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png' });
    return Buffer.from(data, 'base64');
  }
}
