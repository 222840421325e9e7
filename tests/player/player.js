'use strict';
// What a teacher does with a page of nslab show, done in headless Chromium.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { chromium } = require('playwright-core');

const pages = process.env.PAGES;
const url = (name, hash = '') => 'file://' + path.join(pages, name + '.html') + hash;
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const tests = [];
const test = (name, run) => tests.push({ name, run });

/// Which step is marked, which elements of the visible drawing look how.
const here = (page) => page.evaluate(() => Number(document.querySelector('.step.here').dataset.n));
const drawing = (page) => page.evaluate(() => Array.from(document.querySelectorAll('.panel:not([hidden]) .el'), (e) =>
  e.id + ' ' + e.getAttribute('class') + ' ' + Array.from(e.querySelectorAll('.v.on'), (v) => v.getAttribute('class'))));
const last = (page) => page.evaluate(() => document.querySelectorAll('.step').length - 1);
const press = async (page, ...keys) => { for (const key of keys) await page.keyboard.press(key); };

test('forward and back by the buttons; what lies ahead is not told yet', async (open) => {
  const page = await open('lesson');
  assert.equal(await here(page), 0);
  assert.ok(await page.isDisabled('#back'));
  assert.ok(!(await page.isVisible('.step[data-n="1"] .outcome')));
  assert.ok(await page.isVisible('.step[data-n="1"] .line'));
  const before = await drawing(page);
  await page.click('#forward');
  await page.click('#forward');
  assert.equal(await here(page), 2);
  assert.ok(await page.isVisible('.step[data-n="1"] .outcome'));
  assert.equal(await page.textContent('#count'), '2 / ' + await last(page));
  await page.click('#back');
  await page.click('#back');
  assert.deepEqual(await drawing(page), before);
});

test('every step is the same whichever way it is reached', async (open) => {
  const page = await open('lesson');
  const seen = [];
  for (let n = 0; n <= await last(page); ++n) {
    seen.push(await drawing(page));
    await press(page, 'ArrowRight');
  }
  assert.ok(new Set(seen.map(String)).size > 3, 'the drawing moves');
  for (let n = await last(page); n >= 0; --n) {
    assert.equal(await here(page), n);
    assert.deepEqual(await drawing(page), seen[n], 'step ' + n);
    await press(page, 'ArrowLeft');
  }
});

test('what is new is marked, and only while it is', async (open) => {
  const page = await open('forty');
  await page.click('.step:has-text("mount -t tmpfs usb3") .line');
  const fresh = () => page.locator('.panel:not([hidden]) .node.fresh').count();
  assert.ok(await fresh() >= 2, 'the mount and its copies');
  await press(page, 'End', 'Home');
  assert.equal(await fresh(), 0);
});

test('jumps: a line, the slider, Home and End, the address', async (open) => {
  const page = await open('lesson');
  await page.click('.step[data-n="3"] .line');
  assert.equal(await here(page), 3);
  await page.fill('#slider', '2');
  assert.equal(await here(page), 2);
  await page.locator('body').press('End');
  assert.equal(await here(page), await last(page));
  await page.evaluate(() => document.activeElement.blur());
  await press(page, 'Home');
  assert.equal(await here(page), 0);
  assert.equal(await here(await open('lesson', '#4')), 4);
});

test('views are tabs', async (open) => {
  const page = await open('lesson');
  const tabs = await page.locator('[role=tab]').count();
  assert.ok(tabs >= 1);
  if (tabs === 1) return; // one view needs no tabs
  await page.locator('[role=tab]').nth(1).click();
  const visible = () => page.evaluate(() => Array.from(document.querySelectorAll('.panel:not([hidden])'), (p) => p.id));
  const chosen = () => page.evaluate(() => Array.from(document.querySelectorAll('[role=tab]'), (t) => t.getAttribute('aria-selected')).indexOf('true'));
  assert.equal(await chosen(), 1);
  assert.equal((await visible()).length, 1);
  await press(page, 'ArrowLeft');
  assert.equal(await chosen(), 0);
  await press(page, 'ArrowLeft');
  assert.equal(await chosen(), tabs - 1);
  assert.equal(await here(page), 0, 'the arrows of the tabs do not step');
  await page.evaluate(() => document.activeElement.blur());
  await press(page, '2');
  assert.equal(await chosen(), 1);
  await press(page, 'ArrowRight');
  assert.equal(await here(page), 1);
});

