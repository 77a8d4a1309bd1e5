import { useEffect, useMemo, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { GraphiQL } from 'graphiql';
import EXAMPLES from 'examples';
import { fetcher } from './fetcher.js';
import { Shelf } from './store.js';
import { WORDS } from './words.js';
import './page.css';

const LANGUAGE = 'chuishao:language';
/** In this window only, and never the token itself. */
const SIGN_IN = 'chuishao:sign-in';
const VISITOR = '';
const OWN = ' own';
/** Whom the examples are written for. */
const FIRST = 'community';

function firstLanguage() {
  const kept = localStorage.getItem(LANGUAGE);
  return kept in WORDS ? kept : navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

const language = firstLanguage();
const words = WORDS[language];
const shelf = new Shelf(`chuishao:${language}:`);
document.documentElement.lang = words.tag;

async function asked(path, options) {
  const response = await fetch(path, options);
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}

/** A token of a sign-in of the demonstration. Servers that hold none, or are not asked on the machine they run on, offer none. */
function tokenOf(name) {
  const body = JSON.stringify({ name });
  return asked('/graphiql/sign-in', { method: 'POST', headers: { 'content-type': 'application/json' }, body }).then(({ token }) => token);
}

/** Who is signed in: what there is to choose from, what is chosen, and its token. */
function useSignIn() {
  const [names, setNames] = useState(null);
  const [name, setName] = useState(VISITOR);
  const [fault, setFault] = useState('');
  const token = useRef('');
  const turn = useRef(0);
  const choose = async (chosen) => {
    const mine = ++turn.current;
    const demo = chosen !== VISITOR && chosen !== OWN;
    token.current = '';
    setFault('');
    try {
      const fresh = demo ? await tokenOf(chosen) : '';
      if (mine !== turn.current) return;
      token.current = fresh;
      setName(chosen);
      sessionStorage.setItem(SIGN_IN, chosen);
    } catch (error) {
      if (mine !== turn.current) return;
      setName(VISITOR);
      setFault(`${words.refused}: ${error.message}`);
    }
  };
  useEffect(() => {
    asked('/graphiql/sign-ins').then(async (names) => {
      const kept = sessionStorage.getItem(SIGN_IN);
      const first = [kept, FIRST].find((wanted) => wanted === VISITOR || names.some(({ name }) => name === wanted));
      await choose(first ?? VISITOR);
      setNames(names);
    }, () => setNames([]));
  }, []);
  return { names, name, fault, token, choose };
}

/** The server says it in English, then in one word of Chinese. */
function inWords(what) {
  const last = what.lastIndexOf(' ');
  return language === 'zh' ? what.slice(last + 1) : what.slice(0, last);
}

function SignIn({ signIn }) {
  return (
    <>
      {signIn.fault && <span className="fault" role="alert">{signIn.fault}</span>}
      <label>
        {words.signIn}{' '}
        <select id="sign-in" value={signIn.name} disabled={!signIn.names} onChange={(event) => signIn.choose(event.target.value)}>
          <option value={VISITOR}>{words.visitor}</option>
          {signIn.names?.map(({ name, what }) => <option key={name} value={name}>{`${name} · ${inWords(what)}`}</option>)}
          <option value={OWN}>{words.own}</option>
        </select>
      </label>
      {signIn.name === OWN && (
        <input id="token" type="password" autoComplete="off" placeholder={words.token} aria-label={words.token}
          onChange={(event) => { signIn.token.current = event.target.value.trim().replace(/^.*\s/, ''); }} />
      )}
    </>
  );
}

function Page() {
  const signIn = useSignIn();
  const ask = useMemo(() => fetcher(() => ({
    'accept-language': words.tag,
    ...(signIn.token.current && { authorization: `Bearer ${signIn.token.current}` }),
  })), []);
  // GraphiQL reads its store once: another language and other tabs begin with a new page
  const speak = () => {
    localStorage.setItem(LANGUAGE, language === 'zh' ? 'en' : 'zh');
    location.reload();
  };
  const restore = () => {
    if (!confirm(words.reset)) return;
    shelf.empty();
    location.reload();
  };
  return (
    <>
      <header>
        <strong>吹哨 Chuishao</strong>
        <button id="examples" type="button" onClick={restore}>{words.examples}</button>
        <span className="space" />
        <SignIn signIn={signIn} />
        <button id="language" type="button" onClick={speak}>{words.other}</button>
        <a href="/graphiql/LICENCES.txt" target="_blank" rel="noopener">{words.licences}</a>
      </header>
      <main>
        {signIn.names && (
          <GraphiQL fetcher={ask} storage={shelf} defaultTabs={EXAMPLES[language]} shouldPersistHeaders={false}
            showPersistHeadersSettings={false} defaultEditorToolsVisibility="variables">
            <GraphiQL.Logo>{' '}</GraphiQL.Logo>
          </GraphiQL>
        )}
      </main>
    </>
  );
}

createRoot(document.getElementById('page')).render(<Page />);
