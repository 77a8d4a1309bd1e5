// graphql-transport-ws and the legacy graphql-ws, after the PROTOCOL.md of graphql-ws and of subscriptions-transport-ws: with raw frames,
// and with the two real clients.
import { createClient } from 'graphql-ws';
import stws from 'subscriptions-transport-ws';
import WebSocket from 'ws';
import { Score, args, assert, ops, sleep, timeout } from './lib.mjs';
import { Raw } from './ws-client.mjs';

const options = args('ws-conformance.mjs URL [--token TOKEN] [--init-timeout MS] [--header "name: value"] [--at-least N]');
const [url] = options._;
const initTimeout = +(options['init-timeout'] ?? 15000);
const payload = options.token && { authorization: `Bearer ${options.token}` };
const score = new Score(`GraphQL over WebSocket at ${url}`);
const NEW = 'graphql-transport-ws';
const OLD = 'graphql-ws';
const init = { type: 'connection_init', ...(payload && { payload }) };
const raw = (protocols) => new Raw(url, protocols, options.headers);

async function acked(proto = NEW) {
  const c = raw(proto);
  await timeout(c.open, 5000, 'handshake');
  c.send(init);
  const m = await c.next();
  assert(m.type === 'connection_ack', `expected connection_ack, got ${JSON.stringify(m)}`);
  return c;
}

async function plain(proto = NEW) {
  const c = raw(proto);
  await timeout(c.open, 5000, 'handshake');
  return c;
}

const sub = (id, query, extra = {}) => ({ id, type: 'subscribe', payload: { query, ...extra } });

async function wantClose(c, code, ms) {
  const r = await c.close(ms);
  assert(r.code === code, `closed ${r.code} "${r.reason}", want ${code}`);
  return r.reason;
}

async function drain(c, id) {
  const out = [];
  for (;;) {
    const m = await c.next(4000);
    assert(m.id === id, `unexpected ${JSON.stringify(m)}`);
    out.push(m);
    if (m.type === 'complete' || m.type === 'error') return out;
  }
}

// `k` ends the socket it is given when the case is over
const T = (level, id, title, fn) =>
  score.run(level, id, title, async () => {
    const open = [];
    try {
      return await fn((c) => (open.push(c), c));
    } finally {
      open.forEach((c) => c?.end?.());
    }
  });

// handshake
await T('MUST', 'H1', 'handshake selects graphql-transport-ws', async (k) => {
  const c = k(await plain());
  assert(c.ws.protocol === NEW, `selected "${c.ws.protocol}"`);
});

await T('MUST', 'H2', 'offered both, the server selects graphql-transport-ws', async (k) => {
  const c = k(raw([NEW, OLD]));
  await c.open;
  assert(c.ws.protocol === NEW, `selected "${c.ws.protocol}"`);
});
for (const [id, p, what] of [
  ['H3', 'some-other-protocol', 'unknown subprotocol'],
  ['H4', [], 'no subprotocol'],
]) {
  await T('MUST', id, `${what} refused (close 4406, or an HTTP 4xx at the handshake)`, async (k) => {
    const c = k(raw(p));
    let e;
    try {
      await timeout(c.open, 4000, 'handshake');
    } catch (x) {
      e = x;
    }
    if (c.status) {
      assert(c.status >= 400 && c.status < 500, `HTTP ${c.status}`);
      return `HTTP ${c.status}`;
    }
    if (e && /subprotocol/i.test(e.message)) return 'no subprotocol selected: the client gives up';
    if (e) throw e;
    return wantClose(c, 4406);
  });
  if (id === 'H4')
    await T('EXACT', `${id}x`, `${what}: exactly close code 4406 (what graphql-ws does; the document names no code)`, async (k) => {
      const c = k(raw(p));
      try {
        await timeout(c.open, 4000, 'handshake');
      } catch (x) {
        if (c.status) throw x;
      }
      return wantClose(c, 4406);
    });
}

// connection_init

await T('MUST', 'I1', 'connection_init is answered by connection_ack', async (k) => {
  k(await acked());
});

