// Global Object Identification, Cursor Connections and conventions of servers: on the schema, and on a running server.
import { readFileSync } from 'node:fs';
import {
  buildSchema,
  isInterfaceType,
  isListType,
  isObjectType,
  isInputObjectType,
  isScalarType,
  getNamedType,
  getNullableType,
} from 'graphql';
import { Score, args, assert, ops } from './lib.mjs';

const options = args('relay-rules.mjs SCHEMA --url URL [--header "authorization: Bearer …"] [--at-least N]');
const schema = buildSchema(readFileSync(options._[0], 'utf8'));
const score = new Score(`Relay rules of ${options._[0]}`);
const T = (l, i, t, f) => score.run(l, i, t, f);
const all = Object.values(schema.getTypeMap()).filter((t) => !t.name.startsWith('__'));
const Q = schema.getQueryType().getFields();
const str = String;

await T('MUST', 'G1', 'interface Node { id: ID! } exists, with only id', () => {
  const n = schema.getType('Node');
  assert(isInterfaceType(n) && str(n.getFields().id?.type) === 'ID!' && Object.keys(n.getFields()).length === 1, 'no');
});

await T('MUST', 'G2', 'Query.node(id: ID!): Node, nullable', () => {
  assert(
    Q.node && str(Q.node.type) === 'Node' && Q.node.args.length === 1 && str(Q.node.args[0].type) === 'ID!',
    Q.node ? `${Q.node.args.map((a) => `${a.name}: ${a.type}`)} : ${Q.node.type}` : 'absent',
  );
});

await T('SHOULD', 'G3', 'Query.nodes(ids: [ID!]!): [Node]!', () => {
  assert(Q.nodes && str(Q.nodes.type) === '[Node]!' && str(Q.nodes.args[0].type) === '[ID!]!', Q.nodes ? str(Q.nodes.type) : 'absent');
});

await T('SHOULD', 'G4', 'every object type with id: ID! implements Node', () => {
  const bad = all
    .filter(
      (t) =>
        isObjectType(t) && t.getFields().id && str(t.getFields().id.type) === 'ID!' && !t.getInterfaces().some((i) => i.name === 'Node'),
    )
    .map((t) => t.name);
  assert(!bad.length, bad.join());
});
const pi = schema.getType('PageInfo');

await T('MUST', 'C1', 'PageInfo: hasPreviousPage, hasNextPage Boolean!, startCursor, endCursor String', () => {
  const f = pi?.getFields() ?? {};
  const bad = [
    ['hasPreviousPage', 'Boolean!'],
    ['hasNextPage', 'Boolean!'],
    ['startCursor', 'String'],
    ['endCursor', 'String'],
  ].filter(([n, t]) => !f[n] || (str(f[n].type) !== t && str(f[n].type) !== `${t}!`));
  assert(!bad.length, bad.join(' '));
});
const conns = all.filter((t) => isObjectType(t) && t.name.endsWith('Connection'));

await T('MUST', 'C2', 'there is a connection', () => {
  assert(conns.length, 'none');
  return conns.map((c) => c.name).join();
});
for (const c of conns) {
  const f = c.getFields();

  await T('MUST', 'C3', `${c.name}.pageInfo: PageInfo!`, () => assert(str(f.pageInfo?.type) === 'PageInfo!', str(f.pageInfo?.type)));

  await T('MUST', 'C4', `${c.name}.edges is a list of ${c.name.replace(/Connection$/, '')}Edge`, () => {
    const t = getNullableType(f.edges?.type);
    assert(isListType(t) && getNamedType(t).name.endsWith('Edge'), str(f.edges?.type));
  });

  await T('MUST', 'C5', `${c.name}: edge has cursor: String (or scalar) and node, node not a list`, () => {
    const e = getNamedType(f.edges.type).getFields();
    assert(e.cursor && isScalarType(getNamedType(e.cursor.type)) && e.node && !isListType(getNullableType(e.node.type)), 'no');
  });
  for (const t of all.filter(isObjectType))
    for (const x of Object.values(t.getFields()))
      if (getNamedType(x.type) === c) {
        await T('MUST', 'C6', `${t.name}.${x.name} takes first/after or last/before (Int, String)`, () => {
          const a = Object.fromEntries(x.args.map((y) => [y.name, str(y.type)]));
          const ok = (n, ty) => a[n] === ty || a[n] === `${ty}!`;
          assert((ok('first', 'Int') && ok('after', 'String')) || (ok('last', 'Int') && ok('before', 'String')), JSON.stringify(a));
        });
      }
}

await T('SHOULD', 'N1', 'mutations take one argument input: XInput! and return XPayload', () => {
  const m = schema.getMutationType()?.getFields() ?? {};
  const bad = Object.values(m)
    .filter(
      (x) =>
        !(
          x.args.length === 1 &&
          x.args[0].name === 'input' &&
          isInputObjectType(getNamedType(x.args[0].type)) &&
          getNamedType(x.type).name.endsWith('Payload')
        ),
    )
    .map((x) => x.name);
  assert(!bad.length, bad.join());
});

await T('SHOULD', 'N2', 'every type and every field has a description', () => {
  const bad = [];
  for (const t of all) {
    if (['String', 'Int', 'Float', 'Boolean', 'ID'].includes(t.name)) continue;
    if (!t.description && ![schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].includes(t)) bad.push(t.name);
    if (t.getFields) for (const f of Object.values(t.getFields())) if (!f.description) bad.push(`${t.name}.${f.name}`);
  }
  assert(!bad.length, `${bad.length}: ${bad.slice(0, 8).join()}`);
});

