// The donor's pages without a reload: the field for another amount, the waits for the money and
// for the paper.
// Every page works without this file.
"use strict";

const amount = document.getElementById("amount");
const other = document.getElementById("other");
if (amount && other) {
  amount.addEventListener("focus", () => {
    other.checked = true;
  });
  other.addEventListener("change", () => amount.focus());
  for (const chip of document.querySelectorAll('input[name="choice"]:not(#other)')) {
    chip.addEventListener("change", () => {
      amount.value = ""; // hidden now: only one amount is sent
    });
  }
}

const waiting = document.getElementById("waiting");
if (waiting) waitForMoney(waiting.dataset.link);

const paper = document.getElementById("paper");
if (paper) waitForPaper(paper.dataset.link);

function waitForPaper(link) {
  setInterval(async () => {
    const answer = await fetch(`${link}/state`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer && answer.ok && (await answer.json()).is_made) location.reload();
  }, 2000);
}

function waitForMoney(link) {
  let streams = false;
  const look = (state) => {
    if (state !== "open" && state !== waiting.dataset.state) location.reload();
  };
  const ask = async () => {
    const answer = await fetch(`${link}/state`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer && answer.ok) look((await answer.json()).state);
  };
  if ("EventSource" in window) {
    const source = new EventSource(`${link}/events`);
    source.addEventListener("state", (event) => {
      streams = true;
      look(event.data);
    });
    source.addEventListener("error", () => {
      streams = false;
    });
  }
  setInterval(() => {
    if (!streams && !document.hidden) ask();
  }, 5000);
  // Back from the bank's app: phones pause pages, so look at once.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) ask();
  });
}
