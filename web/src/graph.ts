// The network of a finding. Places come from the server and are never computed here, so that a picture stays the
// same between visits. The static picture stands until this one is drawn, and stays where WebGL is missing.
import Graph from "graphology";
import Sigma from "sigma";
import type { NodeDisplayData, PartialButFor } from "sigma/types";
import { type Point, drawHull } from "./hulls";
import { colour, dataOf, family, make, onScheme, still } from "./page";

interface Account {
  id: string; x: number; y: number; size: number; label: string; sentence: string;
  group?: number; href?: string; organic?: boolean;
}
/** Two places in the list of accounts, and a weight; a large group has 20,000 ties. */
type Tie = [one: number, other: number, weight: number, ...rest: number[]];
interface Group { id: number; label: string; }
interface Data { nodes: Account[]; edges: Tie[]; groups?: Group[]; }
interface Words {
  label: string; in: string; out: string; reset: string; background: string;
  find: string; none: string; choose: string; with: string; open: string;
}
type Drawn = PartialButFor<NodeDisplayData, "x" | "y" | "size" | "label" | "color">;

// Okabe-Ito, https://jfly.uni-koeln.de/color/ : told apart with any colour vision.
const OKABE_ITO = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442"] as const;
const NAMES_MAX = 12;
const LISTED_MAX = 2000;
const STEP = 0.1;
const EDGE_MIN = 0.5;
const EDGE_MAX = 3;
const HULL_ROOM = 18;
const LABEL_GAP = 6;

const groupColour = (group: number | undefined): string =>
  group === undefined ? colour("accent") : OKABE_ITO[group % OKABE_ITO.length]!;

function hasWebGl(): boolean {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("webgl2");
  pen?.getExtension("WEBGL_lose_context")?.loseContext();
  return pen !== null;
}

function graphFrom(data: Data): Graph {
  const graph = new Graph({ type: "undirected", multi: true });
  const heaviest = Math.max(1, ...data.edges.map(([, , weight]) => weight));
  for (const account of data.nodes) graph.addNode(account.id, { ...account, label: account.label });
  for (const [one, other, weight] of data.edges) {
    const ends = [data.nodes[one]!, data.nodes[other]!] as const;
    const size = EDGE_MIN + (EDGE_MAX - EDGE_MIN) * (weight / heaviest);
    graph.addEdge(ends[0].id, ends[1].id, { size, organic: ends.some((end) => end.organic ?? false) });
  }
  return graph;
}

/** What a reader has pointed at, chosen and switched on. */
class Attention {
  pointed: string | null = null;
  chosen: string | null = null;
  background = false;

  constructor(private readonly graph: Graph) {}

  get centre(): string | null { return this.pointed ?? this.chosen; }
  near(id: string): boolean {
    return this.centre === null || id === this.centre || this.graph.areNeighbors(id, this.centre);
  }
  hidden(organic: unknown): boolean { return organic === true && !this.background; }
}

function write(pen: CanvasRenderingContext2D, text: string, x: number, y: number, weight = 400): void {
  pen.font = `${weight} 13px ${family()}`;
  pen.lineJoin = "round";
  pen.lineWidth = 4;
  pen.strokeStyle = colour("ground");
  pen.fillStyle = colour("text");
  pen.strokeText(text, x, y);
  pen.fillText(text, x, y);
}

function drawLabel(pen: CanvasRenderingContext2D, node: Drawn): void {
  if (node.label && !node.highlighted) write(pen, node.label, node.x + node.size + LABEL_GAP, node.y + 4);
}

function drawPointed(pen: CanvasRenderingContext2D, node: Drawn): void {
  pen.beginPath();
  pen.arc(node.x, node.y, node.size + 3, 0, Math.PI * 2);
  pen.lineWidth = 2;
  pen.strokeStyle = colour("text");
  pen.stroke();
  if (node.label) write(pen, node.label, node.x + node.size + LABEL_GAP, node.y + 4, 600);
}

