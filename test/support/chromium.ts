// A real browser without a window, driven through a pipe (Chrome DevTools Protocol): what a page does, and what it shows.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Test } from 'tap';
import { oracle } from './oracle.js';

type Message = {
  id?: number;
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
  error?: { message: string };
};

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--remote-debugging-pipe',
];

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  readonly scripts?: boolean;
}

/** The browser, started once for a test file and ended with it. */
export class Browser {
  /** What pages said to the console, errors that nobody caught, refusals of their policy. */
  readonly complaints: string[] = [];
  readonly #input: Writable;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  readonly #listeners = new Set<(message: Message) => void>();
  #next = 1;
  #rest = '';
  #session: string | undefined;

  private constructor(child: ChildProcess) {
    this.#input = child.stdio[3] as Writable;
    const output = child.stdio[4] as Readable;
    output.setEncoding('utf8');
    output.on('data', (text: string) => {
      const messages = (this.#rest + text).split('\0');
      this.#rest = messages.pop() as string;
      for (const message of messages) this.#receive(JSON.parse(message) as Message);
    });
  }

  /** Undefined after the test was skipped because there is no Chromium. */
  static start(t: Test): Browser | undefined {
    const program = oracle(t, 'chromium');
    if (program === undefined) return undefined;
    const profile = mkdtempSync(join(tmpdir(), 'jigdo-chromium-'));
    const child = spawn(program, [...FLAGS, `--user-data-dir=${profile}`], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    const browser = new Browser(child);
    t.teardown(async () => {
      const closed = once(child, 'close');
      browser.#input.end();
      const kill = setTimeout(() => child.kill('SIGKILL'), 5000);
      await closed;
      clearTimeout(kill);
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    });
    return browser;
  }

  /** Opens a file and waits until it is loaded. Later calls are about it. */
  async open(
    path: string,
    { width = 1280, height = 900, dark = false, scripts = true }: PageOptions = {},
  ): Promise<void> {
    if (this.#session === undefined) await this.#openTab();
    await this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    await this.send('Emulation.setEmulatedMedia', {
      features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }],
    });
    await this.send('Emulation.setScriptExecutionDisabled', { value: !scripts });
    const loaded = new Promise<void>((resolve) => {
      const listener = ({ method }: Message): void => {
        if (method !== 'Page.loadEventFired') return;
        this.#listeners.delete(listener);
        resolve();
      };
      this.#listeners.add(listener);
    });
    await this.send('Page.navigate', { url: `file://${path}` });
    await loaded;
  }

  async #openTab(): Promise<void> {
    const { targetId } = (await this.send('Target.createTarget', { url: 'about:blank' })) as { targetId: string };
    const attached = await this.send('Target.attachToTarget', { targetId, flatten: true });
    this.#session = (attached as { sessionId: string }).sessionId;
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await this.send(`${domain}.enable`);
  }

  /** The value of an expression in the page: it must be JSON. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = (await this.send('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
    })) as { result: { value: T }; exceptionDetails?: { exception?: { description?: string } } };
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? 'failed');
    return result.value;
  }

  /** Presses a key, as a person does. */
  async press(key: string): Promise<void> {
    const text = key === 'Enter' ? '\r' : key.length === 1 ? key : undefined;
    const windowsVirtualKeyCode = { Enter: 13, Tab: 9, ' ': 32 }[key];
    await this.send('Input.dispatchKeyEvent', { type: 'keyDown', key, code: key, text, windowsVirtualKeyCode });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', key, code: key, windowsVirtualKeyCode });
  }

  /** A picture of the page, PNG. */
  async screenshot(whole = false): Promise<Buffer> {
    const { data } = (await this.send('Page.captureScreenshot', { captureBeyondViewport: whole })) as { data: string };
    return Buffer.from(data, 'base64');
  }

  /** Sends a command of the protocol, to the page if one is open. */
  send(method: string, params: object = {}): Promise<unknown> {
    const id = this.#next++;
    this.#input.write(`${JSON.stringify({ id, method, params, sessionId: this.#session })}\0`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #receive(message: Message): void {
    const { id, method, params, result, error } = message;
    if (id !== undefined) {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) waiting?.reject(new Error(error.message));
      else waiting?.resolve(result);
    }
    if (method === 'Runtime.exceptionThrown' || method === 'Runtime.consoleAPICalled' || method === 'Log.entryAdded') {
      this.complaints.push(JSON.stringify(params));
    }
    if (method === 'Network.requestWillBeSent') {
      const { url } = (params as { request: { url: string } }).request;
      if (!url.startsWith('file:')) this.complaints.push(`request for ${url}`);
    }
    for (const listener of this.#listeners) listener(message);
  }
}
