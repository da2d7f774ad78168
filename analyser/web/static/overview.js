// The overview stands in a frame; a call that is chosen there opens in this window, at the moment that was meant.
"use strict";
const frame = document.querySelector("#overview");
if (frame) {
  frame.addEventListener("load", () => {
    const shown = frame.contentDocument;
    const fit = () => { frame.style.height = `${shown.documentElement.scrollHeight}px`; };
    new ResizeObserver(fit).observe(shown.body);
    fit();
    shown.addEventListener("click", (event) => {
      const link = event.target.closest("a[href]");
      const to = link && new URL(link.href);
      if (to && to.origin === location.origin && to.pathname.startsWith("/calls/") && to.pathname.endsWith("/report.html")) {
        event.preventDefault();
        location.assign(to.pathname.replace(/\/report\.html$/, "") + to.hash);
      }
    });
  });
}