function drawn(graph: Graph, stage: HTMLElement, attention: Attention): Sigma {
  return new Sigma(graph, stage, {
    labelDensity: 0.4, labelRenderedSizeThreshold: 8, stagePadding: 48, zIndex: true, minCameraRatio: 0.05, maxCameraRatio: 4,
    allowInvalidContainer: true, // hidden for a moment, as in print
    defaultDrawNodeLabel: drawLabel, defaultDrawNodeHover: drawPointed,
    nodeReducer: (id, node) => {
      const near = attention.near(id);
      return {
        ...node,
        color: !near ? colour("band") : node["organic"] ? colour("strong") : groupColour(node["group"] as number | undefined),
        label: near ? (node["label"] as string) : "",
        hidden: attention.hidden(node["organic"]),
        highlighted: id === attention.chosen,
        forceLabel: attention.centre !== null && near && id !== attention.centre,
        zIndex: near ? 1 : 0,
      };
    },
    edgeReducer: (id, edge) => {
      const ends = graph.extremities(id);
      const centre = attention.centre;
      const lit = centre !== null && ends.includes(centre);
      return {
        ...edge,
        color: lit ? colour("edge") : colour("strong"),
        hidden: attention.hidden(edge["organic"]) || (centre !== null && !lit),
        zIndex: lit ? 1 : 0,
      };
    },
  });
}

/** Return a pen on a canvas of our own, cleared and scaled for this screen. */
function cleared(canvas: HTMLCanvasElement, renderer: Sigma): CanvasRenderingContext2D {
  const ratio = window.devicePixelRatio || 1;
  const { width, height } = renderer.getDimensions();
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext("2d")!;
  pen.scale(ratio, ratio);
  return pen;
}

function outlines(renderer: Sigma, data: Data, attention: Attention): void {
  const groups = data.groups ?? [];
  if (!groups.length) return;
  const areas = renderer.createCanvas("hulls", { beforeLayer: "edges" });
  const names = renderer.createCanvas("hull-names", { afterLayer: "labels" });
  areas.style.opacity = "0.12";
  renderer.on("afterRender", () => {
    const [area, name] = [cleared(areas, renderer), cleared(names, renderer)];
    name.textAlign = "center";
    for (const group of groups) {
      const members = data.nodes.filter((one) => one.group === group.id && !attention.hidden(one.organic));
      const places: Point[] = members.map((one) => renderer.graphToViewport(one));
      if (!places.length) continue;
      drawHull(area, places, groupColour(group.id), HULL_ROOM);
      const top = places.reduce((best, place) => (place.y < best.y ? place : best));
      write(name, group.label, top.x, Math.max(top.y - HULL_ROOM - 8, 16), 600);
    }
  });
}

function tell(panel: HTMLElement, graph: Graph, words: Words, id: string | null): void {
  panel.replaceChildren();
  if (id === null) {
    panel.append(make("p", { class: "quiet", text: words.choose }));
    return;
  }
  const account = graph.getNodeAttributes(id) as Account;
  panel.append(make("p", { text: account.sentence }));
  const names = graph.neighbors(id).map((one) => graph.getNodeAttribute(one, "label") as string).sort();
  if (names.length) {
    const more = names.length > NAMES_MAX ? ", …" : "";
    panel.append(make("p", { class: "quiet", text: `${words.with} ${names.slice(0, NAMES_MAX).join(", ")}${more}` }));
  }
  if (account.href) {
    const link = make("a", { text: words.open });
    link.href = account.href;
    panel.appendChild(make("p")).append(link);
  }
}