await T('MUST', 'I2', 'connection_init with an object payload is accepted', async (k) => {
  const c = k(await plain());
  c.send({ type: 'connection_init', payload: payload ?? { some: true } });
  const m = await c.next();
  assert(m.type === 'connection_ack', JSON.stringify(m));
});

await T('MUST', 'I3', 'a second connection_init after the ack closes 4429', async (k) => {
  const c = k(await acked());
  c.send(init);
  return wantClose(c, 4429);
});

await T('MUST', 'I4', 'two connection_init back to back close 4429', async (k) => {
  const c = k(await plain());
  c.send(init);
  c.send(init);
  return wantClose(c, 4429);
});

await T('MUST', 'I5', `no connection_init within ${initTimeout} ms closes 4408`, async (k) => {
  const c = k(await plain());
  return wantClose(c, 4408, initTimeout);
});

await T('MUST', 'I6', 'connection_init payload that is not an object closes 4400', async (k) => {
  const c = k(await plain());
  c.send({ type: 'connection_init', payload: 'x' });
  return wantClose(c, 4400);
});

await T('SHOULD', 'I7', 'a refused connection_init closes 4403 (or 4401)', async (k) => {
  const c = k(await plain());
  c.send({ type: 'connection_init', payload: { authorization: 'Bearer wrong' } });
  const r = await c.close();
  assert([4401, 4403].includes(r.code), `closed ${r.code} "${r.reason}"`);
  return `${r.code} ${r.reason}`;
});

// subscribe before ack
await T('MUST', 'U1', 'subscribe before connection_init closes 4401', async (k) => {
  const c = k(await plain());
  c.send(sub('1', ops.query));
  return wantClose(c, 4401);
});

// ping pong
await T('MUST', 'P1', 'ping is answered by pong', async (k) => {
  const c = k(await acked());
  c.send({ type: 'ping' });
  const m = await c.next();
  assert(m.type === 'pong', JSON.stringify(m));
});

await T('MUST', 'P2', 'ping before the ack is answered by pong', async (k) => {
  const c = k(await plain());
  c.send({ type: 'ping' });
  const m = await c.next();
  assert(m.type === 'pong', JSON.stringify(m));
});

await T('MUST', 'P3', 'ping with a payload keeps the socket open and is answered', async (k) => {
  const c = k(await acked());
  c.send({ type: 'ping', payload: { a: 1 } });
  const m = await c.next();
  assert(m.type === 'pong', JSON.stringify(m));
  return JSON.stringify(m.payload ?? null);
});

await T('MUST', 'P4', 'an unsolicited pong is tolerated', async (k) => {
  const c = k(await acked());
  c.send({ type: 'pong' });
  c.send({ type: 'ping' });
  const m = await c.next();
  assert(m.type === 'pong', JSON.stringify(m));
});

await T('MUST', 'P5', 'ping is answered while a subscription is running', async (k) => {
  const c = k(await acked());
  c.send(sub('1', ops.longSubscription));
  await c.next();
  c.send({ type: 'ping' });
  for (let i = 0; i < 50; i++) {
    const m = await c.next();
    if (m.type === 'pong') return;
  }
  throw new Error('no pong');
});

// operations
await T('MUST', 'O1', 'a query gives one next, then complete', async (k) => {
  const c = k(await acked());
  c.send(sub('q', ops.query));
  const m = await drain(c, 'q');
  assert(m.map((x) => x.type).join() === 'next,complete', JSON.stringify(m));
  assert(m[0].payload.data, 'no data');
});

await T('MUST', 'O2', 'a mutation gives one next, then complete', async (k) => {
  const c = k(await acked());
  c.send(sub('m', ops.mutation));
  const m = await drain(c, 'm');
  assert(m.map((x) => x.type).join() === 'next,complete' && !m[0].payload.errors, JSON.stringify(m));
});

