// Server-Sent Events in the distinct connections mode of graphql-sse (its PROTOCOL.md): with raw fetch, and with the real client. The single
// connection mode is a MAY.
import { createClient } from 'graphql-sse';
import { Score, args, assert, ops, timeout } from './lib.mjs';

const options = args('sse-conformance.mjs URL [--header "authorization: Bearer …"] [--at-least N]');
const [url] = options._;
const score = new Score(`GraphQL over Server-Sent Events at ${url}`);
const post = (body, x = {}) =>
  timeout(
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...options.headers, ...x.headers },
      body: JSON.stringify(body),
      signal: x.signal,
    }),
    5000,
    'response head',
  );
async function events(res, max = 100, ms = 8000) {
  const out = [];
  let buf = '';
  const dec = new TextDecoder();
  const rd = res.body.getReader();
  const end = Date.now() + ms;
  const times = [];
  for (;;) {
    const { done, value } = await timeout(rd.read(), Math.max(1, end - Date.now()), 'event');
    if (done) return { out, ended: true, times };
    buf += dec.decode(value, { stream: true }).replace(/\r\n/g, '\n');
    let i;
    while ((i = buf.indexOf('\n\n')) >= 0) {
      const ev = { event: 'message', data: '' };
      for (const l of buf.slice(0, i).split('\n')) {
        if (l.startsWith(':')) ev.comment = true;
        const m = /^(\w+):? ?(.*)$/.exec(l);
        if (m?.[1] === 'event') ev.event = m[2];
        if (m?.[1] === 'data') ev.data += (ev.data ? '\n' : '') + m[2];
      }
      buf = buf.slice(i + 2);
      if (ev.comment && !ev.data && ev.event === 'message') continue;
      out.push(ev);
      times.push(Date.now());
      if (out.length >= max) {
        await rd.cancel().catch(() => {});
        return { out, ended: false, times };
      }
    }
  }
}
const isSse = (r) =>
  assert((r.headers.get('content-type') ?? '').includes('text/event-stream'), `HTTP ${r.status} ${r.headers.get('content-type')}`);
const T = (l, i, t, f) => score.run(l, i, t, f);

await T('MUST', 'S1', 'POST subscription with Accept: text/event-stream answers 200 text/event-stream', async () => {
  const r = await post({ query: ops.subscription });
  const ct = r.headers.get('content-type');
  r.body.cancel();
  assert(r.status === 200 && ct?.includes('text/event-stream'), `HTTP ${r.status} ${ct}`);
});

await T('MUST', 'S2', 'next events, then a complete event, then the end', async () => {
  const r = await post({ query: ops.subscription });
  isSse(r);
  const { out, ended } = await events(r);
  assert(
    out.filter((e) => e.event === 'next').length === ops.subscriptionCount && out.at(-1).event === 'complete' && ended,
    JSON.stringify(out),
  );
  JSON.parse(out[0].data);
});

await T('MUST', 'S3', 'events come as they happen, not at the end', async () => {
  const r = await post({ query: ops.longSubscription });
  isSse(r);
  const { out, times } = await events(r, 5);
  assert(out.length === 5 && times[4] - times[0] > 50, `spread ${times.at(-1) - times[0]} ms`);
});

await T('MUST', 'S4', 'GET subscription with ?query= (as EventSource does)', async () => {
  const u = new URL(url);
  u.searchParams.set('query', ops.subscription);
  const r = await timeout(fetch(u, { headers: { accept: 'text/event-stream', ...options.headers } }), 5000, 'head');
  isSse(r);
  const { out } = await events(r);
  assert(out.at(-1).event === 'complete', JSON.stringify(out));
});

await T('MUST', 'S5', 'a validation error comes as a next event with errors, status 200', async () => {
  const r = await post({ query: ops.subscriptionValidationError });
  isSse(r);
  assert(r.status === 200, r.status);
  const { out } = await events(r);
  const d = JSON.parse(out[0].data);
  assert(out[0].event === 'next' && d.errors?.length && !('data' in d), JSON.stringify(out));
});

await T('MUST', 'S11', 'the complete event has a data: line (a native EventSource drops an event without one)', async () => {
  const r = await post({ query: ops.subscription });
  isSse(r);
  const t = (await r.text()).replace(/\r\n/g, '\n');
  const b = t.split('\n\n').find((x) => /^event: ?complete/m.test(x));
  assert(b && /^data:/m.test(b), JSON.stringify(b));
});

