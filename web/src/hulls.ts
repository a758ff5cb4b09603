// The outline of a group: the convex hull of its members' places (Andrew's monotone chain).

export interface Point { x: number; y: number; }

function turn(o: Point, a: Point, b: Point): number {
  return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
}

function half(sorted: Point[]): Point[] {
  const chain: Point[] = [];
  for (const point of sorted) {
    while (chain.length > 1 && turn(chain[chain.length - 2]!, chain[chain.length - 1]!, point) <= 0) chain.pop();
    chain.push(point);
  }
  return chain.slice(0, -1);
}

/** Return the corners of the smallest convex shape around `points`, in order. */
export function hull(points: Point[]): Point[] {
  if (points.length < 3) return points;
  const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y);
  return [...half(sorted), ...half(sorted.reverse())];
}

/** Draw a soft outline around `points`, `room` pixels away from them, and the group's name above it. */
export function drawHull(pen: CanvasRenderingContext2D, points: Point[], fill: string, room: number): void {
  const corners = hull(points);
  const [first, ...others] = corners;
  if (!first) return;
  pen.beginPath();
  pen.moveTo(first.x, first.y);
  for (const corner of others) pen.lineTo(corner.x, corner.y);
  pen.closePath();
  pen.lineJoin = "round";
  pen.lineWidth = 2 * room;
  pen.strokeStyle = pen.fillStyle = fill;
  pen.stroke();
  pen.fill();
}
