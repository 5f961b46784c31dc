// Stands in for the server's socket: frames of 10,000 chats, made in the page itself.
(() => {
  const CHATS = 10_000;
  let sent = 0;
  const seqs = new Uint32Array(CHATS).fill(1);
  const frame = () => {
    const n = (sent * 7919) % CHATS;
    sent++;
    return JSON.stringify({
      ...{ type: "message", chat_id: `chat-${n}`, seq: ++seqs[n], id: `m${sent}`, role: "user" },
      ...{ kind: "text", text: `message ${sent} of a busy day`, state: "final", rev: 1 },
      ...{ attachments: [], created_at: new Date().toISOString() },
    });
  };
  class Crowd extends EventTarget {
    static OPEN = 1;
    readyState = 0;
    constructor() {
      super();
      window.crowd = this;
      setTimeout(() => {
        this.readyState = 1;
        this.onopen?.({});
      });
    }
    send(text) {
      const { action } = JSON.parse(text);
      if (action === "ping") this.onmessage({ data: '{"type":"pong"}' });
      if (action === "resume") {
        const now = new Date().toISOString();
        this.onmessage({
          data: JSON.stringify({ type: "ready", chats: [], now, has_more: false }),
        });
      }
    }
    close() {}
    push(count) {
      for (let n = 0; n < count; n++) this.onmessage({ data: frame() });
    }
  }
  window.WebSocket = Crowd;
  // 200 a second, as they would come: four each 20 ms.
  window.flow = () => setInterval(() => window.crowd.push(4), 20);
  // Ten minutes of them, as fast as the page draws.
  window.rush = async (count) => {
    for (let done = 0; done < count; done += 500) {
      window.crowd.push(500);
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  };
  // Down to the end of the list, page by page, until it is that high.
  window.scrolled = async (height) => {
    while (document.querySelector(".chats").offsetHeight < height) {
      document.querySelector(".list").scrollTop = 1e9;
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  };
  window.slow = [];
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) {
      if (["keydown", "click"].includes(one.name)) window.slow.push(one.duration);
    }
  }).observe({ type: "event", durationThreshold: 16, buffered: true });
})();
