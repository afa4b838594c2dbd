// The what-if charts: cumulative distributions and curves through the day, drawn as SVG from an answer.
window.whatIfCharts = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const LEFT = 40, RIGHT = 10, TOP = 14, BOTTOM = 24;
  const language = document.documentElement.lang || "en";
  let shown = null;

  function add(parent, name, attributes, text) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    parent.append(element);
    return element;
  }

  const rounded = (value) => value.toFixed(1);
  const number = (value) => value.toLocaleString(language, { maximumFractionDigits: 2 });

  // A step of 1, 2 or 5 times a power of ten, so that about so many fit in.
  function stepOf(span, count) {
    const rough = span / count;
    const power = 10 ** Math.floor(Math.log10(rough));
    return power * [1, 2, 5, 10].find((step) => step * power >= rough);
  }

  function minuteStep(span, count) {
    const steps = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 720, 1440, 2880, 7200];
    return steps.find((step) => span / step <= count) || 14400;
  }

  // A line with a gap where there is no number; "never" goes to the top edge.
  function path(points) {
    let begun = false;
    return points.map(([x, y]) => {
      if (y === null) { begun = false; return ""; }
      const command = begun ? "L" : "M";
      begun = true;
      return `${command}${rounded(x)} ${rounded(y)}`;
    }).join("");
  }

  function frame(figure, label) {
    figure.querySelector("svg")?.remove();
    const width = Math.max(240, figure.clientWidth - 2 * parseFloat(getComputedStyle(figure).paddingLeft));
    const height = Math.round(Math.min(230, Math.max(170, width * 0.42)));
    const svg = add(figure, "svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label });
    return { svg, width, height, right: width - RIGHT, bottom: height - BOTTOM };
  }

  function limit(svg, words, box, at, target) {
    if (at.x !== undefined) {
      add(svg, "line", { class: "target", x1: at.x, x2: at.x, y1: TOP, y2: box.bottom });
      const isLate = at.x > box.right - 90;
      add(svg, "text", { class: "target-word", x: at.x + (isLate ? -4 : 4), y: TOP - 4, "text-anchor": isLate ? "end" : "start" },
        `${words.target} ${number(target)} ${words.minutes}`);
    } else if (at.y >= TOP) {
      add(svg, "line", { class: "target", x1: LEFT, x2: box.right, y1: at.y, y2: at.y });
      add(svg, "text", { class: "target-word", x: LEFT + 4, y: at.y - 4 }, `${words.target} ${number(target)} ${words.minutes}`);
    }
  }

  function cumulative(figure, data, words) {
    const clock = figure.dataset.clock, edges = data.edges[clock], most = edges[edges.length - 1];
    const box = frame(figure, figure.querySelector("figcaption").textContent);
    const x = (minutes) => LEFT + (minutes / most) * (box.right - LEFT);
    const y = (share) => box.bottom - share * (box.bottom - TOP);
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      add(box.svg, "line", { class: "rule", x1: LEFT, x2: box.right, y1: y(share), y2: y(share) });
      add(box.svg, "text", { class: "tick", x: LEFT - 5, y: y(share) + 4, "text-anchor": "end" }, `${share * 100} %`);
    }
    const step = minuteStep(most, Math.max(3, box.width / 60));
    for (let minutes = 0; minutes <= most; minutes += step) {
      const isLast = minutes + step > most;
      add(box.svg, "text", { class: "tick", x: x(minutes), y: box.height - 6, "text-anchor": x(minutes) > box.right - 24 ? "end" : "middle" },
        isLast ? `${number(minutes)} ${words.minutes}` : number(minutes));
    }
    data.runs.forEach((run, place) => {
      const points = edges.map((minutes, at) => [x(minutes), run.cumulative[clock][at] === null ? null : y(run.cumulative[clock][at])]);
      add(box.svg, "path", { class: `line s${place}`, d: path(points) });
    });
    limit(box.svg, words, box, { x: x(data.target) }, data.target);
  }

  function hours(figure, data, words) {
    const clock = figure.dataset.clock;
    const box = frame(figure, figure.querySelector("figcaption").textContent);
    const values = data.runs.flatMap((run) => [...run.hours[clock].p50, ...run.hours[clock].p95]).filter(Number.isFinite);
    const greatest = Math.max(data.target, ...values) * 1.08;
    const step = greatest > 30 ? minuteStep(greatest, 5) : stepOf(greatest, 5);
    const count = data.runs[0].hours[clock].p50.length;
    const x = (hour) => LEFT + ((hour + 0.5) / count) * (box.right - LEFT);
    const y = (minutes) => box.bottom - (minutes / greatest) * (box.bottom - TOP);
    for (let minutes = 0; minutes <= greatest; minutes += step) {
      add(box.svg, "line", { class: "rule", x1: LEFT, x2: box.right, y1: y(minutes), y2: y(minutes) });
      add(box.svg, "text", { class: "tick", x: LEFT - 5, y: y(minutes) + 4, "text-anchor": "end" }, number(minutes));
    }
    for (let hour = 0; hour <= count; hour += 3) {
      add(box.svg, "text", { class: "tick", x: LEFT + (hour / count) * (box.right - LEFT), y: box.height - 6, "text-anchor": hour >= count ? "end" : "middle" },
        `${String(hour).padStart(2, "0")}:00`.slice(0, box.width < 420 ? 2 : 5));
    }
    limit(box.svg, words, box, { y: y(data.target) }, data.target);
    data.runs.forEach((run, place) => {
      for (const level of ["p50", "p95"]) {
        const points = run.hours[clock][level].map((minutes, hour) => [x(hour), minutes === null ? null : minutes === "never" ? TOP : y(minutes)]);
        add(box.svg, "path", { class: `line s${place} ${level}`, d: path(points) });
      }
    });
  }

  function legend(root, data) {
    root.querySelector("[data-legend]").replaceChildren(...data.runs.map((run, place) => {
      const entry = document.createElement("span");
      const key = document.createElement("span");
      key.className = `key s${place}`;
      entry.append(key, run.name);
      return entry;
    }));
  }

  function draw(data) {
    shown = data;
    for (const root of document.querySelectorAll("[data-charts]")) {
      root.hidden = false;
      const words = root.dataset;
      legend(root, data);
      for (const figure of root.querySelectorAll("[data-chart]")) {
        (figure.dataset.chart === "hours" ? hours : cumulative)(figure, data, words);
      }
    }
  }

  const given = document.getElementById("answer");
  if (given) draw(JSON.parse(given.textContent));
  let width = innerWidth;
  addEventListener("resize", () => {
    if (shown && innerWidth !== width) { width = innerWidth; draw(shown); }
  });
  return { draw };
})();
