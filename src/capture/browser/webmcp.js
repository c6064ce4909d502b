// Runs before any code of a page: notes what it declares to agents, and nothing that it does.
// What is needed later is taken now, since a page may put something else in its place.
// It is given by which name it tells, how often it may, and how long a text may be.
((name, most) => {
  'use strict';
  const send = globalThis[name];
  if (typeof send !== 'function') return;
  delete globalThis[name];
  const { stringify } = JSON;
  const { defineProperty } = Object;
  const apply = Reflect.apply;
  let told = 0;
  const tell = (op, tool) => {
    if (told >= most.tools) return;
    told += 1;
    let text;
    try {
      text = stringify({ op, tool });
    } catch {
      text = undefined;
    }
    const fits = typeof text === 'string' && text.length <= most.text;
    send(fits ? text : stringify({ op: 'unfit' }));
  };
  const notes = {
    provideContext(context) {
      const tools = context && context.tools;
      const end = Math.min((tools && tools.length) | 0, most.tools);
      for (let at = 0; at < end; at += 1) tell('declare', tools[at]);
    },
    registerTool(tool) {
      tell('declare', tool);
    },
    unregisterTool(tool) {
      tell('withdraw', typeof tool === 'string' ? { name: tool } : tool);
    },
  };
  const wrapped = new WeakSet();
  const wrap = (context) => {
    if ((typeof context !== 'object' && typeof context !== 'function') || context === null) return context;
    if (wrapped.has(context)) return context;
    for (const method of Object.keys(notes)) {
      const own = context[method];
      if (typeof own !== 'function') continue;
      const value = function (...given) {
        try {
          notes[method](given[0]);
        } catch {
          // What a page declares may throw when it is looked at: that is its own affair.
        }
        return apply(own, this, given);
      };
      try {
        defineProperty(context, method, { value, configurable: true, writable: true });
      } catch {
        // It is frozen; what it holds is looked for when the page is there.
      }
    }
    wrapped.add(context);
    return context;
  };
  const handle = () => ({ unregister() {} });
  let current = wrap(
    navigator.modelContext ?? {
      provideContext() {},
      clearContext() {},
      registerTool: handle,
      unregisterTool() {},
    },
  );
  try {
    defineProperty(navigator, 'modelContext', {
      configurable: true,
      enumerable: true,
      get: () => current,
      set(other) {
        current = wrap(other);
      },
    });
  } catch {
    // A page of the browser itself.
  }
})
