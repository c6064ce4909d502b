// Runs once a page is there: what it declares in the places where pages did before there was a standard.
// It is given how many tools it may tell, and how long a text may be.
((most) => {
  'use strict';
  const found = [];
  const add = (method, tools) => {
    if (typeof tools !== 'object' || tools === null || typeof tools[Symbol.iterator] !== 'function') return;
    for (const each of tools) {
      if (found.length >= most.tools) return;
      const tool = Array.isArray(each) && each.length === 2 ? each[1] : each;
      if (typeof tool !== 'object' || tool === null) continue;
      try {
        const text = JSON.stringify(tool);
        if (typeof text === 'string' && text.length <= most.text) found.push({ method, text });
      } catch {
        continue;
      }
    }
  };
  const look = (from) => {
    try {
      from();
    } catch {
      // One place that can't be looked at costs no other.
    }
  };
  const context = navigator.modelContext;
  look(() => add('webmcp', context._tools));
  look(() => add('webmcp', typeof context.tools === 'function' ? context.tools() : context.tools));
  look(() => add('mcp_b', window.__MCP_B_TOOLS__));
  look(() => add('mcp_b', window.__MCP_TOOLS__));
  look(() => add('meta_tag', JSON.parse(document.querySelector('meta[name="mcp-tools"]').content)));
  let manifest = '';
  look(() => {
    manifest = document.querySelector('link[rel="mcp-tools"]').href;
  });
  return JSON.stringify({ found, manifest: String(manifest).slice(0, 4096) });
})
