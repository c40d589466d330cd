// What the page says, in the reader's language. All of it stands in texts.json, by language; here blanks are filled in.

const LOCALES = { en: 'English', zh: '中文' };
const { texts, reasons } = given.texts;
let locale = 'en';

// The language to begin with: the one that was asked for, or else the browser's, if the table has it.
function localeFor(asked) {
  return [asked, ...navigator.languages.map((each) => each.slice(0, 2))].find((each) => Object.hasOwn(LOCALES, each)) || 'en';
}

// The text of a key, its blanks such as {layer} filled in; of two forms the blank {n} chooses: one, or several.
function t(key, blanks = {}) {
  const forms = [texts[key][locale]].flat();
  return forms[Number(blanks.n !== 1 && forms.length > 1)].replace(/\{(\w+)\}/g, (_, name) => String(blanks[name]));
}

// As it stands within a sentence.
const lower = (text) => text.toLowerCase();

// Why a line of the derivation holds, which the derivation says in English.
const reasonOf = (why) => (locale === 'en' ? why : reasons[why]);

// Fill in what the page's own elements say: data-text their text, data-label their name, data-title what a pointer sees.
function speak(language) {
  locale = language;
  document.documentElement.lang = { zh: 'zh-Hans' }[language] || language;
  for (const element of document.querySelectorAll('[data-text]')) element.textContent = t(element.dataset.text);
  for (const element of document.querySelectorAll('[data-label]')) element.setAttribute('aria-label', t(element.dataset.label));
  for (const element of document.querySelectorAll('[data-title]')) element.title = t(element.dataset.title);
}
