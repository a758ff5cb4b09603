// A Vega-Lite chart in the place of its static picture, under a policy that allows neither eval nor inline style.
// Source of the interpreter's use: https://vega.github.io/vega/usage/interpreter
import { type Config, type Spec, View, parse } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { type TopLevelSpec, compile } from "vega-lite";
import { dataOf, family, make } from "./page";

type Sizes = Record<string, unknown>;

/** Numbers and dates as Canadians write them (d3-format, d3-time-format). */
const LOCALES = {
  en: { decimal: ".", thousands: ",", grouping: [3], currency: ["$", ""], percent: "%" },
  fr: { decimal: ",", thousands: "\u00a0", grouping: [3], currency: ["", "\u00a0$"], percent: "\u00a0%" },
};

function calendar(language: string): Record<string, unknown> {
  const named = (options: Intl.DateTimeFormatOptions, count: number, date: (n: number) => Date): string[] => {
    const format = new Intl.DateTimeFormat(`${language}-CA`, { ...options, timeZone: "UTC" });
    return Array.from({ length: count }, (_, n) => format.format(date(n)));
  };
  const day = (n: number): Date => new Date(Date.UTC(2023, 0, 1 + n)); // a Sunday
  const month = (n: number): Date => new Date(Date.UTC(2023, n, 15));
  return {
    dateTime: "%Y-%m-%d %H:%M", date: "%Y-%m-%d", time: "%H:%M", periods: ["", ""],
    days: named({ weekday: "long" }, 7, day), shortDays: named({ weekday: "short" }, 7, day),
    months: named({ month: "long" }, 12, month), shortMonths: named({ month: "short" }, 12, month),
  };
}

/** Colours by name of the page's variables, so that the drawn SVG follows light and dark by itself. */
function look(): Config {
  const axis = {
    domainColor: "var(--strong)", tickColor: "var(--strong)", gridColor: "var(--rule)",
    labelColor: "var(--muted)", titleColor: "var(--muted)", labelFontSize: 13, titleFontSize: 13, titleFontWeight: 400,
  };
  return {
    background: "transparent", font: family(), aria: false,
    view: { stroke: null }, axis, axisX: { labelAngle: 0, labelOverlap: true }, legend: { labelColor: "var(--text)", titleColor: "var(--muted)", labelFontSize: 13 },
    title: { color: "var(--text)" }, text: { color: "var(--text)" },
  } as unknown as Config;
}

function isWide(spec: Sizes): boolean {
  return !["hconcat", "vconcat", "concat", "facet", "repeat"].some((name) => name in spec);
}

function compiled(spec: Sizes, width: number): Spec {
  if (!String(spec["$schema"]).includes("vega-lite")) return { ...spec, width } as unknown as Spec;
  const sized = isWide(spec) ? { ...spec, width, autosize: { type: "fit-x", contains: "padding" } } : spec;
  return compile(sized as unknown as TopLevelSpec, { config: look() as never }).spec;
}

/** Words under the pointer; text only, moved by script and not by style in markup. */
function tooltipIn(chart: HTMLElement): (_handler: unknown, event: MouseEvent, _item: unknown, value: unknown) => void {
  const tip = chart.appendChild(make("div", { class: "chart-tip" }));
  tip.hidden = true;
  return (_handler, event, _item, value) => {
    tip.hidden = value === null || value === undefined || value === "";
    if (tip.hidden) return;
    tip.textContent =
      typeof value === "object" ? Object.entries(value as object).map(([name, said]) => `${name}: ${said}`).join("\n") : String(value);
    const box = chart.getBoundingClientRect();
    const left = Math.min(event.clientX - box.left + 12, box.width - tip.offsetWidth);
    tip.style.left = `${Math.max(left, 0)}px`;
    tip.style.top = `${event.clientY - box.top + 16}px`;
  };
}

/** Draw the chart that `picture` names, then let it take the picture's place. */
export async function showChart(picture: HTMLElement): Promise<void> {
  const spec = await dataOf<Sizes>(picture);
  const language = picture.dataset["language"] === "fr" ? "fr" : "en";
  const chart = make("div", { class: "chart" });
  const said = picture.querySelector("img")?.alt;
  if (said) {
    chart.setAttribute("role", "img");
    chart.setAttribute("aria-label", said);
  } else {
    chart.setAttribute("aria-hidden", "true"); // the title, the foot and the table speak for it
  }
  const place = chart.appendChild(make("div"));
  const view = new View(parse(compiled(spec, picture.clientWidth), look(), { ast: true } as never), {
    expr: expressionInterpreter,
    renderer: "svg",
    hover: true,
    locale: { number: LOCALES[language], time: calendar(language) },
    loader: { load: () => Promise.reject(new Error("a chart loads nothing")) } as never, // its data are inside
  } as never);
  view.tooltip(tooltipIn(chart) as never);
  await view.initialize(place).runAsync();
  picture.replaceChildren(chart);
  if (isWide(spec)) new ResizeObserver(() => void view.width(picture.clientWidth).runAsync()).observe(picture);
}
