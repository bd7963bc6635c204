// What the page does in the browser itself: the address, links, focus, and a limit told in time.
const vx = (() => {
  const one = (selector) => document.querySelector(selector);
  const address = () => new URL(location.href);
  let recalled = false;  // Gradio tells of its first tab before the page says which one to show

  // The address holds the file, the tab and, behind the #, what is typed of one review: a reload
  // and a link bring them back, and what is behind the # no server ever sees.
  const job = (number) => {
    const url = address();
    const before = url.searchParams.get('job') ?? '';
    if ((number ?? '') === before) return;
    number ? url.searchParams.set('job', number) : url.searchParams.delete('job');
    history[before && number ? 'pushState' : 'replaceState'](null, '', url);
  };
  addEventListener('popstate', () => location.reload());

  const tab = (name) => {
    if (!recalled) return;
    const url = address();
    url.searchParams.set('tab', name);
    history.replaceState(null, '', url);
  };
  // Gradio tells of a click only when its server has answered what was asked before.
  addEventListener('click', (event) => {
    const chosen = event.isTrusted && event.target.closest?.('[role=tab][data-tab-id]');
    if (!chosen) return;
    recalled = true;
    tab(chosen.dataset.tabId);
  });

  const typed = () => ({
    title: one('#review-title :is(input, textarea)')?.value ?? '',
    content: one('#review-content textarea')?.value ?? '',
  });
  // A browser takes few changes of the address a second: until it has the latest words, the tab's
  // own memory holds them, beside the address that they belong to.
  const memory = 'voxpop-typed';
  const keep = (asked) => {
    const url = address();
    const held = typed();
    if (asked) held.asked = '1';
    url.hash = held.title || held.content ? new URLSearchParams(held) : '';
    history.replaceState(null, '', url);
    sessionStorage.removeItem(memory);
  };
  let later = 0;
  addEventListener('input', (event) => {
    if (!event.target.closest?.('#review-title, #review-content')) return;
    sessionStorage.setItem(memory, JSON.stringify({hash: location.hash, held: typed()}));
    clearTimeout(later);
    later = setTimeout(keep, 300, false);
  });
  const ask = (title, content) => {
    clearTimeout(later);
    keep(true);
    return [title, content];
  };
  const recall = (title, content) => {
    recalled = true;
    if (title || content) return [title, content];  // typed while the page was loading
    const latest = JSON.parse(sessionStorage.getItem(memory) ?? '{}');
    if (latest.held && latest.hash === location.hash) {
      later = setTimeout(keep, 300, false);
      return [latest.held.title, latest.held.content];
    }
    const kept = new URLSearchParams(location.hash.slice(1));
    return [kept.get('title') ?? '', kept.get('content') ?? ''];
  };
  const askAgain = () => {
    const kept = new URLSearchParams(location.hash.slice(1));
    if (kept.has('asked') && !sessionStorage.getItem(memory)) one('#review-ask')?.click();
  };

  addEventListener('click', async (event) => {
    const button = event.target.closest?.('button.vx-copy');
    if (!button) return;
    const url = new URL(location.pathname, location.href);
    url.searchParams.set('job', button.dataset.job);  // without what is typed behind the #
    const says = button.nextElementSibling;
    try {
      await navigator.clipboard.writeText(url.href);
      says.textContent = 'Copied.';
    } catch {  // not allowed, as without TLS
      says.textContent = url.href;
    }
  });

  const choices = () => JSON.stringify(Object.fromEntries(
    [...document.querySelectorAll('#file-choices :is(select, input)')].map((f) => [f.name, f.value])));
  const hold = (held) => { if (one('#file-begin')) one('#file-begin').disabled = held; };
  const dropped = () => {
    hold(false);
    (one('#file-choices [aria-invalid]') ?? one('#file-choices :is(select, input)'))?.focus();
  };

  // What is chosen has the page look at the file anew; who chose by keyboard stays where they were.
  let held = null;
  addEventListener('focusin', (event) => {
    held = event.target.closest?.('#file-choices') ? event.target.id : null;
  });
  addEventListener('pointerdown', () => { held = null; });
  const holdFocus = () => {
    const field = held && document.activeElement === document.body && document.getElementById(held);
    if (field) field.focus();
  };

  // Too large is told before anything is sent, in words that stay.
  const tooLarge = (event) => {
    const files = event.target.files ?? event.dataTransfer?.files ?? [];
    const says = one('#file-says');
    const told = one('#file-refused');
    if (!says || !event.target.closest?.('#file-dropped')) return;
    const most = Number(says.dataset.most);
    const large = [...files].find((file) => file.size > most);
    told.hidden = !large;
    told.textContent = '';
    if (!large) return hold(files.length > 0);  // until the new file is there, not the one before
    event.stopImmediatePropagation();
    event.preventDefault();
    if (event.type === 'change') event.target.value = '';
    const mb = (bytes) => Math.ceil(bytes / 1e5) / 10;
    told.textContent = `${large.name} has ${mb(large.size)} MB, and a file may have ${mb(most)} MB. `
      + 'Whoever runs the page can raise that (VOXPOP_UI_MAX_FILE_MB), or cut the file in parts.';
  };
  addEventListener('change', tooLarge, true);
  addEventListener('drop', tooLarge, true);

  // The report holds no script; Escape closes its sheets from out here.
  const escape = (event) => {
    const frame = event.currentTarget;
    const close = event.key === 'Escape' && frame.querySelector('article.sheet:target a.close');
    if (!close) return;
    close.click();
    frame.defaultView.setTimeout(() => frame.querySelector('a.n:target')?.focus(), 0);
  };
  const shown = (report) => {
    report.addEventListener('load', () => report.contentDocument?.addEventListener('keydown', escape));
    report.contentDocument?.addEventListener('keydown', escape);
    one('#file-status')?.scrollIntoView({block: 'start'});
  };
  let last = '';
  new MutationObserver(() => {
    const report = one('iframe.vx-report');
    if (report && report.src !== last) shown(report);
    last = report ? report.src : '';
    holdFocus();
    // Gradio's upload button has another name than it shows; who speaks commands says what is shown.
    document.querySelectorAll('#file-dropped button.upload-container[aria-label]')
      .forEach((button) => button.removeAttribute('aria-label'));
  }).observe(document, {childList: true, subtree: true, attributes: true, attributeFilter: ['src']});

  return {job, tab, ask, recall, askAgain, choices, dropped};
})();
