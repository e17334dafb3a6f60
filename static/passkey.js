// Asks the browser to make or to use a passkey, and sends what came of it with the form.
"use strict";

const decoded = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const encoded = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const read = (options) => {
  const keys = (list) => (list || []).map((one) => ({ ...one, id: decoded(one.id) }));
  const known = { ...options, challenge: decoded(options.challenge) };
  if (options.user) known.user = { ...options.user, id: decoded(options.user.id) };
  if (options.excludeCredentials) known.excludeCredentials = keys(options.excludeCredentials);
  if (options.allowCredentials) known.allowCredentials = keys(options.allowCredentials);
  return known;
};

const told = (made) => {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[name]) response[name] = encoded(made.response[name]);
  }
  return JSON.stringify({ id: made.id, rawId: encoded(made.rawId), type: made.type, response });
};

const prove = async (form) => {
  const headers = { "x-csrf-token": form.elements.csrf_token.value, accept: "application/json" };
  const answer = await fetch(form.dataset.ask, { method: "POST", headers });
  if (!answer.ok) return location.reload();
  const publicKey = read(await answer.json());
  const made = await navigator.credentials[form.dataset.passkey]({ publicKey });
  form.elements.credential.value = told(made);
  return form.submit();
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.querySelector("button").hidden = !window.PublicKeyCredential;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    prove(form).catch(() => form.querySelector("[role=status]").removeAttribute("hidden"));
  });
}
