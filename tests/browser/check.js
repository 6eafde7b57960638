// The pages that `tests/browser/run` made, opened as files in Chromium: at the width of a phone and of a desk, light and
// dark. Nothing may be wider than the window, be asked of any other place, or be complained of; filters, sorting and
// folding do what they say; without the script everything is there.
//
// In: the folder of the pages. Out: screenshots beside them; exit code 1 and a line for everything that is wrong.

import { chromium } from 'playwright-core';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.argv[2];
const WINDOWS = [['phone', 390, 844], ['desk', 1366, 900]];
const SCHEMES = ['light', 'dark'];
const ARGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

let checks = 0;
const wrong = [];
const hold = (where, what, fine) => {
  checks += 1;
  if (!fine) wrong.push(`${where}: ${what}`);
};

/// Opens a page in a browser of its own and listens to everything it asks for and complains of.
async function open(name, options, use) {
  const data = mkdtempSync(join(tmpdir(), 'relaycheck-browser-'));
  const browser = await chromium.launchPersistentContext(data, {
    executablePath: '/usr/bin/chromium', args: ARGS, ...options,
  });
  try {
    const page = browser.pages()[0] ?? await browser.newPage();
    const address = pathToFileURL(join(folder, `${name}.html`)).href;
    const asked = [];
    const said = [];
    page.on('request', request => asked.push(request.url()));
    page.on('console', message => said.push(message.text()));
    page.on('pageerror', error => said.push(String(error)));
    await page.addInitScript(() => {
      window.violations = [];
      document.addEventListener('securitypolicyviolation', event => {
        window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    await page.goto(address, { waitUntil: 'load' });
    await use(page);
    const where = `${name} ${options.viewport.width} ${options.colorScheme}`;
    // Links inside the page are no requests.
    hold(where, `asked for ${asked.join(', ')}`, asked.length === 1 && asked[0] === address);
    hold(where, `complained: ${said.join('; ')}`, said.length === 0);
    if (options.javaScriptEnabled !== false) {
      const violations = await page.evaluate(() => window.violations);
      hold(where, `against its policy: ${violations.join('; ')}`, violations.length === 0);
    }
  } finally {
    await browser.close();
    rmSync(data, { recursive: true, force: true });
  }
}

/// Nothing is wider than the window.
async function narrow(page, where) {
  const [inside, window, widest] = await page.evaluate(() => {
    const scrolls = element => element.closest('.scroll') !== null;
    const wide = Array.from(document.body.querySelectorAll('*')).filter(element =>
      !scrolls(element) && element.getBoundingClientRect().right > document.documentElement.clientWidth + 1);
    return [document.documentElement.scrollWidth, document.documentElement.clientWidth,
      wide.slice(0, 3).map(element => `${element.tagName}.${element.getAttribute('class')}`).join(', ')];
  });
  hold(where, `${inside} wide in ${window}`, inside <= window);
  hold(where, `sticks out: ${widest}`, widest === '');
}

/// Every text stands out from what is behind it: WCAG 2.2, 1.4.3.
async function contrast(page, where) {
  const poor = await page.evaluate(() => {
    const parts = color => color.match(/[\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
      .map(v => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
      .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = element => {
      for (let at = element; at; at = at.parentElement) {
        const color = parts(getComputedStyle(at).backgroundColor);
        if (color.length < 4 || color[3] > 0) return color;
      }
      return [255, 255, 255];
    };
    const found = new Set();
    for (const element of document.body.querySelectorAll('*')) {
      const own = Array.from(element.childNodes).some(node => node.nodeType === 3 && node.data.trim());
      if (!own || element.closest('svg, script') || !element.getClientRects().length) continue;
      const [a, b] = [light(parts(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      if (ratio < 4.5) found.add(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
    }
    return Array.from(found).slice(0, 5);
  });
  hold(where, `too little contrast: ${poor.join(', ')}`, poor.length === 0);
}

const shown = page => page.$$eval('tbody.host', all => all.filter(one => one.checkVisibility()).map(one => ({
  verdict: one.dataset.verdict, text: one.textContent.toLowerCase(),
})));

/// Filters by verdict and by text, sorts, unfolds.
async function use(page, where) {
  const all = await shown(page);
  const of = verdict => all.filter(row => row.verdict === verdict).length;
  hold(where, `${all.length} rows`, all.length === 48);
  hold(where, 'no two verdicts', of('relay-accepting') > 0 && of('rejecting') > 0);
  hold(where, 'a relay stands below another', all.findIndex(row => row.verdict !== 'relay-accepting') === of('relay-accepting'));
  for (const verdict of ['relay-accepting', 'inconclusive', 'unreachable']) {
    await page.click(`button[data-verdict="${verdict}"]`);
    const rows = await shown(page);
    const right = rows.every(row => row.verdict === verdict) && rows.length === of(verdict);
    hold(where, `${rows.length} rows for ${verdict}`, right && rows.length > 0);
    hold(where, 'not said how many', (await page.textContent('#shown')) === `${rows.length} of 48 shown`);
    const pressed = await page.$$eval('button[aria-pressed="true"]', pressed => pressed.map(one => one.dataset.verdict));
    hold(where, `pressed: ${pressed}`, pressed.length === 1 && pressed[0] === verdict);
  }
  await page.click('button[data-verdict=""]');
  await page.fill('.controls input', 'postfix STARTTLS');
  const expected = all.filter(row => row.text.includes('postfix') && row.text.includes('starttls')).length;
  await page.waitForFunction(count => document.querySelector('#shown').textContent === `${count} of 48 shown`, expected);
  const rows = await shown(page);
  hold(where, `${rows.length} rows for a text, not ${expected}`, rows.length === expected && expected > 0 && expected < 48);
  await page.fill('.controls input', 'no such text anywhere');
  await page.waitForFunction(() => document.querySelector('#shown').textContent === '0 of 48 shown');
  hold(where, 'rows for no text', (await shown(page)).length === 0);
  await page.fill('.controls input', '');
  await page.waitForFunction(() => document.querySelector('#shown').textContent === '48 of 48 shown');

  const first = page.locator('tbody.host[data-verdict="relay-accepting"]').first();
  const said = first.locator('tr.more pre').first();
  hold(where, 'unfolded at once', !(await said.isVisible()));
  await first.locator('summary').first().click();
  hold(where, 'not unfolded', await said.isVisible());
  hold(where, 'no dialogue', (await said.textContent()).includes('RCPT TO:'));
  hold(where, 'no remedy', await first.locator('.fix').first().isVisible());
  await narrow(page, `${where}, unfolded`);
  await contrast(page, `${where}, unfolded`);
  await first.scrollIntoViewIfNeeded();
  await page.screenshot({ path: join(folder, `${where.replaceAll(' ', '-')}-unfolded.png`) });

  const names = () => page.$$eval('tbody.host', rows => rows.map(row => row.dataset.verdict));
  if (await page.locator('.targets > thead').isVisible()) {
    await page.click('.targets > thead th:nth-child(2) button');
    const sorted = await names();
    hold(where, 'not sorted', sorted.every((name, at) => at === 0 || sorted[at - 1] <= name) && sorted[0] === 'auth-required');
    await page.click('.targets > thead th:nth-child(2) button');
    hold(where, 'not sorted the other way', (await names())[0] === 'unreachable');
  }
  // A link to a row unfolds it.
  const ids = await page.$$eval('[id]', all => all.map(one => one.id));
  hold(where, 'an id twice', new Set(ids).size === ids.length);
  const link = page.locator('#findings a').first();
  const row = await link.getAttribute('href');
  await link.click();
  hold(where, `${row} stays folded`, await page.locator(`${row} tr.more > td > details`).evaluate(one => one.open));
}

for (const [window, width, height] of WINDOWS) {
  for (const colorScheme of SCHEMES) {
    for (const name of ['wire', 'config', 'logs']) {
      const where = `${name} ${window} ${colorScheme}`;
      await open(name, { viewport: { width, height }, colorScheme }, async page => {
        await narrow(page, where);
        await contrast(page, where);
        const drawings = await page.$$eval('svg[role="img"]', all => all.map(svg =>
          svg.querySelector('title')?.textContent && svg.querySelector('desc')?.textContent));
        hold(where, 'a chart that says nothing', drawings.length > 0 && drawings.every(Boolean));
        await page.screenshot({ path: join(folder, `${where.replaceAll(' ', '-')}.png`) });
        await page.screenshot({ path: join(folder, `${where.replaceAll(' ', '-')}-whole.png`), fullPage: true });
        if (name === 'wire') await use(page, where);
      });
    }
  }
}
for (const name of ['wire', 'config', 'logs']) {
  await open(name, { viewport: { width: 390, height: 844 }, colorScheme: 'light', javaScriptEnabled: false }, async page => {
    const where = `${name} without script`;
    hold(where, 'a filter that does nothing', await page.locator('.controls').count() === 0
      || !(await page.locator('.controls').isVisible()));
    if (name === 'wire') {
      hold(where, 'not all rows', await page.locator('tbody.host:visible').count() === 48);
      await page.locator('summary').first().click();
      hold(where, 'nothing unfolds', await page.locator('tr.more pre').first().isVisible());
    }
  });
  await open(name, { viewport: { width: 794, height: 1123 }, colorScheme: 'dark' }, async page => {
    const where = `${name} printed`;
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    hold(where, `printed on ${background}`, background === 'rgb(255, 255, 255)');
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    const folded = await page.locator('details:not([open])').count();
    hold(where, `${folded} stay folded`, folded === 0);
    await page.pdf({ path: join(folder, `${name}.pdf`), format: 'A4' });
  });
}

wrong.forEach(line => console.error(`wrong: ${line}`));
console.log(`${checks} checks in Chromium, ${wrong.length} wrong`);
process.exit(wrong.length === 0 && checks > 150 ? 0 : 1);
