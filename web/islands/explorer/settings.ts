// What is sent beside a question. The key is kept for this tab only, and never written into the page's address.
const KEPT = "simpul:key";

function field<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found as T;
}

const key = field<HTMLInputElement>("key");
const purpose = field<HTMLSelectElement>("purpose");
const explain = field<HTMLInputElement>("explain");

key.value = sessionStorage.getItem(KEPT) ?? "";
key.addEventListener("input", () => {
  if (key.value) sessionStorage.setItem(KEPT, key.value);
  else sessionStorage.removeItem(KEPT);
});

// A token of an issuer has three parts; everything else is a key of the hub.
function credential(text: string): Record<string, string> {
  if (!text) return {};
  return text.split(".").length === 3 ? { Authorization: `Bearer ${text}` } : { "X-Api-Key": text };
}

function headers(text: string): Record<string, string> {
  return {
    "Content-Type": "application/json",
    "Accept-Language": document.documentElement.lang,
    ...credential(text),
    ...(purpose.value ? { "Hub-Purpose": purpose.value } : {}),
    ...(explain.checked ? { "Hub-Explain": "1" } : {}),
  };
}

/** The headers of the next question. */
export const sent = (): Record<string, string> => headers(key.value.trim());

/** The same for a program, in which `stand_in` is where the key goes; none where none is given. */
export function shown(standIn: string): Record<string, string> {
  const given = key.value.trim();
  if (!given) return headers("");
  const parts = Object.entries(headers(given));
  return Object.fromEntries(parts.map(([name, value]) => [name, value.replace(given, standIn)]));
}

export { field };
