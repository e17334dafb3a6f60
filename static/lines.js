// Keys of bank lines, beside those of every page: j and k go on and back, 1 to 5 take what is offered (Enter the first),
// s divides, e says what it is, q asks or holds, u takes back. After an act the next line is at hand.
"use strict";

const cards = () => [...document.querySelectorAll(".line")];
const here = () => document.activeElement.closest(".line") || (cards().length === 1 ? cards()[0] : null);

const stand = (card) => {
  const first = card?.querySelector("[data-offer]:not([data-doubt]), summary, a");
  first?.focus();
  card?.scrollIntoView({ block: "nearest" });
};

const go = (steps) => {
  const all = cards();
  const at = all.indexOf(here());
  stand(all[at < 0 ? 0 : Math.min(Math.max(at + steps, 0), all.length - 1)]);
};

const follow = (what, within) => within?.querySelector(`[data-act="${what}"]`)?.click();

const open = (details) => {
  if (!details) return;
  details.open = true;
  details.querySelector("input:not([type=hidden]), select")?.focus();
};

const divide = () => {
  const parts = document.getElementById("parts");
  if (parts) parts.focus();
  else follow("split", here());
};

const ask = () => {
  const field = document.querySelector("#ask input[name=reason]");
  if (field) field.focus();
  else follow("ask", here());
};

if (typeof ACTS !== "undefined") {
  Object.assign(ACTS, {
    j: () => go(1),
    k: () => go(-1),
    s: divide,
    e: () => open(here()?.querySelector("details")),
    q: ask,
    u: () => open(document.getElementById("undo")),
  });
  for (const number of "12345") ACTS[number] = () => here()?.querySelector(`[data-offer="${number}"]`)?.click();
}

document.addEventListener("htmx:afterSettle", (event) => {
  const card = event.target;
  if (!card.matches?.("article[id^=line-]")) return;
  if (card.matches(".line")) return stand(card);
  const following = cards().find((one) => card.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
  stand(following || cards()[0]);
});

// What is left of a line while its parts are written; the service counts again.
const parts = document.getElementById("parts");
const count = () => {
  const baht = [...parts.value.matchAll(/([\d,]+)(?:\.(\d{1,2}))?[ \t]*$/gm)];
  const satang = baht.map(([, whole, rest = ""]) => Number(whole.replaceAll(",", "")) * 100 + Number(rest.padEnd(2, "0")));
  const left = Number(parts.dataset.whole) - satang.reduce((sum, one) => sum + one, 0);
  document.getElementById("rest-baht").textContent = (left / 100).toFixed(2);
  document.getElementById("rest").hidden = false;
};
if (parts) {
  parts.addEventListener("input", count);
  count();
}
