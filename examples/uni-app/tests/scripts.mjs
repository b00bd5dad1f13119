// Which names a script takes from outside without making sure that they are there.

import { parse } from "acorn";
import { analyze } from "eslint-scope";

// What WeChat runs besides what it converts to ES5 itself.
const SYNTAX = { ecmaVersion: 2017, sourceType: "script", ranges: true };

/** What a mini-program's scripts find in every base library: the language, and WeChat's own names. */
const PROVIDED = new Set([
  "Array", "ArrayBuffer", "Boolean", "Date", "Error", "Function", "Infinity", "JSON", "Map", "Math",
  "NaN", "Number", "Object", "Promise", "Proxy", "RangeError", "Reflect", "RegExp", "Set", "String",
  "Symbol", "SyntaxError", "TypeError", "Uint8Array", "WeakMap", "WeakSet", "decodeURIComponent",
  "encodeURIComponent", "isFinite", "isNaN", "parseFloat", "parseInt", "undefined",
  "clearInterval", "clearTimeout", "console", "setInterval", "setTimeout",
  "App", "Behavior", "Component", "Page", "exports", "getApp", "getCurrentPages", "global", "module", "require",
  "wx",
]);

export function missingNames(source) {
  const tree = parse(source, SYNTAX);
  const { globalScope } = analyze(tree, { ecmaVersion: 2017, sourceType: "script" });
  const wanted = globalScope.through
    .map(({ identifier }) => identifier)
    .filter(({ name }) => !PROVIDED.has(name));
  return wanted.filter((name) => !isGuarded(name, tree)).map(({ name }) => name);
}

/** Whether a name is only asked for its type, or used where that was asked before. */
function isGuarded(name, tree) {
  return way(tree, name).some((node) => {
    switch (node.type) {
      case "UnaryExpression":
        return node.operator === "typeof" && node.argument === name;
      case "ConditionalExpression":
      case "IfStatement":
        return asksForType(node.test, name.name);
      case "LogicalExpression":
        return asksForType(node.left, name.name);
      default:
        return false;
    }
  });
}

function asksForType(test, name) {
  return nodes(test).some(({ type, operator, argument }) =>
    type === "UnaryExpression" && operator === "typeof" && argument.name === name);
}

/** The nodes around a node, from the outermost. */
function way(tree, node) {
  return nodes(tree).filter(({ start, end }) => start <= node.start && node.end <= end);
}

function nodes(tree) {
  const found = [];
  const rest = [tree];
  for (let node; (node = rest.pop()); ) {
    if (typeof node.type === "string") found.push(node);
    for (const value of Object.values(node)) {
      if (value && typeof value === "object") rest.push(value);
    }
  }
  return found;
}
