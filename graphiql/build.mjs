// Builds the page into src/http/graphiql: compressed assets, and the Rust table that names them. The same sources and the same lock file
// give the same bytes on every machine: the bundler is pinned, and the compressor is JavaScript, since zlib differs from machine to machine.
//
//   npm ci --ignore-scripts && npm run build             # into ../src/http/graphiql
//   npm run build -- DIRECTORY                           # elsewhere, to compare
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { gzipSync } from 'fflate';
import { licences } from './licences.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const into = process.argv[2] ?? join(here, '../src/http/graphiql');

/** Names of XML vocabularies: compared and passed on by React and the browser, never fetched. The page cannot draw its icons without. */
const NAMESPACES = [
  'http://www.w3.org/2000/svg',
  'http://www.w3.org/1998/Math/MathML',
  'http://www.w3.org/1999/xlink',
  'http://www.w3.org/XML/1998/namespace',
];
const URL_LIKE = /[a-z][a-z0-9+.-]*:\/\/[a-z0-9[][^\s"'`)<>\\]*/gi;

/** The page names no other host, not even in a link or in a message: whoever reads the assets need not wonder what is fetched. And what
 * suffers from being minified. */
function amended(text) {
  return text
    // GraphiQL links to its repository and to the manual of its editor
    .replace(/href: "https?:\/\/[^"]*",\s*target: "_blank",\s*rel: "[a-z ]*"/g, 'href: undefined')
    // descriptions in Markdown
    .replace(/\[([^\]]+)\]\(https?:\/\/[^)]+\)/g, '$1')
    // the labels of icons are made of the names of functions, which are shortened
    .replace(/generateIcon\((Svg\w+)\);/g, 'generateIcon($1, "$1");')
    .replace('function generateIcon(RawComponent) {', 'function generateIcon(RawComponent, name) {')
    .replace('RawComponent.name.replace("Svg"', 'name.replace("Svg"')
    .replace('"https://react.dev/errors/"', '"React error "')
    .replace(/https:\/\/yarnpkg\.com\S*/g, 'the manual of your package manager');
}

const texts = {
  name: 'texts',
  setup({ onLoad, onResolve }) {
    onLoad({ filter: /node_modules.*\.m?js$/ }, ({ path }) => ({ contents: amended(readFileSync(path, 'utf8')), loader: 'js' }));
    // the fonts that GraphiQL carries are ten times as large as all other styles, and lack Chinese
    onLoad({ filter: /graphiql.*\.css$/ }, ({ path }) => (
      { contents: readFileSync(path, 'utf8').replace(/@font-face\s*\{[^}]*\}/g, ''), loader: 'css' }
    ));
    // writes a <style> to keep the page from scrolling behind a dialog, which the policy of the page forbids; the page never scrolls
    onResolve({ filter: /^react-style-singleton$/ }, () => ({ path: join(here, 'src/no-style.js') }));
    onResolve({ filter: /^examples$/ }, () => ({ path: 'examples', namespace: 'examples' }));
    onLoad({ filter: /.*/, namespace: 'examples' }, () => ({ contents: JSON.stringify(examples()), loader: 'json' }));
  },
};

/** The tabs in both languages: a comment that begins with `en` or `zh` is for that one. */
function examples() {
  const folder = join(here, 'examples');
  const files = readdirSync(folder).filter((name) => name.endsWith('.graphql')).sort();
  const tab = (file, language, other) => {
    const lines = readFileSync(join(folder, file), 'utf8').split('\n').filter((line) => !line.startsWith(`# ${other} `));
    const variables = join(folder, file.replace('.graphql', '.variables.json'));
    return {
      query: lines.map((line) => line.replace(`# ${language} `, '# ')).join('\n').trimEnd(),
      ...(existsSync(variables) && { variables: readFileSync(variables, 'utf8').trimEnd() }),
    };
  };
  const tabs = (language, other) => files.map((file) => tab(file, language, other));
  return { en: tabs('en', 'zh'), zh: tabs('zh', 'en') };
}

const { outputFiles, metafile } = await build({
  absWorkingDir: here,
  bundle: true,
  charset: 'utf8',
  define: { 'process.env.NODE_ENV': '"production"' },
  entryPoints: { page: 'src/page.jsx' },
  format: 'esm',
  jsx: 'automatic',
  // beside the page instead
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  minify: true,
  outdir: 'out',
  plugins: [texts],
  target: 'es2022',
  write: false,
});

const assets = [];
function add(name, kind, text, hashed = true) {
  const named = text.match(URL_LIKE)?.filter((url) => !NAMESPACES.includes(url)) ?? [];
  if (named.length && kind !== 'text/plain') throw new Error(`${name} names ${named.join(', ')}`);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const [stem, extension] = name.split('.');
  const path = hashed ? `${stem}-${hash}.${extension}` : name;
  assets.push({ path, file: name, kind: `${kind}; charset=utf-8`, hash, hashed, bytes: gzipSync(new TextEncoder().encode(text), { level: 9, mtime: 0 }) });
  return path;
}
const source = (name) => readFileSync(join(here, 'src', name), 'utf8');
const bundled = (extension) => outputFiles.find(({ path }) => path.endsWith(extension)).text;
const paths = {
  'icon.svg': add('icon.svg', 'image/svg+xml', source('icon.svg')),
  'page.css': add('page.css', 'text/css', bundled('.css')),
  'page.js': add('page.js', 'text/javascript', bundled('.js')),
};
add('LICENCES.txt', 'text/plain', licences(here, Object.keys(metafile.inputs)), false);
const html = source('index.html').replace(/\{([a-z.]+)\}/g, (_, name) => `/graphiql/${paths[name]}`);
add('index.html', 'text/html', html, false);

const table = assets.map(({ path, file, kind, hash, hashed }) => `    Asset {
        path: "${path}",
        kind: "${kind}",
        etag: "W/\\"${hash}\\"",
        hashed: ${hashed},
        gzip: include_bytes!("assets/${file}.gz"),
    },
`);
const rust = `//! Written by graphiql/build.mjs.

use super::Asset;

pub(super) const ASSETS: &[Asset] = &[
${table.join('')}];
`;
rmSync(join(into, 'assets'), { recursive: true, force: true });
mkdirSync(join(into, 'assets'), { recursive: true });
writeFileSync(join(into, 'assets.rs'), rust);
for (const { file, bytes } of assets) {
  writeFileSync(join(into, 'assets', `${file}.gz`), bytes);
  console.log(`${String(bytes.length).padStart(8)}  ${file}.gz`);
}
