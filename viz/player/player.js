'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const root = document.documentElement;
  root.classList.add('js');
  const at = (id) => document.getElementById(id);
  const steps = Array.from(document.querySelectorAll('.step'));
  const tabs = Array.from(document.querySelectorAll('[role=tab]'));
  const last = steps.length - 1;
  const narrow = matchMedia('(max-width: 820px)');
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  let now = -1, timer = 0, zoom = 1, current = 0;

  // ---- the drawings: what each element is at each step -----------------------------------------------------------
  const presences = ['absent', '', 'fresh', 'changed', 'gone', 'gone along'];
  const views = data.views.map((view) => {
    const panel = at('panel-' + view.name);
    const svg = panel.querySelector('svg');
    const elements = view.ids.map((id) => at(view.name + '-' + id));
    // Each step says what is other than in the step before: number, presence and version of an element.
    const states = [];
    let before = view.ids.map(() => [0, -1]);
    for (const difference of view.steps) {
      before = before.slice();
      for (let i = 0; i < difference.length; i += 3) before[difference[i]] = [difference[i + 1], difference[i + 2]];
      states.push(before);
    }
    return { name: view.name, title: view.title, panel, svg, elements, states, words: view.words, shown: null };
  });

  function dress(element, presence, version) {
    element.classList.remove(...presences.join(' ').split(/ +/));
    if (presences[presence]) element.classList.add(...presences[presence].split(' '));
    if (version < 0) return;
    for (const child of element.children)
      if (child.classList.contains('v')) child.classList.toggle('on', child.classList.contains('v' + version));
  }

  function draw(view, step) {
    const states = view.states[step];
    states.forEach((state, i) => {
      const old = view.shown && view.shown[i];
      if (old && old[0] === state[0] && old[1] === state[1]) return;
      if (view.elements[i]) dress(view.elements[i], state[0], state[1]);
    });
    view.shown = states;
    const words = data.words[view.words[step]];
    view.svg.querySelector('desc').textContent = words;
    return words;
  }
  const moves = (view, step) => step > 0 && view.states[step].some((s) => s[0] > 1);

  /// What changed comes into sight where the drawing is larger than its window.
  function follow(view) {
    const panel = view.panel;
    if (panel.scrollWidth <= panel.clientWidth + 2 && panel.scrollHeight <= panel.clientHeight + 2) return;
    const changed = view.svg.querySelector('.node.fresh,.node.changed,.node.gone') || view.svg.querySelector('.fresh,.changed,.gone');
    if (!changed) return;
    const a = changed.getBoundingClientRect(), b = panel.getBoundingClientRect();
    if (a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom) return;
    panel.scrollTo({
      left: panel.scrollLeft + (a.left + a.right) / 2 - (b.left + b.right) / 2,
      top: panel.scrollTop + (a.top + a.bottom) / 2 - (b.top + b.bottom) / 2,
      behavior: calm.matches ? 'auto' : 'smooth',
    });
  }

  function size() {
    for (const view of views) {
      const box = view.svg.viewBox.baseVal;
      const width = view.panel.clientWidth, height = view.panel.clientHeight;
      if (!width) continue;
      // Never larger than is pleasant; what would be too small to read is scrolled instead.
      // On a phone the window takes the drawing's height.
      const fit = Math.min(width / box.width, narrow.matches ? 1 : height / box.height, 1.9);
      view.panel.style.setProperty('--fit', Math.max(fit, narrow.matches ? 0.6 : 0.8));
      view.panel.style.setProperty('--zoom', zoom);
    }
  }
  function scale(to) {
    zoom = Math.min(6, Math.max(0.3, to));
    size();
    follow(views[current]);
  }

  // ---- the steps ---------------------------------------------------------------------------------------------------
  const part = (step, name) => steps[step].querySelector(name);
  const text = (step, name) => (part(step, name) ? part(step, name).textContent.trim() : '');

  function said(step) {
    for (let i = step; i >= 0; --i) if (part(i, '.say')) return i;
    return -1;
  }

  function go(to, quiet) {
    to = Math.min(last, Math.max(0, to));
    if (to === now) return;
    now = to;
    steps.forEach((step, i) => {
      step.classList.toggle('here', i === now);
      step.classList.toggle('ahead', i > now);
      if (i === now) step.setAttribute('aria-current', 'step');
      else step.removeAttribute('aria-current');
    });
    const words = draw(views[current], now);
    views.forEach((view, i) => tabs[i].classList.toggle('moved', i !== current && moves(view, now)));
    at('words').textContent = words;
    caption();
    at('slider').value = now;
    at('slider').setAttribute('aria-valuetext', 'step ' + now + ' of ' + last);
    at('count').textContent = now + ' / ' + last;
    at('first').disabled = at('back').disabled = now === 0;
    at('last').disabled = at('forward').disabled = now === last;
    if (now === last) stop();
    const session = document.querySelector('.session');
    if (session.scrollHeight > session.clientHeight + 2) {
      const a = steps[now].getBoundingClientRect(), b = session.getBoundingClientRect();
      const below = a.bottom - b.bottom + 80, above = a.top - b.top - 60;
      if (below > 0 || above < 0)
        session.scrollBy({ top: below > 0 ? Math.min(below, above) : above, behavior: quiet || calm.matches ? 'auto' : 'smooth' });
    }
    follow(views[current]);
    if (!quiet) at('live').textContent = spoken(now);
    try { history.replaceState(null, '', '#' + now); } catch (e) { /* not every place has a history */ }
  }

  function caption() {
    const place = at('said'), from = said(now);
    place.replaceChildren();
    if (from >= 0) for (const p of part(from, '.say').children) place.append(p.cloneNode(true));
    place.classList.toggle('old', from !== now);
    const did = at('did');
    did.replaceChildren();
    const line = part(now, '.line'), outcome = part(now, '.outcome');
    did.hidden = !line;
    if (line) {
      const prompt = line.querySelector('.prompt');
      if (prompt) {
        const actor = document.createElement('b');
        actor.className = steps[now].classList[1] || '';
        actor.textContent = prompt.textContent;
        did.append(actor);
      }
      did.append(line.textContent.slice(prompt ? prompt.textContent.length : 0) + '  ');
    }
    if (outcome) did.append(outcome.cloneNode(true));
  }

  function spoken(step) {
    const changes = data.words[views[current].words[step]].split('\n')
      .filter((line) => /^(New|Changed|Gone): /.test(line)).join(' ');
    return ['Step ' + step + ' of ' + last, text(step, '.say'), text(step, '.line'), text(step, '.outcome'),
      text(step, '.out'), moves(views[current], step) ? changes : 'The drawing does not change.'].filter(Boolean).join('. ');
  }

  function choose(view, focus) {
    current = view;
    views.forEach((v, i) => {
      tabs[i].setAttribute('aria-selected', i === view);
      tabs[i].tabIndex = i === view ? 0 : -1;
      v.panel.hidden = i !== view;
    });
    tabs[view].classList.remove('moved');
    if (focus) tabs[view].focus();
    size();
    at('words').textContent = draw(views[view], now);
    follow(views[view]);
  }

  // ---- playing -----------------------------------------------------------------------------------------------------
  function stop() {
    clearTimeout(timer);
    timer = 0;
    at('play').setAttribute('aria-label', 'Play');
    at('play').classList.remove('playing');
  }
  function tick() {
    // As long as it takes to read what is new.
    const reading = (text(now, '.say') + text(now, '.line') + text(now, '.out')).length * 45;
    timer = setTimeout(() => { go(now + 1); if (timer) tick(); }, Math.min(12000, Math.max(1800, reading)));
  }
  function play() {
    if (timer) return stop();
    if (now === last) go(0);
    at('play').setAttribute('aria-label', 'Pause');
    at('play').classList.add('playing');
    tick();
  }
  function step(by) { stop(); go(now + by); }

  // ---- colours -----------------------------------------------------------------------------------------------------
  const schemes = ['', 'dark', 'light'];
  function colours(name) {
    root.classList.remove('dark', 'light');
    if (name) root.classList.add(name);
    at('scheme').setAttribute('aria-label', 'Colours: ' + (name || 'as the system has them'));
    try { localStorage.setItem('nslab-scheme', name); } catch (e) { /* a page from a file may store nothing */ }
  }
  function other_colours() {
    const is = root.classList.contains('dark') ? 'dark' : root.classList.contains('light') ? 'light' : '';
    // The first press shows what the system does not.
    const dark = matchMedia('(prefers-color-scheme: dark)').matches;
    const order = dark ? ['', 'light', 'dark'] : schemes;
    colours(order[(order.indexOf(is) + 1) % 3]);
  }

  function why() {
    const reasons = part(now, '.why');
    if (reasons) reasons.open = !reasons.open;
  }

  // ---- paper: one step a page, with the view that is shown ---------------------------------------------------------
  function pages() {
    const all = at('pages'), view = views[current];
    all.replaceChildren();
    steps.forEach((step, n) => {
      const page = document.createElement('section');
      page.className = 'page ' + (step.classList[1] || '');
      const head = document.createElement('header');
      const title = document.createElement('span'), number = document.createElement('span');
      title.textContent = document.title;
      number.textContent = view.title + ', step ' + n + ' of ' + last;
      head.append(title, number);
      page.append(head);
      for (const child of step.children) {
        if (child.classList.contains('after')) for (const part of child.children) {
          if (!part.classList.contains('why')) page.append(part.cloneNode(true));
        } else if (child.classList.contains('line')) {
          const line = document.createElement('p');
          line.className = 'line';
          line.append(...Array.from(child.childNodes, (node) => node.cloneNode(true)));
          page.append(line);
        } else page.append(child.cloneNode(true));
      }
      const svg = view.svg.cloneNode(true);
      view.states[n].forEach((state, i) => {
        const element = view.elements[i] && svg.getElementById(view.elements[i].id);
        if (!element) return;
        dress(element, state[0], state[1]);
        if (state[0] === 0) element.remove();
        else for (const version of Array.from(element.children))
          if (version.classList.contains('v') && !version.classList.contains('on')) version.remove();
      });
      svg.querySelector('desc').textContent = data.words[view.words[n]];
      for (const element of [svg, ...svg.querySelectorAll('[id]')]) element.removeAttribute('id');
      svg.removeAttribute('aria-labelledby');
      svg.setAttribute('aria-label', view.title + ', step ' + n);
      page.append(svg);
      all.append(page);
    });
  }
  addEventListener('beforeprint', pages);
  addEventListener('afterprint', () => at('pages').replaceChildren());

  // ---- buttons and keys --------------------------------------------------------------------------------------------
  at('slider').max = last;
  at('slider').addEventListener('input', (e) => { stop(); go(Number(e.target.value)); });
  at('first').addEventListener('click', () => step(-last));
  at('back').addEventListener('click', () => step(-1));
  at('forward').addEventListener('click', () => step(1));
  at('last').addEventListener('click', () => step(last));
  at('play').addEventListener('click', play);
  at('scheme').addEventListener('click', other_colours);
  at('larger').addEventListener('click', () => scale(zoom * 1.25));
  at('smaller').addEventListener('click', () => scale(zoom / 1.25));
  at('fit').addEventListener('click', () => scale(1));
  at('help').addEventListener('click', () => at('keys').showModal());
  steps.forEach((element, i) => element.addEventListener('click', (e) => {
    if (!e.target.closest('.why') && !String(getSelection())) { stop(); go(i); }
  }));
  tabs.forEach((tab, i) => {
    tab.addEventListener('click', () => choose(i));
    tab.addEventListener('keydown', (e) => {
      const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: tabs.length - 1 }[e.key];
      if (to === undefined) return;
      e.preventDefault();
      e.stopPropagation();
      choose((to + tabs.length) % tabs.length, true);
    });
  });
  const keys = {
    ArrowRight: () => step(1), PageDown: () => step(1), n: () => step(1),
    ArrowLeft: () => step(-1), PageUp: () => step(-1), b: () => step(-1),
    Home: () => step(-last), End: () => step(last), ' ': play, w: why, c: other_colours,
    '+': () => scale(zoom * 1.25), '=': () => scale(zoom * 1.25), '-': () => scale(zoom / 1.25), 0: () => scale(1),
    '?': () => at('keys').showModal(),
  };
  addEventListener('keydown', (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || at('keys').open) return;
    // A focused button, slider or summary has its own use of these keys.
    const tag = e.target.tagName;
    if (e.key === ' ' && (tag === 'BUTTON' || tag === 'SUMMARY')) return;
    if (tag === 'INPUT' && /^(Arrow|Page|Home|End)/.test(e.key)) return;
    if (/^[1-9]$/.test(e.key) && Number(e.key) <= views.length) return choose(Number(e.key) - 1);
    if (!keys[e.key]) return;
    e.preventDefault();
    keys[e.key]();
  });
  // Its window changes with that of the page, and with what is opened beside it.
  const watch = new ResizeObserver(size);
  for (const view of views) watch.observe(view.panel);
  addEventListener('hashchange', () => go(from_address()));
  // A swipe over what is not scrolled sideways.
  let touch = null;
  at('app').addEventListener('touchstart', (e) => {
    const panel = e.target.closest('.panel');
    const scrolls = panel && panel.scrollWidth > panel.clientWidth + 2;
    touch = e.touches.length === 1 && !scrolls && !e.target.closest('input,.out') ? e.touches[0] : null;
  }, { passive: true });
  at('app').addEventListener('touchend', (e) => {
    if (!touch) return;
    const x = e.changedTouches[0].clientX - touch.clientX, y = e.changedTouches[0].clientY - touch.clientY;
    if (Math.abs(x) > 60 && Math.abs(y) < 40) step(x < 0 ? 1 : -1);
    touch = null;
  }, { passive: true });

  /// #5 is a step, #NAME what the scenario called it with `draw NAME`.
  function from_address() {
    const name = decodeURIComponent(location.hash.slice(1));
    if (/^[0-9]+$/.test(name)) return Number(name);
    return Object.prototype.hasOwnProperty.call(data.names, name) ? data.names[name] : 0;
  }
  let stored = '';
  try { stored = localStorage.getItem('nslab-scheme') || ''; } catch (e) { /* none */ }
  if (schemes.includes(stored)) colours(stored);
  if (tabs.length < 2) document.querySelector('.tabs').hidden = true;
  go(from_address(), true);
  choose(0);
})();
