// Drafts that survive a lost network: what is typed into a form with `data-draft` is kept in this browser, sealed with
// a secret that only the person's own pages know, until the form was sent. What is sent without a network goes by
// itself when the network is back. Files are kept only as long as the page is open. Every form works without this file.
"use strict";

{
  const place = document.getElementById("drafts");
  const OLDEST = 14 * 24 * 3600 * 1000;
  const UNKEPT = ["csrf_token", "why"];
  const DOOR = /^\/staff\/(sign-in|second-step|confirm)/;

  if (place && window.crypto && crypto.subtle) begin();

  async function begin() {
    const secret = Uint8Array.from(atob(place.dataset.secret), (letter) => letter.charCodeAt(0));
    const key = await crypto.subtle.importKey("raw", secret, "AES-GCM", false, ["encrypt", "decrypt"]);
    forgetOld();
    for (const form of document.querySelectorAll("form[data-draft]")) keep(form, key);
  }

  async function keep(form, key) {
    const name = `draft:${form.dataset.draft}`;
    let isWaiting = false;
    let last = Promise.resolve();
    const write = () => {
      const draft = { fields: typed(form), isWaiting };
      last = last.then(() => seal(key, name, draft)); // one after the other: the newest is the last
      return last;
    };
    const forget = () => last.then(() => localStorage.removeItem(name));
    const send = async () => {
      isWaiting = true;
      await write();
      const answer = await fetch(form.action, { method: "POST", body: body(form) }).catch(() => null);
      if (!answer) return tell(form, "waiting");
      isWaiting = false;
      if (DOOR.test(new URL(answer.url).pathname)) return tell(form, "door");
      await forget();
      if (answer.redirected) location.assign(answer.url);
      else show(await answer.text());
    };
    form.addEventListener("input", write);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send();
    });
    addEventListener("online", () => isWaiting && send());
    const kept = form.hasAttribute("data-refused") ? null : await open(key, name);
    if (!kept) return;
    fill(form, kept.fields);
    tell(form, "kept");
    if (kept.isWaiting && navigator.onLine) send();
  }

  function typed(form) {
    return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !UNKEPT.includes(name));
  }

  function body(form) {
    return form.enctype === "multipart/form-data" ? new FormData(form) : new URLSearchParams(new FormData(form));
  }

  function fill(form, fields) {
    const said = new Map(fields);
    for (const field of form.elements) {
      if (!field.name || UNKEPT.includes(field.name) || field.type === "file") continue;
      if (field.type === "checkbox" || field.type === "radio") field.checked = said.get(field.name) === field.value;
      else if (said.has(field.name)) field.value = said.get(field.name);
    }
    const folded = form.closest("details");
    if (folded) folded.open = true;
  }

  function tell(form, what) {
    for (const old of form.querySelectorAll("[data-says]")) old.remove();
    form.prepend(place.querySelector(`[data-says="${what}"]`).cloneNode(true));
  }

  // What the service answered instead of leading on: the same page, with what is wrong at each field.
  function show(page) {
    document.open();
    document.write(page);
    document.close();
  }

  async function seal(key, name, draft) {
    const nonce = crypto.getRandomValues(new Uint8Array(12));
    const text = new TextEncoder().encode(JSON.stringify(draft));
    const closed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, key, text));
    const kept = { at: Date.now(), nonce: [...nonce], closed: [...closed] };
    localStorage.setItem(name, JSON.stringify(kept));
  }

  async function open(key, name) {
    const kept = JSON.parse(localStorage.getItem(name) || "null");
    if (!kept) return null;
    const [iv, closed] = [new Uint8Array(kept.nonce), new Uint8Array(kept.closed)];
    const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, closed).catch(() => null);
    return text && JSON.parse(new TextDecoder().decode(text)); // null: another person's
  }

  function forgetOld() {
    const isOld = (name) => name.startsWith("draft:") && JSON.parse(localStorage.getItem(name)).at < Date.now() - OLDEST;
    for (const name of Object.keys(localStorage).filter(isOld)) localStorage.removeItem(name);
  }
}
