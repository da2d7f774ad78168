// live(address, told): calls told(message) for every message of a stream of server-sent events. While nobody looks at
// the page the stream is closed: browsers open only a few connections to one server, over all pages together.
export function live(address, told) {
  let source = null;
  function open() {
    if (source || document.hidden) return;
    source = new EventSource(address);
    source.onmessage = (event) => told(JSON.parse(event.data));
    source.onerror = () => {
      if (source && source.readyState === EventSource.CLOSED) { source = null; setTimeout(open, 10000); }
    };
  }
  function close() {
    if (source) source.close();
    source = null;
  }
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
  open();
}
