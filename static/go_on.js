// Sends the form that was filled in before somebody was asked once more who they are.
"use strict";

document.querySelector("form[data-go-on]").requestSubmit();
