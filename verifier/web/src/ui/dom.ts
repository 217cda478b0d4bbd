// Elements out of values: text is always text, never markup.
export type Child = Node | string | null | undefined | false | Child[];

const SVG = "http://www.w3.org/2000/svg";

function fill(element: Element, attributes: { [name: string]: string }, children: Child[]): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  for (const child of children.flat(9)) if (child) element.append(child as Node | string);
}

/** An HTML element. */
export function h(tag: string, attributes: { [name: string]: string } = {}, ...children: Child[]): HTMLElement {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

/** An element of a drawing. */
export function svg(tag: string, attributes: { [name: string]: string } = {}, ...children: Child[]): SVGElement {
  const element = document.createElementNS(SVG, tag);
  fill(element, attributes, children);
  return element;
}

const path = (d: string, more: { [name: string]: string } = {}): SVGElement =>
  svg("path", { d, fill: "none", stroke: "#fff", "stroke-width": "5", "stroke-linecap": "round", ...more });

/** The sign of an outcome or a verdict. */
export function icon(outcome: string): SVGElement {
  const sign = svg("svg", { class: "icon", viewBox: "0 0 48 48", "aria-hidden": "true" });
  if (outcome === "pass" || outcome === "valid") {
    sign.append(svg("circle", { cx: "24", cy: "24", r: "22", fill: "currentColor" }), path("m14 25 7 7 14-15"));
  } else if (outcome === "fail" || outcome === "invalid") {
    sign.append(
      svg("path", { d: "M15 2h18l13 13v18L33 46H15L2 33V15z", fill: "currentColor" }),
      path("m16 16 16 16m0-16L16 32"),
    );
  } else if (outcome === "unknown" || outcome === "indeterminate") {
    sign.append(
      svg("path", { d: "M24 3 46 43H2z", fill: "currentColor", stroke: "currentColor", "stroke-width": "3" }),
      path("M19.5 21.5a4.5 4.5 0 1 1 6.8 3.9c-1.6 1-2.3 1.8-2.3 3.6", { "stroke-width": "3.6" }),
      svg("circle", { cx: "24", cy: "36", r: "2.7", fill: "#fff" }),
    );
  } else {
    sign.append(
      svg("circle", { cx: "24", cy: "24", r: "20", fill: "none", stroke: "currentColor", "stroke-width": "3", "stroke-dasharray": "6 5" }),
      path("M15 24h18", { stroke: "currentColor", "stroke-width": "4" }),
    );
  }
  return sign;
}

/** The sign for something that is none of these. */
export const warning = (): SVGElement =>
  svg("svg", { viewBox: "0 0 48 48", "aria-hidden": "true" },
    svg("circle", { cx: "24", cy: "24", r: "20", fill: "none", stroke: "currentColor", "stroke-width": "4" }),
    path("M24 13v14m0 6v2", { stroke: "currentColor" }));