await T('MUST', 'O3', 'a subscription gives its nexts, then complete', async (k) => {
  const c = k(await acked());
  c.send(sub('s', ops.subscription));
  const m = await drain(c, 's');
  assert(m.length === ops.subscriptionCount + 1 && m.at(-1).type === 'complete', JSON.stringify(m));
});

await T('MUST', 'O4', 'two subscriptions on one socket interleave with their own ids', async (k) => {
  const c = k(await acked());
  c.send(sub('a', ops.longSubscription));
  c.send(sub('b', ops.longSubscription));
  const seen = { a: 0, b: 0 };
  for (let i = 0; i < 12; i++) {
    const m = await c.next();
    assert(m.type === 'next', JSON.stringify(m));
    seen[m.id]++;
  }
  assert(seen.a >= 3 && seen.b >= 3, JSON.stringify(seen));
  return JSON.stringify(seen);
});

await T('MUST', 'O5', 'variables and a null operationName are taken', async (k) => {
  const c = k(await acked());
  c.send(sub('v', ops.variableQuery, { variables: ops.variableQueryVars, operationName: null }));
  const m = await drain(c, 'v');
  assert(m[0].type === 'next' && !m[0].payload.errors, JSON.stringify(m));
});

await T('MUST', 'O6', 'operationName selects among several operations', async (k) => {
  const c = k(await acked());
  c.send(sub('n', ops.namedQuery, { operationName: 'B' }));
  const m = await drain(c, 'n');
  assert(m[0].payload?.data?.b, JSON.stringify(m));
});

// complete
await T('MUST', 'C1', 'complete mid-stream stops the nexts and leaves the socket open', async (k) => {
  const c = k(await acked());
  c.send(sub('s', ops.longSubscription));
  await c.next();
  c.send({ id: 's', type: 'complete' });
  await c.quiet(150);
  const late = (await c.quiet(400)).filter((m) => m.id === 's' && m.type === 'next');
  assert(!late.length, `${late.length} nexts after complete`);
  assert(!c.closed, 'closed');
});

await T('SHOULD', 'C2', 'no complete is echoed for a complete sent by the client', async (k) => {
  const c = k(await acked());
  c.send(sub('s', ops.longSubscription));
  await c.next();
  c.send({ id: 's', type: 'complete' });
  const m = (await c.quiet(400)).filter((x) => x.type === 'complete');
  assert(!m.length, 'complete echoed');
});

await T('MUST', 'C3', 'the id can be used again after complete', async (k) => {
  const c = k(await acked());
  c.send(sub('s', ops.query));
  await drain(c, 's');
  c.send(sub('s', ops.query));
  const m = await drain(c, 's');
  assert(m[0].type === 'next', JSON.stringify(m));
});

await T('MUST', 'C4', 'complete for an unknown id is ignored', async (k) => {
  const c = k(await acked());
  c.send({ id: 'nope', type: 'complete' });
  c.send({ type: 'ping' });
  const m = await c.next();
  assert(m.type === 'pong', JSON.stringify(m));
});

await T('MUST', 'D1', 'a duplicate id of a running subscription closes 4409', async (k) => {
  const c = k(await acked());
  c.send(sub('s', ops.longSubscription));
  await c.next();
  c.send(sub('s', ops.longSubscription));
  return wantClose(c, 4409);
});

// errors
const wantError = (m) => {
  assert(m.length === 1 && m[0].type === 'error', `got ${m.map((x) => x.type).join()} ${JSON.stringify(m).slice(0, 120)}`);
  assert(Array.isArray(m[0].payload) && m[0].payload[0]?.message, 'payload is not a list of errors');
};

await T('MUST', 'E1', 'a validation error gives one error message (a list), no complete', async (k) => {
  const c = k(await acked());
  c.send(sub('e', ops.validationError));
  const m = await drain(c, 'e');
  wantError(m);
  const more = (await c.quiet(200)).filter((x) => x.id === 'e');
  assert(!more.length, 'messages after error');
});

await T('SHOULD', 'E2', 'a parse error gives one error message, socket stays open', async (k) => {
  const c = k(await acked());
  c.send(sub('e', ops.parseError));
  const m = await drain(c, 'e');
  wantError(m);
  c.send({ type: 'ping' });
  await c.next();
});

