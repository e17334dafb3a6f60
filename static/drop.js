// Files dropped onto the form of statements: they are put into its field, as if they had been chosen there.
"use strict";

const zone = document.querySelector("[data-drop]");
const field = zone?.querySelector("input[type=file]");
const named = zone?.querySelector("[data-dropped]");

const show = () => {
  named.textContent = [...field.files].map((file) => file.name).join(", ");
};

const over = (event) => {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  zone.classList.toggle("is-over", event.type === "dragover");
};

if (field) {
  // Beside the form too: a browser would leave the page and show the file.
  for (const type of ["dragenter", "dragover", "dragleave"]) document.addEventListener(type, over);
  document.addEventListener("drop", (event) => {
    over(event);
    if (!event.dataTransfer.files.length) return;
    field.files = event.dataTransfer.files;
    show();
    zone.querySelector("[type=submit]").focus();
  });
  field.addEventListener("change", show);
}
