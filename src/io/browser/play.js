// Finds one element of a page, and does one thing to it. Gives 'none', 'hidden', or what became of it.
(by, value, name, act, text) => {
  'use strict';
  const squeeze = (words) => (words ?? '').replace(/\s+/g, ' ').trim().toLowerCase();
  const wanted = squeeze(value);
  const seen = (each) => {
    const box = each.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && getComputedStyle(each).visibility !== 'hidden';
  };
  const roles = {
    button: 'button, input[type=button], input[type=submit], input[type=reset], input[type=image], summary',
    checkbox: 'input[type=checkbox]',
    combobox: 'select',
    heading: 'h1, h2, h3, h4, h5, h6',
    link: 'a[href], area[href]',
    option: 'option',
    radio: 'input[type=radio]',
    searchbox: 'input[type=search]',
    spinbutton: 'input[type=number]',
    textbox: 'input:not([type]), input[type=text], input[type=email], input[type=tel], input[type=url], textarea',
  };
  const called = (each) => {
    const ids = (each.getAttribute('aria-labelledby') ?? '').split(/\s+/).filter(Boolean);
    const labels = ids.map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
    const own = each.labels?.length ? [...each.labels].map((label) => label.textContent).join(' ') : '';
    const button = each.matches('input[type=button], input[type=submit], input[type=reset]') ? each.value : '';
    const told = [each.getAttribute('aria-label'), labels, own, button, each.innerText, each.title, each.placeholder];
    return squeeze(told.find((words) => squeeze(words)));
  };
  const having = (all) => [
    ...all.filter(([, words]) => words === wanted),
    ...all.filter(([, words]) => words !== wanted && words.includes(wanted)),
  ];
  const find = {
    css: () => [...document.querySelectorAll(value)],
    xpath: () => {
      const found = document.evaluate(value, document, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
      const all = Array.from({ length: found.snapshotLength }, (_, at) => found.snapshotItem(at));
      return all.filter((each) => each instanceof Element);
    },
    label: () => {
      const fields = [...document.querySelectorAll('input, select, textarea, button, [contenteditable]')];
      return having(fields.map((each) => [each, called(each)])).map(([each]) => each);
    },
    text: () => {
      const all = [...document.body.querySelectorAll('*')].filter((each) => !each.matches('script, style, noscript'));
      const told = having(all.map((each) => [each, squeeze(each.innerText ?? each.textContent)]));
      const found = told.map(([each]) => each);
      return found.filter((each) => !found.some((other) => other !== each && each.contains(other)));
    },
    role: () => {
      const own = Object.hasOwn(roles, wanted) ? `, ${roles[wanted]}` : '';
      const all = [...document.querySelectorAll(`[role="${CSS.escape(value)}"]${own}`)];
      return name === null ? all : all.filter((each) => called(each).includes(squeeze(name)));
    },
  };
  const found = by === null ? [...document.querySelectorAll('form')] : find[by]();
  const one = found.find(seen) ?? (act === 'submit' ? found[0] : undefined);
  if (!one) return found.length ? 'hidden' : 'none';
  const tell = (field) => {
    field.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
    field.dispatchEvent(new Event('change', { bubbles: true }));
  };
  const words = (each) => {
    if (each.matches('input[type=password]')) return '';
    return (each.matches('input, textarea, select') ? each.value : (each.innerText ?? each.textContent)) ?? '';
  };
  const texts = () => found.filter(seen).slice(0, 50).map((each) => words(each).slice(0, 20000));
  switch (act) {
    case 'read':
      return texts();
    case 'extract':
      return texts().some((told) => told.trim()) ? 'done' : 'without a text';
    case 'point': {
      one.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
      const box = one.getBoundingClientRect();
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    }
    case 'fill': {
      if (one.disabled || one.readOnly) return 'no field that takes a text';
      if (one.matches('input[type=file]')) return 'no field that takes a text';
      one.scrollIntoView({ block: 'center', behavior: 'instant' });
      one.focus();
      if (one.matches('input, textarea')) one.value = text;
      else if (one.isContentEditable) one.textContent = text;
      else return 'no field that takes a text';
      tell(one);
      return 'done';
    }
    case 'select': {
      if (!one.matches('select')) return 'no list to choose from';
      const option = [...one.options].find((each) => each.value === text || squeeze(each.text) === squeeze(text));
      if (!option) return 'a list without this option';
      one.value = option.value;
      tell(one);
      return 'done';
    }
    case 'submit': {
      const form = one.closest('form') ?? one.form;
      if (!form) return 'in no form';
      form.requestSubmit();
      return 'done';
    }
    case 'scroll':
      one.scrollIntoView({ block: 'center', behavior: 'instant' });
      return 'done';
    default:
      return 'done';
  }
}