await T('MUST', 'E3', 'a subscription validation error gives one error message', async (k) => {
  const c = k(await acked());
  c.send(sub('e', ops.subscriptionValidationError));
  wantError(await drain(c, 'e'));
});

await T('MUST', 'E4', 'a resolver error gives next with errors, then complete', async (k) => {
  const c = k(await acked());
  c.send(sub('e', ops.resolverError));
  const m = await drain(c, 'e');
  assert(m[0].type === 'next' && m[0].payload.errors?.length && m.at(-1).type === 'complete', JSON.stringify(m).slice(0, 160));
});

// invalid messages
const BAD = [
  ['B1', 'text that is not JSON', 'hello'],
  ['B2', 'an unknown type', { type: 'whatever' }],
  ['B3', 'no type', { id: '1' }],
  ['B4', 'a JSON array', []],
  ['B5', 'subscribe without id', { type: 'subscribe', payload: { query: ops.query } }],
  ['B6', 'subscribe with a number id', { type: 'subscribe', id: 1, payload: { query: ops.query } }],
  ['B7', 'subscribe without payload', { type: 'subscribe', id: '1' }],
  ['B8', 'subscribe without query', { type: 'subscribe', id: '1', payload: {} }],
  ['B9', 'subscribe with an empty id', { type: 'subscribe', id: '', payload: { query: ops.query } }],
  ['B10', 'complete without id', { type: 'complete' }],
  ['B11', 'legacy type "start" on graphql-transport-ws', { type: 'start', id: '1', payload: { query: ops.query } }],
  ['B12', 'server-only type "next"', { type: 'next', id: '1', payload: { data: {} } }],
  ['B13', 'ping with a string payload', { type: 'ping', payload: 'x' }],
];
for (const [id, what, m] of BAD)
  await T(['B9', 'B12'].includes(id) ? 'SHOULD' : 'MUST', id, `invalid message (${what}) closes 4400`, async (k) => {
    const c = k(await acked());
    c.send(m);
    if (id !== 'B12') return wantClose(c, 4400, 1500);
    const r = await c.close(1500);
    assert([4400, 4500].includes(r.code), `closed ${r.code} "${r.reason}", want 4400 or 4500`);
  });

await T('MUST', 'B14', 'invalid message before the ack closes 4400', async (k) => {
  const c = k(await plain());
  c.send('nonsense');
  return wantClose(c, 4400, 1500);
});

// close
await T('MUST', 'Z1', 'a client close 1000 is answered by a close', async (k) => {
  const c = k(await acked());
  c.send(sub('s', ops.longSubscription));
  await c.next();
  c.ws.close(1000);
  const r = await c.close(3000);
  assert([1000, 1005].includes(r.code), `closed ${r.code}`);
});

await T('INFO', 'Z2', 'an idle acked socket gets a ping (WS or protocol) within 13 s', async (k) => {
  const c = k(await acked());
  const end = Date.now() + 13000;
  while (Date.now() < end) {
    if (c.pings || c.q.some((m) => m.type === 'ping')) return c.pings ? 'ws ping' : 'protocol ping';
    await sleep(200);
  }
  throw new Error('no ping');
});

// the real graphql-ws client
const mk = (x = {}) =>
  createClient({
    url,
    webSocketImpl: class extends WebSocket {
      constructor(u, p) {
        super(u, p, { headers: options.headers });
      }
    },
    connectionParams: payload,
    retryAttempts: 0,
    lazyCloseTimeout: 0,
    ...x,
  });

await T('CLIENT', 'N1', 'graphql-ws client: subscription by async iterator', async () => {
  const c = mk();
  const got = [];
  for await (const r of c.iterate({ query: ops.subscription })) got.push(r);
  await c.dispose();
  assert(got.length === ops.subscriptionCount, `${got.length} results`);
});

