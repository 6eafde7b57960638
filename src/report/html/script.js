(() => {
  'use strict';
  const all = (selector, from) => Array.from((from || document).querySelectorAll(selector));
  const table = document.querySelector('.targets');
  if (table) {
    const controls = document.querySelector('.controls');
    const search = controls.querySelector('input');
    const status = document.querySelector('#shown');
    const buttons = all('button[data-verdict]', controls);
    const rows = all('tbody.host', table).map(body => ({
      body, verdict: body.dataset.verdict, text: body.textContent.toLowerCase(),
    }));
    let verdict = '';
    const apply = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const fits = (!verdict || row.verdict === verdict) && words.every(word => row.text.includes(word));
        if (row.body.hidden === fits) row.body.hidden = !fits;
        if (fits) shown += 1;
      }
      status.textContent = `${shown} of ${rows.length} shown`;
    };
    for (const button of buttons) {
      button.addEventListener('click', () => {
        verdict = button.dataset.verdict;
        for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
        apply();
      });
    }
    let waiting = 0;
    search.addEventListener('input', () => {
      clearTimeout(waiting);
      waiting = setTimeout(apply, rows.length > 5000 ? 250 : 0);
    });
    controls.hidden = false;
    apply();

    all(':scope > thead th', table).forEach((head, column) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener('click', () => {
        const up = head.getAttribute('aria-sort') !== 'ascending';
        all(':scope > thead th', table).forEach(other => other.removeAttribute('aria-sort'));
        head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
        const order = new Intl.Collator(undefined, { numeric: true });
        const keyed = rows.map(row => [row.body.rows[0].cells[column].textContent, row.body]);
        keyed.sort((a, b) => (up ? 1 : -1) * order.compare(a[0], b[0]));
        table.append(...keyed.map(row => row[1]));
      });
    });

    table.addEventListener('click', event => {
      const row = event.target.closest('tr');
      const details = row && row.parentNode.querySelector('tr.more > td > details');
      const pressed = event.target.closest('a, button, summary, tr.more');
      if (details && row.parentNode.classList.contains('host') && !pressed && String(getSelection()) === '') {
        details.open = !details.open;
      }
    });
    const reveal = () => {
      const named = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
      const details = named && named.querySelector('tr.more > td > details');
      if (details) details.open = true;
    };
    addEventListener('hashchange', reveal);
    reveal();
  }
  let closed = [];
  addEventListener('beforeprint', () => {
    closed = all('details:not([open])');
    for (const details of closed) details.open = true;
  });
  addEventListener('afterprint', () => {
    for (const details of closed) details.open = false;
  });
})();
