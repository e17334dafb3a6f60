// A signature drawn with a finger: its picture goes with the form in a hidden field.
// Without this file the form takes a signed paper.
"use strict";

const FEWEST_POINTS = 12; // fewer is a slip of the finger

for (const place of document.querySelectorAll("[data-signature]")) {
  place.hidden = false;
  const canvas = place.querySelector("canvas");
  const field = place.querySelector('input[name="signature"]');
  const ink = canvas.getContext("2d");
  let points = 0;
  const clear = () => {
    ink.fillStyle = "#fff";
    ink.fillRect(0, 0, canvas.width, canvas.height);
    field.value = "";
    points = 0;
  };
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) * canvas.width) / box.width;
    return [x, ((event.clientY - box.top) * canvas.height) / box.height];
  };
  clear();
  ink.lineWidth = 4;
  ink.lineCap = ink.lineJoin = "round";
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    ink.beginPath();
    ink.moveTo(...at(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    ink.lineTo(...at(event));
    ink.stroke();
    points += 1;
  });
  canvas.addEventListener("pointerup", () => {
    if (points >= FEWEST_POINTS) field.value = canvas.toDataURL("image/png");
  });
  place.querySelector("[data-clear]").addEventListener("click", clear);
}