test('by the keyboard alone, with what a screen reader is told', async (open) => {
  const page = await open('lesson');
  for (let n = 0; n < 60 && await page.evaluate(() => document.activeElement.id) !== 'forward'; ++n) await press(page, 'Tab');
  await press(page, 'Enter');
  assert.equal(await here(page), 1);
  assert.match(await page.textContent('#live'), /^Step 1 of \d+\. .*sh1# /);
  assert.equal(await page.locator('[aria-current=step]').count(), 1);
  await press(page, 'PageDown', 'n', 'b', 'PageUp');
  assert.equal(await here(page), 1);
  await press(page, 'End', 'w');
  const why = page.locator('.step.here .why');
  if (await why.count()) assert.ok(await why.evaluate((e) => e.open));
  await press(page, '?');
  assert.ok(await page.isVisible('#keys'));
  await press(page, 'Escape');
  assert.ok(!(await page.isVisible('#keys')));
  const nameless = await page.evaluate(() => Array.from(document.querySelectorAll('button'), (b) =>
    b.getAttribute('aria-label') || b.textContent.trim()).filter((name) => !name).length);
  assert.equal(nameless, 0);
  for (const svg of await page.locator('.panel svg').all()) assert.equal(await svg.getAttribute('role'), 'img');
});

test('the drawing has words, and they follow the steps', async (open) => {
  const page = await open('forty');
  const words = () => page.locator('.panel:not([hidden]) svg > desc').textContent();
  const before = await words();
  await page.click('.step:has-text("mount -t tmpfs disk /a") .line');
  assert.notEqual(await words(), before);
  assert.match(await words(), /New: .*disk/);
  await page.click('.words summary');
  assert.equal(await page.textContent('#words'), await words());
});

test('the reasons are a click away', async (open) => {
  const page = await open('lesson');
  await page.click('.step:has-text("umount") .line');
  await page.click('.step.here .why summary');
  assert.match(await page.textContent('.step.here .why'), /umount2\(/);
  assert.match(await page.textContent('.step.here .why'), /\(\) in fs\//);
});

test('it plays, pauses, and stops at the end', async (open) => {
  const page = await open('lesson', '', { clock: true });
  await press(page, ' ');
  await page.clock.runFor(13000);
  assert.ok(await here(page) >= 1);
  await press(page, ' ');
  const stopped = await here(page);
  await page.clock.runFor(30000);
  assert.equal(await here(page), stopped);
  await page.click('#play');
  await page.clock.runFor(13000 * await last(page));
  assert.equal(await here(page), await last(page));
  assert.equal(await page.getAttribute('#play', 'aria-label'), 'Play');
});

test('dark and light, from the system and by the switch', async (open) => {
  const page = await open('lesson', '', { colorScheme: 'dark' });
  const light = (selector, property) => page.evaluate(([s, p]) => {
    const [r, g, b] = getComputedStyle(document.querySelector(s))[p].match(/\d+/g).map(Number);
    return r + g + b > 380;
  }, [selector, property]);
  assert.equal(await light('.panels', 'backgroundColor'), false);
  assert.equal(await light('body', 'color'), true);
  assert.equal(await light('.panel:not([hidden]) svg text.title, .panel:not([hidden]) svg text.head', 'fill'), true);
  await page.click('#scheme');
  assert.equal(await light('.panels', 'backgroundColor'), true);
  assert.equal(await light('.panel:not([hidden]) svg text.title, .panel:not([hidden]) svg text.head', 'fill'), false);
  await press(page, 'c');
  assert.equal(await light('.panels', 'backgroundColor'), false);
});

test('a phone: nothing is wider than the screen, and stepping is in reach', async (open) => {
  const page = await open('lesson', '', { viewport: { width: 390, height: 844 }, hasTouch: true });
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(await wide() <= 0);
  await page.tap('#forward');
  await page.tap('#forward');
  assert.equal(await here(page), 2);
  assert.ok(await wide() <= 0);
  const box = await page.locator('#forward').boundingBox();
  assert.ok(box.height >= 38 && box.y + box.height <= 844);
});

test('on a projector all of a step is in sight at once', async (open) => {
  const page = await open('lesson', '#5', { viewport: { width: 1920, height: 1080 } });
  for (const part of ['.step.here', '.panel:not([hidden]) svg', '#did', '#forward']) {
    const box = await page.locator(part).first().boundingBox();
    assert.ok(box && box.y >= 0 && box.y + box.height <= 1081 && box.x >= 0 && box.x + box.width <= 1921, part);
  }
  assert.ok(await page.evaluate(() => parseFloat(getComputedStyle(document.querySelector('.line')).fontSize)) >= 16);
});

test('on paper every step is a page, and nothing of it stays behind', async (open) => {
  const page = await open('lesson');
  await press(page, 'ArrowRight', 'ArrowRight');
  const before = await drawing(page);
  const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
  assert.equal(pdf.match(/\/Type\s*\/Page\b/g).length, await last(page) + 1);
  await page.waitForFunction(() => !document.querySelector('.page'));
  assert.deepEqual(await drawing(page), before);
  assert.equal(await here(page), 2);
});

test('a stranger\'s text is text', async (open) => {
  const page = await open('hostile');
  for (let n = 0; n <= await last(page); ++n) await press(page, 'ArrowRight');
  assert.equal(await page.evaluate(() => typeof pwned), 'undefined');
  assert.equal(await page.locator('script').count(), 2);
  assert.equal(await page.locator('img, style:not(head style)').count(), 0);
  assert.match(await page.title(), /^A <script>pwned = 1<\/script> & "quotes" <\/title>/);
  assert.match(await page.textContent('#steps'), /<img src=x onerror="pwned = 4"> \{\{script\}\} \{\{nonce\}\} <\/script>/);
  assert.match(await page.textContent('#steps'), /<\/pre><\/script><script>pwned = 8/);
  assert.match(await page.textContent('.panel svg'), /<style>\*\{display:none\}<\/style>|"><img src=x onerror=pwned=7>/);
  // Even one that got in could do nothing.
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'pwned = 11';
    document.body.append(script);
    document.body.insertAdjacentHTML('beforeend', '<p onclick="pwned = 12">');
    document.body.lastElementChild.click();
  });
  assert.equal(await page.evaluate(() => typeof pwned), 'undefined');
}, );

test('a lesson that fails says so, where it does', async (open) => {
  const page = await open('failing', '#2');
  assert.match(await page.textContent('.failure'), /nothing is mounted on \/a/);
  assert.match(await page.textContent('.step.here .outcome'), /nothing is mounted/);
  assert.equal(await last(page), 2);
});

test('what goes is marked, and a line that goes with its end has no sign of its own', async (open) => {
  const page = await open('processes', '#5'); // kill(sh2, SIGKILL)
  await page.click('[role=tab]:has-text("PID namespaces")');
  const panel = '.panel:not([hidden]) ';
  assert.equal(await page.locator(panel + '.box.gone').count(), 2);
  assert.equal(await page.locator(panel + '.node.gone').count(), 3);
  assert.ok(await page.locator(panel + '.edge.gone.along').count() >= 3);
  assert.equal(await page.locator(panel + '.edge.along > .b-gone:visible').count(), 0);
  assert.equal(await page.locator(panel + '.node.gone > .b-gone:visible').count(), 3);
  await press(page, 'n'); // an arrow is the tab's, which has the focus
  assert.equal(await page.locator(panel + '.gone').count(), 0);
  await press(page, 'b', 'w');
  assert.match(await page.textContent('.step.here .why'), /signal 9 ends process/);
  const words = await page.textContent('#words');
  assert.match(words, /Gone: PID namespace \d+ at level 3/);
});

for (const colorScheme of ['light', 'dark']) test('every text can be read: contrast, ' + colorScheme, async (open) => {
  const page = await open('processes', '#5', { colorScheme });
  for (let tab = 1; tab <= 4; ++tab) {
    await press(page, String(tab), 'w');
    const poor = await page.evaluate(() => {
      const rgba = (text) => { const n = text.match(/[\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
      const luminance = (c) => c.slice(0, 3).map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
      const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
      const ground = (e) => {
        for (; e; e = e.parentElement) {
          const c = rgba(getComputedStyle(e).backgroundColor);
          if (c[3] > 0.99) return c;
        }
        return [255, 255, 255, 1];
      };
      const poor = [];
      for (const e of document.querySelectorAll('body *')) {
        const own = Array.from(e.childNodes).some((n) => n.nodeType === 3 && n.data.trim());
        if (!own || !e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) || /^(SCRIPT|TITLE|title|desc)$/.test(e.tagName)) continue;
        if (e.closest('button:disabled, dialog, .live, .pages, .absent')) continue;
        const svg = e instanceof SVGElement, style = getComputedStyle(e);
        // In a drawing a text stands on the node or box around it.
        const shape = svg && e.parentElement.querySelector(':scope > .shape, :scope > .frame');
        const fill = shape && getComputedStyle(shape).fill;
        const back = fill && fill !== 'none' ? rgba(fill) : ground(svg ? e.closest('.panel') : e);
        const front = over(rgba(svg ? style.fill : style.color), back);
        const [a, b] = [luminance(front), luminance(back)].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < 4.5) poor.push(ratio.toFixed(2) + ' ' + (e.getAttribute('class') || e.tagName) + ': ' + e.textContent.trim().slice(0, 40));
      }
      return poor;
    });
    assert.deepEqual(poor, [], 'tab ' + tab);
  }
});

test('forty steps stay below two megabytes', async () => {
  const size = fs.statSync(path.join(pages, 'forty.html')).size;
  console.log('    forty steps: ' + size + ' bytes');
  assert.ok(size < 2 << 20);
});

(async () => {
  const browser = await chromium.launch({ executablePath: process.env.BROWSER, headless: true, args: flags });
  let failed = 0;
  for (const { name, run } of tests) {
    const contexts = [], noise = [];
    const open = async (file, hash = '', options = {}) => {
      const { clock, ...rest } = options;
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...rest });
      contexts.push(context);
      const page = await context.newPage();
      if (clock) await page.clock.install();
      page.on('request', (request) => { if (request.url() !== url(file, '') && request.url() !== url(file, hash)) noise.push('asked for ' + request.url()); });
      page.on('pageerror', (error) => noise.push(String(error)));
      page.on('console', (message) => { if (message.type() === 'error' && !/Content Security Policy/.test(message.text())) noise.push(message.text()); });
      await page.goto(url(file, hash));
      return page;
    };
    try {
      await run(open);
      assert.deepEqual(noise, []); // neither an error nor a request for anything else
      console.log('ok      ' + name);
    } catch (error) {
      failed += 1;
      console.log('FAILED  ' + name + '\n' + String(error.stack).replace(/^/gm, '        '));
    }
    for (const context of contexts) await context.close();
  }
  await browser.close();
  console.log(tests.length + ' tests in the browser, ' + failed + ' failed');
  process.exit(failed ? 1 : 0);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