await T('SHOULD', 'S6', 'a query with Accept: text/event-stream answers one next and complete', async () => {
  const r = await post({ query: ops.query });
  isSse(r);
  const { out } = await events(r);
  assert(out[0].event === 'next' && out.at(-1).event === 'complete' && out.length === 2, JSON.stringify(out));
});

await T('SHOULD', 'S7', 'a malformed JSON body answers 400 (or one next event with errors)', async () => {
  const r = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...options.headers },
    body: '{ "',
  });
  const t = await r.text();
  assert(r.status === 400 || /event: next[^]*errors/.test(t), `${r.status} ${t.slice(0, 100)}`);
});

await T('MUST', 'S8', 'a subscription asked with Accept: application/json does not answer 200 with an endless or half result', async () => {
  const r = await timeout(
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...options.headers },
      body: JSON.stringify({ query: ops.subscription }),
    }),
    5000,
    'head',
  );
  const t = await r.text();
  assert(r.status >= 400 || JSON.parse(t).errors?.length, `HTTP ${r.status} ${t.slice(0, 120)}`);
  return `HTTP ${r.status} ${t.slice(0, 120)}`;
});

await T('SHOULD', 'S9', 'a mutation over GET event-stream is refused', async () => {
  const u = new URL(url);
  u.searchParams.set('query', 'mutation { __typename }');
  const r = await timeout(fetch(u, { headers: { accept: 'text/event-stream', ...options.headers } }), 5000, 'head');
  const t = await r.text();
  assert(r.status >= 400 || /errors/.test(t), `HTTP ${r.status} ${t.slice(0, 100)}`);
});

await T('INFO', 'S10', 'a keep-alive comment or event within 16 s on a quiet stream', async () => {
  const r = await post({ query: ops.quietSubscription });
  isSse(r);
  const rd = r.body.getReader();
  let t = '';
  const end = Date.now() + 16000;
  try {
    while (Date.now() < end) {
      const { value, done } = await timeout(rd.read(), end - Date.now(), 'byte');
      if (done) break;
      t += new TextDecoder().decode(value);
      if (t.trim()) return JSON.stringify(t.slice(0, 40));
    }
  } finally {
    rd.cancel().catch(() => {});
  }
  throw new Error('silent');
});
const mk = (x = {}) => createClient({ url, headers: options.headers, retryAttempts: 0, ...x });

await T('CLIENT', 'C1', 'graphql-sse client, distinct connections: subscription', async () => {
  const c = mk();
  const got = [];
  for await (const r of c.iterate({ query: ops.subscription })) got.push(r);
  c.dispose();
  assert(got.length === ops.subscriptionCount, `${got.length}`);
});

await T('CLIENT', 'C2', 'graphql-sse client: break off mid-stream ends the request', async () => {
  const c = mk();
  let n = 0;
  for await (const _ of c.iterate({ query: ops.longSubscription })) if (++n === 3) break;
  c.dispose();
});

await T('CLIENT', 'C3', 'graphql-sse client: query and mutation', async () => {
  const c = mk();
  for (const q of [ops.query, ops.mutation]) {
    const got = [];
    for await (const r of c.iterate({ query: q })) got.push(r);
    assert(got.length === 1 && got[0].data, JSON.stringify(got));
  }
  c.dispose();
});

await T('CLIENT', 'C4', 'graphql-sse client: 20 distinct connections at once', async () => {
  const c = mk();
  const r = await Promise.all(
    Array.from({ length: 20 }, async () => {
      let n = 0;
      for await (const _ of c.iterate({ query: ops.subscription })) n++;
      return n;
    }),
  );
  c.dispose();
  assert(
    r.every((n) => n === ops.subscriptionCount),
    r.join(),
  );
});

await T('MAY', 'X1', 'single connection mode: PUT gives 201 and a token', async () => {
  const r = await fetch(url, { method: 'PUT', headers: options.headers });
  const t = await r.text();
  assert(r.status === 201 && t.length > 0, `HTTP ${r.status}`);
});

await T('MAY', 'X2', 'graphql-sse client, single connection mode: subscription', async () => {
  const c = mk({ singleConnection: true });
  const got = [];
  await timeout(
    (async () => {
      for await (const r of c.iterate({ query: ops.subscription })) got.push(r);
    })(),
    5000,
    'stream',
  );
  c.dispose();
  assert(got.length === ops.subscriptionCount, `${got.length}`);
});
score.finish(options);
