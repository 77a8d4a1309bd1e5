// Uses the page as somebody would, in Chromium, and watches the network: `node browser.mjs http://127.0.0.1:8000 [PICTURE.png]`. The server
// holds the demonstration, and listens on loopback.
import { writeFileSync } from 'node:fs';
import { Chromium } from './chromium.mjs';

const [base, picture] = process.argv.slice(2);
const url = `${base}/graphiql`;
const EXAMPLES = ['OpenCases', 'BlowTheWhistle', 'Live', 'Figures'];
const RUN = '.graphiql-execute-button';

function check(holds, what) {
  if (!holds) throw new Error(`not so: ${what}`);
  console.log(`ok  ${what}`);
}

/** What the page shows as the answer, as soon as this holds for it. */
async function answer(page, what, condition) {
  const shown = `document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()`;
  try {
    return await page.until(what, `(() => {
      const answer = JSON.parse(${shown});
      return ${condition} && answer;
    })()`);
  } catch (error) {
    throw new Error(`${error.message}\n${await page.look(shown)}`);
  }
}

async function tab(page, name) {
  const found = `[...document.querySelectorAll('.graphiql-tab-button')].find((tab) => tab.textContent.trim() === '${name}')`;
  await page.until(`the tab ${name}`, `(() => { const tab = ${found}; if (tab) tab.dataset.name = '${name}'; return !!tab })()`);
  await page.click(`[data-name=${name}]`);
  await page.until(`the tab ${name} is shown`, `document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.getValue().includes(' ${name}')`);
}

async function run(page, name) {
  await tab(page, name);
  await page.click(RUN);
}

async function ready(page, who = 'community') {
  await page.until('the sign-ins', `document.querySelector('#sign-in')?.value === '${who}'`);
  await page.until('the schema', `!document.querySelector('.graphiql-spinner') && !!document.querySelector('${RUN}')`);
  return page.look(`[...document.querySelectorAll('.graphiql-tab-button')].map((tab) => tab.textContent.trim())`);
}

const chromium = new Chromium();
let code = 0;
try {
  const english = await chromium.open(url, 'en-GB');
  const tabs = await ready(english);
  check(EXAMPLES.every((name) => tabs.includes(name)), `the tabs are ${tabs.join(', ')}`);
  check(await english.look('document.documentElement.lang') === 'en', 'an English browser is spoken to in English');

  await run(english, 'OpenCases');
  const cases = await answer(english, 'the open cases', 'answer.data.cases.nodes.length === 3');
  check(cases.data.viewer.roles.includes('COMMUNITY_OFFICER'), 'the query shows cases to the community officer');
  if (picture) writeFileSync(picture, await english.picture());

  await english.choose('#sign-in', 'district');
  await run(english, 'Figures');
  const totals = await answer(english, 'the totals', 'answer.data.cases.totalCount > 1000');
  check(totals.data.complexes.totalCount === 485, 'signed in from the menu, the district sees its totals');

  await english.choose('#sign-in', 'community');
  await run(english, 'Live');
  const subscribed = Date.now();
  while (!english.sent.some((frame) => JSON.parse(frame).type === 'subscribe')) {
    if (Date.now() - subscribed > 10_000) throw new Error('in vain: the subscription is sent');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }

  const chinese = await chromium.open(url, 'zh-CN');
  await ready(chinese);
  check(await chinese.look('document.documentElement.lang') === 'zh-CN', 'a Chinese browser is spoken to in Chinese');
  await chinese.choose('#sign-in', 'resident');
  await run(chinese, 'BlowTheWhistle');
  const reported = await answer(chinese, 'the report', 'answer.data.reportCase.userErrors.length === 0');
  const { case: file, whistle } = reported.data.reportCase;
  check(whistle.status === 'RAISED' && whistle.target.kind === 'GRID', 'the mutation calls the grid');
  const item = await answer(english, 'the item', `answer.data.caseChanged.case.number === '${file.number}'`);
  check(item.data.caseChanged.case.title === file.title, 'the subscription tells of it in the other window');
  await english.click(RUN);

  await english.choose('#sign-in', '');
  await run(english, 'BlowTheWhistle');
  await answer(english, 'a refusal', `answer.errors[0].extensions.code === 'UNAUTHENTICATED'`);
  check(true, 'a visitor is refused, in words of the chosen language');

  const named = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'branch-secretary' }) };
  const { token } = await (await fetch(`${url}/sign-in`, named)).json();
  await english.choose('#sign-in', ' own');
  await english.click('#token');
  await english.send('Input.insertText', { text: `authorization: Bearer ${token}` });
  await run(english, 'OpenCases');
  await answer(english, 'cases of the branch', `answer.data.viewer.roles[0] === 'BRANCH_SECRETARY'`);
  check(true, 'a token is pasted, as it is printed');

  // what else writes styles or fetches something
  await tab(english, 'OpenCases');
  await english.click('.graphiql-query-editor .CodeMirror');
  await english.look(`(() => { const editor = document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror;
    const line = editor.getValue().split('\\n').findIndex((line) => line.trim() === 'viewer {');
    editor.setCursor(line, editor.getLine(line).length); })()`);
  await english.press(' ', 'Space', 32, 2);
  await english.until('completions', `!!document.querySelector('.CodeMirror-hints li')`);
  await english.press('Escape', 'Escape', 27);
  for (const label of ['Show Documentation Explorer', 'Show History', 'Open short keys dialog', 'Open settings dialog']) {
    await english.click(`[aria-label="${label}"]`);
    if (label.includes('dialog')) {
      await english.until(label, `!!document.querySelector('.graphiql-dialog')`);
      await english.press('Escape', 'Escape', 27);
      await english.until('the dialog closes', `!document.querySelector('.graphiql-dialog')`);
    }
  }
  check(true, 'completions, documentation, history and dialogs open');
  await english.choose('#sign-in', 'grid-worker');
  await english.click('#language');
  await english.until('the other language', `document.documentElement.lang === 'zh-CN'`);
  await ready(english, 'grid-worker');
  const text = await english.until('the example', `document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.getValue()`);
  check(/\p{Script=Han}/u.test(text.split('\n')[0]), 'the language is switched, the examples with it, and the sign-in stays');

  const pages = [english, chinese];
  const hosts = new Set(pages.flatMap((page) => page.asked).filter((url) => !url.startsWith('data:')).map((url) => new URL(url).host));
  check(hosts.size === 1 && hosts.has(new URL(base).host), `of ${pages.flatMap((page) => page.asked).length} requests all went to ${[...hosts].join(', ')}`);
  const faults = pages.flatMap((page) => page.faults);
  check(faults.length === 0, `no error, no violation of the policy ${faults.join('\n')}`);
} catch (error) {
  console.error(`FAIL  ${error.stack}`);
  if (picture) for (const page of chromium.pages()) writeFileSync(`${picture}.${page.language}.png`, await page.picture());
  code = 1;
} finally {
  await chromium.close();
}
process.exitCode = code;
