// The licences of everything that is in the bundle.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** All of them ask for no more than this file. */
const WELCOME = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];

/** For packages that name it without its text. */
const MIT = (holder) => `MIT License

Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to
the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY
CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

/** @param inputs the bundler's */
export function licences(folder, inputs) {
  const packages = new Set(inputs.map((path) => path.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1]).filter(Boolean));
  const parts = [...packages].sort().map((path) => part(join(folder, path)));
  return `The page /graphiql of Chuishao contains the following packages.\n\n${parts.join('')}`;
}

function part(folder) {
  const { author, license, name, repository, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (!WELCOME.includes(license)) throw new Error(`${name}: is ${license} welcome?`);
  const file = readdirSync(folder).sort().find((entry) => /^licen[cs]e/i.test(entry));
  const holder = author?.name ?? author ?? `the authors of ${name} (${repository?.url ?? repository})`;
  if (!file && license !== 'MIT') throw new Error(`${name} comes without the text of ${license}`);
  const text = file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : MIT(holder);
  return `${'='.repeat(80)}\n${name} ${version} (${license})\n\n${text.replace(/\r/g, '').trim()}\n\n`;
}