await T('CLIENT', 'N2', 'graphql-ws client: query and mutation', async () => {
  const c = mk();
  for (const q of [ops.query, ops.mutation]) {
    const r = [];
    for await (const x of c.iterate({ query: q })) r.push(x);
    assert(r.length === 1 && r[0].data, JSON.stringify(r));
  }
  await c.dispose();
});

await T('CLIENT', 'N3', 'graphql-ws client: break off mid-stream, then go on using the socket', async () => {
  const c = mk({ lazy: false });
  let n = 0;
  for await (const _ of c.iterate({ query: ops.longSubscription })) if (++n === 2) break;
  const r = [];
  for await (const x of c.iterate({ query: ops.query })) r.push(x);
  assert(r[0].data, 'no data');
  await c.dispose();
});

await T('CLIENT', 'N4', 'graphql-ws client: a validation error arrives as sink error', async () => {
  const c = mk();
  const r = await timeout(
    new Promise((res) => {
      let nexts = 0;
      c.subscribe({ query: ops.validationError }, { next: () => nexts++, error: (e) => res({ e, nexts }), complete: () => res({ nexts }) });
    }),
    4000,
    'sink',
  );
  await c.dispose();
  assert(Array.isArray(r.e), `sink got ${r.nexts} next and ${r.e ? 'a non-list error' : 'complete, no error'}`);
});

await T('CLIENT', 'N5', 'graphql-ws client: keepAlive pings', async () => {
  const c = mk({ keepAlive: 150 });
  let pongs = 0;
  c.on('pong', (rec) => {
    if (rec) pongs++;
  });
  let n = 0;
  for await (const _ of c.iterate({ query: ops.longSubscription })) if (++n === 15) break;
  await c.dispose();
  assert(pongs >= 2, `${pongs} pongs`);
  return `${pongs} pongs`;
});

// legacy
await T('LEGACY', 'L1', 'handshake selects graphql-ws (legacy)', async (k) => {
  const c = k(await plain(OLD));
  assert(c.ws.protocol === OLD, c.ws.protocol);
});

await T('LEGACY', 'L2', 'start gives data then complete', async (k) => {
  const c = k(await acked(OLD));
  c.send({ id: '1', type: 'start', payload: { query: ops.subscription } });
  const m = await drain(c, '1');
  assert(m[0].type === 'data' && m.at(-1).type === 'complete' && m.length === ops.subscriptionCount + 1, JSON.stringify(m).slice(0, 160));
});

await T('LEGACY', 'L3', 'stop ends the stream', async (k) => {
  const c = k(await acked(OLD));
  c.send({ id: '1', type: 'start', payload: { query: ops.longSubscription } });
  await c.next();
  c.send({ id: '1', type: 'stop' });
  await c.quiet(150);
  const late = (await c.quiet(300)).filter((m) => m.type === 'data');
  assert(!late.length, 'data after stop');
});

await T('LEGACY', 'L4', 'connection_terminate closes the socket', async (k) => {
  const c = k(await acked(OLD));
  c.send({ type: 'connection_terminate' });
  const r = await c.close(2000);
  return String(r.code);
});

await T('LEGACY', 'L5', 'a validation error gives type error, or data with errors', async (k) => {
  const c = k(await acked(OLD));
  c.send({ id: '1', type: 'start', payload: { query: ops.validationError } });
  const m = await c.next();
  assert(m.type === 'error' || (m.type === 'data' && m.payload.errors?.length), JSON.stringify(m).slice(0, 140));
});

await T('LEGACY', 'L6', 'subscriptions-transport-ws client: subscription', async () => {
  const c = new stws.SubscriptionClient(
    url,
    { connectionParams: payload, reconnect: false },
    class extends WebSocket {
      constructor(u, p) {
        super(u, p, { headers: options.headers });
      }
    },
  );
  const got = [];
  await timeout(
    new Promise((res, rej) => c.request({ query: ops.subscription }).subscribe({ next: (x) => got.push(x), error: rej, complete: res })),
    5000,
    'complete',
  );
  c.close();
  assert(got.length === ops.subscriptionCount, `${got.length} results`);
});

score.finish(options);
