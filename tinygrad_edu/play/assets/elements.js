// Elements of the page and what it was given.

const $$ = (id) => document.getElementById(id);
const given = JSON.parse($$('given').textContent);
const { formulas, writings } = given;

// Elements: tag, attributes and children (text or elements); text is never read as markup.
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'on') for (const [name, f] of Object.entries(value)) element.addEventListener(name, f);
    else if (value !== undefined && value !== null) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((each) => each !== null && each !== undefined));
  return element;
}

// A formula's text as elements, what stands behind ^ raised.
function formula(text) {
  const said = text.replace(/ if /g, ` ${t('if')} `).replace(/ otherwise/g, ` ${t('otherwise')}`);
  return said.split(/\^(\{[^}]*\}|[\p{L}\p{N}]+)/u).map((part, i) => (i % 2 ? h('sup', {}, part.replace(/[{}]/g, '')) : part));
}
