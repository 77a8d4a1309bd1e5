import { parse } from 'graphql';
import { createClient } from 'graphql-ws';

/** The operation that a request runs; none where the server has to say what is wrong. */
function operationOf({ query, operationName }) {
  try {
    const operations = parse(query).definitions.filter(({ kind }) => kind === 'OperationDefinition');
    return operations.length === 1 ? operations[0] : operations.find(({ name }) => name?.value === operationName);
  } catch {
    return undefined;
  }
}

/** What is typed in the headers of a tab goes before what the bar says. */
function merged(bar, tab) {
  const lower = Object.entries(tab ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  return { ...bar, ...Object.fromEntries(lower) };
}

function subscribe(request, headers) {
  // one socket for each subscription: it is of whoever was signed in when it began
  const client = createClient({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql/ws`,
    connectionParams: { authorization: headers.authorization },
    // what was missed meanwhile would go unnoticed
    retryAttempts: 0,
  });
  const items = client.iterate(request);
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => items.next().catch(explain),
      return: () => items.return(),
    }),
  };
}

/** A socket that is closed says why in a few words. */
function explain(error) {
  throw typeof error?.code === 'number' ? new Error(`${error.code} ${error.reason}`) : error;
}

/** @param headers what the bar adds to each request */
export function fetcher(headers) {
  return (asked, options) => {
    const all = merged(headers(), options?.headers);
    const operation = operationOf(asked);
    // right after a change of tabs GraphiQL still names the operation of the other one
    const request = operation ? { ...asked, operationName: operation.name?.value } : asked;
    if (operation?.operation === 'subscription') return subscribe(request, all);
    const post = { method: 'POST', headers: { ...all, 'content-type': 'application/json' }, body: JSON.stringify(request) };
    return fetch('/graphql', post).then((response) => response.json());
  };
}
