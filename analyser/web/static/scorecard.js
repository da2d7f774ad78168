// Questions of a scorecard: added, removed, moved; and only the fields that belong to their kind.
"use strict";
const list = document.querySelector("#questions");

function renumber() {
  [...list.children].forEach((question, place) => {
    for (const field of question.querySelectorAll("[name]")) field.name = field.name.replace(/^q\w+\./, `q${place}.`);
  });
  document.querySelector("#add").disabled = list.children.length >= Number(document.querySelector("#scorecard").dataset.most);
}

function fit(question) {
  const kind = question.querySelector("select").value;
  for (const part of question.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(kind);
}

list.addEventListener("change", (event) => {
  if (event.target.matches("select")) fit(event.target.closest(".question"));
});
list.addEventListener("click", (event) => {
  const question = event.target.closest(".question");
  const act = event.target.dataset.do;
  if (act === "up") question.previousElementSibling?.before(question);
  else if (act === "down") question.nextElementSibling?.after(question);
  else if (act === "drop") question.remove();
  else return;
  renumber();
  if (act !== "drop") event.target.focus();
});
document.querySelector("#add").addEventListener("click", () => {
  const made = document.querySelector("#blank").content.cloneNode(true).querySelector(".question");
  list.append(made);
  renumber();
  fit(made);
  made.querySelector("input:not([type=hidden])").focus();
});
for (const question of list.children) fit(question);
renumber();
