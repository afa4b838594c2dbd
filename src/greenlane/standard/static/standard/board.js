// Keeps a board up to date: fetches its changing part when the stream says so, and now and then in any case.
// <div data-part="ADDRESS OF THE PART" data-stream="ADDRESS OF THE EVENTS" data-every="SECONDS">
for (const board of document.querySelectorAll("[data-part]")) keep(board);

function keep(board) {
  const sign = document.querySelector("[data-state]");
  const every = Math.max(2, Number(board.dataset.every)) * 1000;
  let busy = false;
  let wanted = false;
  let timer;

  async function fetchPart() {
    if (busy) {
      wanted = true;
      return;
    }
    busy = true;
    clearTimeout(timer);
    try {
      const answer = await fetch(board.dataset.part, { credentials: "omit" });
      if (!answer.ok) throw new Error(String(answer.status));
      replace(board, await answer.text());
      tell("live");
    } catch {
      tell("late");
    }
    busy = false;
    timer = setTimeout(fetchPart, wanted ? 1000 : every);
    wanted = false;
  }

  function tell(state) {
    if (!sign) return;
    sign.dataset.state = state;
    sign.textContent = sign.dataset[state];
  }

  timer = setTimeout(fetchPart, every);
  if (board.dataset.stream && window.EventSource) {
    const events = new EventSource(board.dataset.stream);
    // Viewers who are told at the same moment come back spread over half a second.
    events.addEventListener("board", () => setTimeout(fetchPart, Math.random() * 500));
    addEventListener("pagehide", () => events.close());
  }
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) fetchPart();
  });
}

// New figures in place of the old, with what the reader has focused and opened kept.
function replace(board, html) {
  const open = [...board.querySelectorAll("details[open][id]")].map((details) => details.id);
  const focused = board.contains(document.activeElement) ? document.activeElement.id : "";
  board.innerHTML = html;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}
