// Bundles charts.js into charts.min.js and collects the licences of what went in.
import {build} from 'esbuild';
import {readFileSync, readdirSync, writeFileSync} from 'node:fs';

const {metafile} = await build({
  entryPoints: ['charts.js'], outfile: 'charts.min.js', bundle: true, minify: true, format: 'iife', globalName: 'Plot',
  target: 'es2020', charset: 'ascii', legalComments: 'none', metafile: true
});

const folders = new Set();
for (const path of Object.keys(metafile.outputs['charts.min.js'].inputs)) {
  const found = path.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//);
  if (found) folders.add(found[1]);
}
let text = 'charts.min.js holds parts of these packages.\n';
for (const folder of [...folders].sort()) {
  const {name, version, license} = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const file = readdirSync(folder).find(entry => /^(licen[cs]e|unlicense)/i.test(entry));
  if (!file) throw new Error(`${name} has no licence file`);
  text += `\n=== ${name} ${version} (${license})\n\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}\n`;
}
writeFileSync('LICENSES.txt', text);
