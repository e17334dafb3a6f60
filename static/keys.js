// Keys of staff's pages: / to search, g and a letter to go somewhere, ? to see them all. They rest while somebody types.
"use strict";

const TYPING = "input, textarea, select, [contenteditable], dialog[open]";
let goes = false;

// On a Thai keyboard the same keys give other letters: then the place of the key counts.
const pressed = (event) => {
  if (event.key.length > 1) return "";
  if (event.key <= "~") return event.key.toLowerCase();
  if (event.code === "Slash") return event.shiftKey ? "?" : "/";
  return event.code.replace(/^(Key|Digit)/, "").toLowerCase();
};

const place = (key) => document.querySelector(`[data-key="${CSS.escape(key)}"]`);

const search = () => {
  const field = document.getElementById("q");
  if (field) field.select();
  else place("f")?.click();
};

const ACTS = {
  "/": search,
  "?": () => document.getElementById("shown-keys").showModal(),
  g: () => (goes = true),
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Shift" || event.target.closest(TYPING)) return;
  const key = pressed(event);
  const act = goes ? place(key) && (() => place(key).click()) : ACTS[key];
  goes = false;
  if (!act) return;
  event.preventDefault();
  act();
});