await T('SHOULD', 'N3', 'custom scalars carry @specifiedBy', () => {
  const bad = all
    .filter((t) => isScalarType(t) && !['String', 'Int', 'Float', 'Boolean', 'ID'].includes(t.name) && !t.specifiedByURL)
    .map((t) => t.name);
  assert(!bad.length, bad.join());
});
if (options.url) {
  const ask = async (query, variables) => {
    const r = await fetch(options.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...options.headers },
      body: JSON.stringify({ query, variables }),
    });
    return r.json();
  };
  const page = async (v) => {
    const r = await ask(ops.relayProbe, v);
    assert(!r.errors, JSON.stringify(r.errors));
    return r.data.c;
  };
  const ids = (c) => c.edges.map((e) => e.node.id);

  await T('MUST', 'L1', 'first: 3 gives 3 edges, hasNextPage, cursors of pageInfo match the edges', async () => {
    const c = await page({ f: 3 });
    assert(
      c.edges.length === 3 &&
        c.pageInfo.hasNextPage === true &&
        c.pageInfo.startCursor === c.edges[0].cursor &&
        c.pageInfo.endCursor === c.edges[2].cursor,
      JSON.stringify(c),
    );
  });

  await T('MUST', 'L2', 'walking forward by endCursor visits every node once', async () => {
    const seen = [];
    let a = null;
    for (let i = 0; i < 1000; i++) {
      const c = await page({ f: 4, a });
      seen.push(...ids(c));
      if (!c.pageInfo.hasNextPage) break;
      a = c.pageInfo.endCursor;
    }
    assert(new Set(seen).size === seen.length && seen.length > 4, `${seen.length} seen, ${new Set(seen).size} different`);
    return `${seen.length} nodes`;
  });

  await T('MUST', 'L3', 'walking backward by startCursor gives the same nodes', async () => {
    const fw = [];
    let a = null;
    for (;;) {
      const c = await page({ f: 7, a });
      fw.push(...ids(c));
      if (!c.pageInfo.hasNextPage) break;
      a = c.pageInfo.endCursor;
    }
    let bw = [],
      b = null;
    for (;;) {
      const c = await page({ l: 7, b });
      bw = [...ids(c), ...bw];
      if (!c.pageInfo.hasPreviousPage) break;
      b = c.pageInfo.startCursor;
    }
    assert(JSON.stringify(fw) === JSON.stringify(bw), `${fw.length} forward, ${bw.length} backward`);
  });

  await T('MUST', 'L4', 'first: 0 gives no edges and no error', async () => {
    const c = await page({ f: 0 });
    assert(c.edges.length === 0, JSON.stringify(c));
  });
  for (const [i, v] of [
    ['L5', { f: -1 }],
    ['L6', { l: -1 }],
  ])
    await T('MUST', i, `${JSON.stringify(v)} is an error`, async () => {
      const r = await ask(ops.relayProbe, v);
      assert(r.errors?.length, 'no error');
      return r.errors[0].message;
    });

  await T('SHOULD', 'L7', 'a cursor that is garbage is an error that tells nothing internal', async () => {
    const r = await ask(ops.relayProbe, { f: 1, a: 'garbage!!' });
    assert(r.errors?.length, `no error: ${JSON.stringify(r.data).slice(0, 120)}`);
    return r.errors[0].message;
  });

  await T('SHOULD', 'L8', 'first and last together is refused (discouraged by the spec)', async () => {
    const r = await ask(ops.relayProbe, { f: 2, l: 2 });
    assert(r.errors?.length, 'allowed');
    return r.errors[0].message;
  });

  await T('SHOULD', 'L9', 'first: 1000000 is refused or capped', async () => {
    const r = await ask(ops.relayProbe, { f: 1000000 });
    assert(r.errors?.length || r.data.c.pageInfo.hasNextPage, `answered ${r.data?.c.edges.length} edges`);
  });

  await T('MUST', 'L10', 'node(id) finds the node again, same type and id', async () => {
    const c = await page({ f: 2 });
    for (const e of c.edges) {
      const r = await ask('query($id: ID!) { node(id: $id) { __typename id } }', { id: e.node.id });
      assert(r.data?.node?.id === e.node.id && r.data.node.__typename === e.node.__typename, JSON.stringify(r));
    }
  });

  await T('MUST', 'L11', 'node of an unknown id is null without error', async () => {
    const r = await ask('{ node(id: "no-such-id") { id } }');
    assert(r.data && r.data.node === null && !r.errors, JSON.stringify(r).slice(0, 160));
  });

  await T('SHOULD', 'L12', 'ids are unique over types and opaque (not a bare database key)', async () => {
    const c = await page({ f: 1 });
    assert(!/^\d+$/.test(ids(c)[0]), ids(c)[0]);
    return ids(c)[0];
  });

  await T('SHOULD', 'L13', 'cursors are opaque (not a bare number)', async () => {
    const c = await page({ f: 1 });
    assert(!/^\d+$/.test(c.edges[0].cursor), `cursor ${JSON.stringify(c.edges[0].cursor)}`);
  });
}
score.finish(options);