function button(label: string, act: () => void): HTMLButtonElement {
  const made = make("button", { class: "button secondary", text: label });
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

function chooser(data: Data, words: Words, choose: (id: string | null) => void): HTMLSelectElement {
  const list = make("select");
  list.setAttribute("aria-label", words.find);
  list.append(new Option(words.none, ""));
  const named = data.nodes.filter((one) => !one.organic).sort((a, b) => a.label.localeCompare(b.label));
  for (const account of named.slice(0, LISTED_MAX)) list.append(new Option(account.label, account.id));
  list.addEventListener("change", () => choose(list.value || null));
  return list;
}

function toggle(label: string, act: (on: boolean) => void): HTMLLabelElement {
  const made = make("label");
  const box = make("input");
  box.type = "checkbox";
  box.addEventListener("change", () => act(box.checked));
  made.append(box, make("span", { text: label }));
  return made;
}

/** Let the wheel scroll the page unless the reader is in the picture or holds Ctrl. */
function spareTheWheel(frame: HTMLElement): void {
  const away = (event: WheelEvent): void => {
    if (!event.ctrlKey && !event.metaKey && !frame.contains(document.activeElement)) event.stopPropagation();
  };
  frame.addEventListener("wheel", away, { capture: true, passive: true });
}

function keyboard(frame: HTMLElement, renderer: Sigma, choose: (id: string | null) => void): void {
  const camera = renderer.getCamera();
  const pan = (x: number, y: number): void => {
    const at = camera.getState();
    camera.setState({ x: at.x + x * at.ratio, y: at.y + y * at.ratio });
  };
  const acts: Record<string, () => void> = {
    ArrowLeft: () => pan(-STEP, 0), ArrowRight: () => pan(STEP, 0), ArrowUp: () => pan(0, STEP), ArrowDown: () => pan(0, -STEP),
    "+": () => zoom(renderer, 1 / 1.5), "=": () => zoom(renderer, 1 / 1.5), "-": () => zoom(renderer, 1.5), "0": () => reset(renderer),
    Escape: () => choose(null),
  };
  frame.addEventListener("keydown", (event) => {
    const act = acts[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
}

function zoom(renderer: Sigma, factor: number): void {
  const camera = renderer.getCamera();
  void camera.animate({ ratio: camera.getBoundedRatio(camera.ratio * factor) }, { duration: still() ? 1 : 150 });
}

function reset(renderer: Sigma): void {
  void renderer.getCamera().animate({ x: 0.5, y: 0.5, ratio: 1, angle: 0 }, { duration: still() ? 1 : 200 });
}

/** Draw the network that `picture` names, then let it take the picture's place. */
export async function showGraph(picture: HTMLElement): Promise<void> {
  if (!hasWebGl()) throw new Error("there is no WebGL");
  const data = await dataOf<Data>(picture);
  const words = JSON.parse(picture.dataset["words"] ?? "{}") as Words;
  const graph = graphFrom(data);
  const attention = new Attention(graph);
  const frame = make("div", { class: "graph" });
  const stage = frame.appendChild(make("div", { class: "graph-stage" }));
  const tools = make("div", { class: "graph-tools" });
  const panel = make("div", { class: "graph-says" });
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", words.label);
  panel.setAttribute("aria-live", "polite");

  const before = [...picture.childNodes];
  picture.replaceChildren(frame, tools, panel); // sigma measures its place, so it must be in the page
  let renderer: Sigma;
  try {
    await document.fonts.ready;
    renderer = drawn(graph, stage, attention);
  } catch (error) {
    picture.replaceChildren(...before);
    throw error;
  }

  const choose = (id: string | null): void => {
    attention.chosen = id;
    list.value = id ?? "";
    tell(panel, graph, words, id);
    renderer.refresh({ skipIndexation: true });
  };
  const point = (id: string | null): void => {
    attention.pointed = id;
    stage.classList.toggle("pointing", id !== null);
    if (attention.chosen === null) tell(panel, graph, words, id);
    renderer.refresh({ skipIndexation: true });
  };
  const list = chooser(data, words, choose);
  tools.append(
    button(words.in, () => zoom(renderer, 1 / 1.5)),
    button(words.out, () => zoom(renderer, 1.5)),
    button(words.reset, () => reset(renderer)),
    list,
  );
  if (data.nodes.some((one) => one.organic)) {
    tools.append(toggle(words.background, (on) => { attention.background = on; renderer.refresh(); }));
  }
  renderer.on("enterNode", ({ node }) => point(node));
  renderer.on("leaveNode", () => point(null));
  renderer.on("clickNode", ({ node }) => choose(node === attention.chosen ? null : node));
  renderer.on("clickStage", () => choose(null));
  outlines(renderer, data, attention);
  keyboard(frame, renderer, choose);
  spareTheWheel(frame);
  onScheme(() => renderer.refresh({ skipIndexation: true }));
  tell(panel, graph, words, null);
  renderer.refresh();
}
