// GraphQL over HTTP: the audits that the package graphql-http brings along.
import { serverAudits } from 'graphql-http';
import { Score, args } from './lib.mjs';

const options = args('http-audit.mjs URL [--header "authorization: Bearer …"] [--at-least N]');
const [url] = options._;
const fetchFn = (to, init = {}) => fetch(to, { ...init, headers: { ...init.headers, ...options.headers } });
const score = new Score(`GraphQL over HTTP at ${url}`);
for (const audit of serverAudits({ url, fetchFn })) {
  const result = await audit.fn();
  const got = result.response ? ` | got ${result.response.status} ${result.response.headers.get('content-type')}` : '';
  const ok = result.status === 'ok';
  score.add(audit.name.split(' ')[0], audit.id, audit.name, ok, ok ? '' : `${result.reason}${got}`);
}
score.finish(options);
